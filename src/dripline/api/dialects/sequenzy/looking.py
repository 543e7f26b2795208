"""Runs the queries of this wire format: what its clients ask that nothing else of ours asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.model import Contact
from dripline.contacts.store import contact_of
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId, EnrollmentId, SequenceId, WorkspaceId
from dripline.kernel.values import Json

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Run:
    """One contact's run through a sequence; what is about the contact is null once they are erased."""

    id: EnrollmentId
    contact_id: ContactId
    email: str | None
    properties: Mapping[str, Json] | None
    unsubscribed_at: datetime | None
    key: str
    version: int
    step: str | None
    due_at: datetime | None
    stuck_reason: str | None
    entered_via: str | None
    entered_with: Mapping[str, Json] | None
    enrolled_at: datetime
    since: datetime
    ended_at: datetime | None
    paused_at: datetime | None
    suppressed: bool
    status: str


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs of a sequence: of these statuses, of one contact, at one step; in which order."""

    statuses: Sequence[str]
    contact: ContactId | None = None
    step: str | None = None
    order: str = "enrolled_at_desc"


@dataclass(frozen=True, slots=True)
class SubscriberFilter:
    """Which contacts. None leaves a question open; `text` is a part of address, name or tag; tags must all be there."""

    text: str | None = None
    tags: Sequence[str] | None = None
    list_id: UUID | None = None
    segment_id: UUID | None = None
    status: str | None = None


async def find_runs(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: SequenceId,
    wanted: RunFilter,
    *,
    limit: int,
    offset: int,
    now: datetime,
) -> tuple[list[Run], int]:
    """Runs of a sequence, and how many there are in all; that is 0 behind the last of them."""
    rows = await tx.rows(
        _sql["find_runs"],
        workspace,
        sequence,
        now,
        list(wanted.statuses),
        wanted.contact,
        wanted.step,
        wanted.order,
        limit,
        offset,
    )
    runs = [Run(**{name: value for name, value in row.items() if name != "total"}) for row in rows]
    return runs, rows[0]["total"] if rows else 0


async def find_subscribers(
    tx: Tx, workspace: WorkspaceId, wanted: SubscriberFilter, *, limit: int, before: UUID | None, offset: int
) -> tuple[list[Contact], int]:
    """Contacts, newest first, and how many there are from there on; that is 0 behind the last of them."""
    rows = await tx.rows(
        _sql["find_subscribers"],
        workspace,
        before,
        wanted.text.lower() if wanted.text else None,
        list(wanted.tags) if wanted.tags else None,
        wanted.list_id,
        wanted.segment_id,
        wanted.status,
        limit,
        offset,
    )
    return [contact_of(row) for row in rows], rows[0]["total"] if rows else 0


async def count_members(tx: Tx, workspace: WorkspaceId, lists: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many are on each of these lists, and how many of those can be mailed."""
    counts = dict.fromkeys(lists, (0, 0))
    rows = await tx.rows(_sql["count_list"], workspace, list(counts))
    return counts | {row["list_id"]: (row["members"], row["active"]) for row in rows}


async def new_event_names(tx: Tx, workspace: WorkspaceId, names: Iterable[str]) -> set[str]:
    """Those of these names that no event has had so far."""
    wanted = set(names)
    return wanted - {row["name"] for row in await tx.rows(_sql["known_events"], workspace, list(wanted))}


async def new_tags(tx: Tx, workspace: WorkspaceId, tags: Iterable[str]) -> set[str]:
    """Those of these tags that nobody has so far."""
    wanted = set(tags)
    return wanted - {row["tag"] for row in await tx.rows(_sql["known_tags"], workspace, list(wanted))}


async def on_list(tx: Tx, workspace: WorkspaceId, found: UUID, contacts: Iterable[ContactId]) -> set[ContactId]:
    """Those of these contacts that are on a list."""
    rows = await tx.rows(_sql["on_list"], workspace, found, list(contacts))
    return {ContactId(row["contact_id"]) for row in rows}
