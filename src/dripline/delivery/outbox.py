"""The outbox: mail that was asked for and is still to be handed over, and the ledger that keeps it for ever.

A message is queued exactly once: its key is the send key (workspace, source, visit). The source is the enrollment that
asked for it, or else the message itself. Rows are claimed with a lease; every later write names the token, so that a
worker that lost its lease can change nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.counting import count_mail, counts_of, skipped
from dripline.kernel.addresses import Mailbox
from dripline.kernel.ids import ContactId, EnrollmentId, SequenceId, TemplateId, WorkspaceId, new_uuid

_sql = queries(__package__)

SendKey = tuple[UUID, int]
"""Source and visit; with the workspace, what makes a message the same message."""

URGENT, BULK = 0, 1
"""Priorities: of what somebody waits for, and of what nobody does. Lower goes first."""


class Kind(StrEnum):
    """What a message is of: a step of a sequence, one event in the life of one person, or somebody's trying it out."""

    SEQUENCE = "sequence"
    TRANSACTIONAL = "transactional"
    TEST = "test"


_LEDGER = (
    "workspace_id",
    "source_id",
    "visit",
    "id",
    "contact_id",
    "sequence_id",
    "sequence_version",
    "step",
    "template_id",
    "from_address",
    "queued_at",
    "status",
)
_QUEUE = ("workspace_id", "source_id", "visit", "contact_id", "sequence_id", "lane", "priority", "due_at")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A mail that an enrollment asks for, in a version of its sequence, and the lane that it waits in."""

    source_id: EnrollmentId
    visit: int
    contact_id: ContactId
    sequence_id: SequenceId
    version: int
    step: str
    template_id: TemplateId
    sender: Mailbox
    lane: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LaneState:
    """Ready mail of one sending domain and priority, and when the first of it is due in the workspace's time."""

    workspace_id: WorkspaceId
    lane: str
    priority: int
    due_at: datetime
    mode: str
    frozen_at: datetime | None


async def enqueue(tx: Tx, workspace: WorkspaceId, messages: Sequence[NewMessage]) -> None:
    """Queue messages, in the transaction that asks for them. A second one under the same key is refused loudly."""
    if not messages:
        return
    await tx.copy(
        "message",
        _LEDGER,
        [
            (
                workspace,
                message.source_id,
                message.visit,
                new_uuid(),
                message.contact_id,
                message.sequence_id,
                message.version,
                message.step,
                message.template_id,
                str(message.sender),
                message.at,
                "queued",
            )
            for message in messages
        ],
    )
    await tx.copy(
        "outbox",
        _QUEUE,
        [
            (
                workspace,
                message.source_id,
                message.visit,
                message.contact_id,
                message.sequence_id,
                message.lane,
                BULK,
                message.at,
            )
            for message in messages
        ],
    )


async def cancel(tx: Tx, workspace: WorkspaceId, ended: Mapping[EnrollmentId, str], *, now: datetime) -> None:
    """Take out what enrollments that have ended still asked for, mail and other effects, with the reason of their end.

    What a worker has claimed is left to the gate.
    """
    if ended:
        rows = await tx.rows(_sql["cancel"], workspace, list(ended), list(ended.values()), now)
        await count_mail(tx, workspace, [(counts_of(row), skipped(row["reason"])) for row in rows], now=now)


async def skip_held(
    tx: Tx, workspace: WorkspaceId, runs: Sequence[EnrollmentId], *, reason: str, now: datetime
) -> dict[SendKey, datetime]:
    """Take out what these enrollments have in the queue that a pause held, or that was due by `now`, as skipped.

    Gives when each was asked for. What the runs make of it is the caller's business, in the same transaction.
    """
    rows = await tx.rows(_sql["skip_held"], workspace, runs, reason, now)
    await count_mail(tx, workspace, [(counts_of(row), skipped(reason)) for row in rows], now=now)
    return {(row["source_id"], row["visit"]): row["queued_at"] for row in rows}


async def count_held(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, now: datetime) -> int:
    """How much mail of a sequence a pause holds, or keeps from going since it is due."""
    found: int = await tx.value(_sql["count_held"], workspace, sequence, now)
    return found


async def release(
    tx: Tx, workspace: WorkspaceId, *, held: str, sequence: SequenceId | None, rate: int | None, now: datetime
) -> int:
    """Let held mail move again, all at once or `rate` a minute in the order in which it was due; gives how much."""
    gap = timedelta(minutes=1) / rate if rate else timedelta()
    return await tx.run(_sql["release"], workspace, held, sequence, now, gap)


async def lanes(tx: Tx, workspaces: Sequence[WorkspaceId] | None = None) -> list[LaneState]:
    """The lanes with ready mail, due now or later. Costs one look-up a lane, however long the queues are."""
    return [LaneState(**dict(row)) for row in await tx.rows(_sql["lanes"], workspaces)]


async def all_lanes(database: Database) -> list[LaneState]:
    """The lanes of all workspaces, as a worker looks at them to plan."""
    return [LaneState(**dict(row)) for row in await database.look(_sql["lanes"], None)]


async def is_leased(tx: Tx, workspace: WorkspaceId) -> bool:
    """Whether some worker has mail of this workspace in its hands."""
    found: bool = await tx.value(_sql["is_leased"], workspace)
    return found
