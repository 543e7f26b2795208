"""Enrollments and visits as rows. Whoever writes here has locked the contacts first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.model import Contact
from dripline.contacts.store import contact_of
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import ContactId, EnrollmentId, SequenceId, WorkspaceId, show
from dripline.kernel.values import Json
from dripline.sequences.enrollments.model import Enrollment, Moved, NewEnrollment
from dripline.sequences.interpreter.model import Cursor, Visit

_sql = queries(__package__)

_VISIT = ("workspace_id", "enrollment_id", "visit", "step", "action", "outcome", "reason", "at")


@dataclass(frozen=True, slots=True)
class Lane:
    """What is due in one sequence, after and until a time, so many at most."""

    sequence_id: SequenceId
    after: datetime
    until: datetime
    most: int


@dataclass(frozen=True, slots=True)
class LaneState:
    """A sequence with somebody in it who is, or will be, due: when the first one is, and whether it drains."""

    workspace_id: WorkspaceId
    sequence_id: SequenceId
    mode: str
    frozen_at: datetime | None
    draining_since: datetime | None
    drain_rate: int | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A locked contact with an enrollment that was due when it was looked up."""

    enrollment_id: EnrollmentId
    sequence_id: SequenceId
    contact: Contact
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """An enrollment to be decided now, its contact locked."""

    id: EnrollmentId
    sequence_id: SequenceId
    contact_id: ContactId
    version: int
    cursor: Cursor
    entered_with: Mapping[str, Json] | None
    depth: int
    suppressed: bool


async def enroll(tx: Tx, workspace: WorkspaceId, new: Sequence[NewEnrollment]) -> set[EnrollmentId]:
    """Start enrollments; the ids of those that started. The index refuses a second active one with the same key."""
    if not new:
        return set()
    rows = await tx.rows(
        _sql["enroll"],
        workspace,
        [each.id for each in new],
        [each.sequence_id for each in new],
        [each.version for each in new],
        [each.contact_id for each in new],
        [each.key for each in new],
        [each.step for each in new],
        [each.at for each in new],
        [each.entered_with for each in new],
        [each.entered_by for each in new],
        [each.depth for each in new],
        [each.once for each in new],
    )
    return {row["id"] for row in rows}


async def lanes(tx: Tx, workspaces: Sequence[WorkspaceId] | None = None) -> list[LaneState]:
    """Every active sequence with somebody due now or later, in all workspaces or in those given."""
    return [LaneState(**dict(row)) for row in await tx.rows(_sql["lanes"], workspaces)]


async def all_lanes(database: Database) -> list[LaneState]:
    """The lanes of all workspaces, as a worker looks at them to plan."""
    return [LaneState(**dict(row)) for row in await database.look(_sql["lanes"], None)]


async def claim_due(tx: Tx, workspace: WorkspaceId, lanes: Sequence[Lane], *, limit: int) -> list[Claimed]:
    """Lock contacts that are due, passing over those that are locked, in the order of the lanes given."""
    rows = await tx.rows(
        _sql["claim_due"],
        workspace,
        [lane.sequence_id for lane in lanes],
        [lane.after for lane in lanes],
        [lane.until for lane in lanes],
        [lane.most for lane in lanes],
        limit,
    )
    return [_claimed(row) for row in rows]


async def claim_these(tx: Tx, workspace: WorkspaceId, enrollments: Sequence[EnrollmentId]) -> list[Claimed]:
    """Lock the contacts of these enrollments, passing over those that are locked."""
    return [_claimed(row) for row in await tx.rows(_sql["claim_these"], workspace, enrollments)]


async def load_due(tx: Tx, workspace: WorkspaceId, enrollments: Sequence[EnrollmentId], *, now: datetime) -> list[Due]:
    """Those that are still due. Read after the lock, so that it is the truth until the transaction ends."""
    rows = await tx.rows(_sql["load_due"], workspace, enrollments, now)
    return [
        Due(
            row["id"],
            row["sequence_id"],
            row["contact_id"],
            row["version"],
            Cursor(row["step"], row["since"], row["visits"]),
            row["entered_with"],
            row["depth"],
            row["suppressed"],
        )
        for row in rows
    ]


async def move(tx: Tx, workspace: WorkspaceId, moved: Sequence[Moved]) -> int:
    """Write where enrollments stand; gives how many were still running."""
    if not moved:
        return 0
    return await tx.run(
        _sql["move"],
        workspace,
        [each.id for each in moved],
        [each.status for each in moved],
        [each.exit_reason for each in moved],
        [each.step for each in moved],
        [each.since for each in moved],
        [each.visits for each in moved],
        [each.due_at for each in moved],
        [each.ended_at for each in moved],
    )


async def add_visits(tx: Tx, workspace: WorkspaceId, visits: Sequence[tuple[EnrollmentId, Visit]]) -> None:
    """Append visits."""
    if visits:
        await tx.copy(
            "visit",
            _VISIT,
            [
                (workspace, run, visit.number, visit.step, visit.action, visit.outcome, visit.reason, visit.at)
                for run, visit in visits
            ],
        )


async def stick(tx: Tx, workspace: WorkspaceId, enrollment: EnrollmentId, *, reason: str, now: datetime) -> None:
    """Park one that cannot be decided, with the reason, so that it stops nobody else."""
    await tx.run(_sql["stick"], workspace, enrollment, reason[:500], now)


async def exit_contacts(
    tx: Tx, workspace: WorkspaceId, reasons: Mapping[ContactId, str], *, now: datetime
) -> dict[EnrollmentId, str]:
    """End everything these contacts are in; the enrollments ended, with the reason."""
    rows = await tx.rows(_sql["exit_contacts"], workspace, list(reasons), list(reasons.values()), now)
    return {row["id"]: row["exit_reason"] for row in rows}


async def exit_one(
    tx: Tx, workspace: WorkspaceId, enrollment: UUID, *, reason: str, detail: str | None, now: datetime
) -> dict[EnrollmentId, str]:
    """End one; empty when it was not running. `detail` is for people."""
    rows = await tx.rows(_sql["exit_one"], workspace, enrollment, reason, now, detail)
    return {row["id"]: row["exit_reason"] for row in rows}


async def running_in(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, limit: int) -> list[ContactId]:
    """Contacts who are in a sequence, a page of them."""
    return sorted(row["contact_id"] for row in await tx.rows(_sql["running_in"], workspace, sequence, limit))


async def exit_sequence(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, contacts: Sequence[ContactId], *, reason: str, now: datetime
) -> dict[EnrollmentId, str]:
    """End the runs of these contacts in one sequence."""
    rows = await tx.rows(_sql["exit_sequence"], workspace, sequence, contacts, reason, now)
    return {row["id"]: row["exit_reason"] for row in rows}


async def waiting_behind(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, until: datetime) -> bool:
    """Whether a sequence still has somebody who was due at `until`."""
    found: bool = await tx.value(_sql["waiting_behind"], workspace, sequence, until)
    return found


async def list_enrollments(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: SequenceId,
    *,
    status: str | None,
    limit: int,
    after: UUID | None = None,
    offset: int = 0,
) -> list[Enrollment]:
    """Enrollments of a sequence in the order of their making, of one shown status where one is given."""
    rows = await tx.rows(_sql["list_enrollments"], workspace, sequence, status, after, limit, offset)
    return [Enrollment(**dict(row)) for row in rows]


async def find_enrollment(tx: Tx, workspace: WorkspaceId, enrollment: UUID) -> Enrollment:
    """One enrollment.

    Raises:
        NotFound: this workspace has none by that id.
    """
    row = await tx.row(_sql["find_enrollment"], workspace, enrollment)
    if row is None:
        raise NotFound.of("enrollment", show("enrollment", enrollment))
    return Enrollment(**dict(row))


async def forget_runs(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Blank what the runs of a contact know of them; they stay as history."""
    await tx.run(_sql["forget_visits"], workspace, contact)
    await tx.run(_sql["forget_runs"], workspace, contact)


def _claimed(row: Row) -> Claimed:
    # Whether the address is suppressed is known only after the lock: see `Due.suppressed`.
    contact = contact_of(row, suppressed=False)
    return Claimed(row["enrollment_id"], row["sequence_id"], contact, row["due_at"])
