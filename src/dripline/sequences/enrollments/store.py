"""Enrollments and visits as rows. Whoever writes here has locked the contacts first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dripline.contacts.model import Contact
from dripline.contacts.store import contact_of
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.events.listening import Listener
from dripline.events.model import Event
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
class Ending:
    """The runs of a contact in one version of a sequence; with `since` only those that had begun by then."""

    contact_id: ContactId
    sequence_id: UUID
    version: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """An enrollment to be decided now, its contact locked.

    `moving_to` is the version that those in older ones move to. What came after (`enrolled_at`, `anchor`), by time
    and id, came after its beginning. `sender`: name and address of the workspace's default sender, read for those
    that are due only.
    """

    id: EnrollmentId
    sequence_id: SequenceId
    contact_id: ContactId
    version: int
    cursor: Cursor
    entered_with: Mapping[str, Json] | None
    depth: int
    suppressed: bool
    moving_to: int
    enrolled_at: datetime
    anchor: UUID
    due_at: datetime | None
    waits_for: str | None
    sender: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many are in a sequence: overdue, waiting for a later time, waiting for their mail to go."""

    overdue: int
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many stand at one step of one version: waiting, waiting for their mail to go, stuck."""

    version: int
    step: str
    waiting: int
    parked: int
    stuck: int


@dataclass(frozen=True, slots=True)
class Sooner:
    """Of those who wait at a step that gets another length: who goes on earlier, who later, and whose time is over."""

    earlier: int
    later: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Retimed:
    """Since when an enrollment has been waiting, until when, and for which fact besides."""

    id: EnrollmentId
    since: datetime
    due_at: datetime
    waits_for: str | None


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
        [each.entered_via for each in new],
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
    sender = _sender(rows[0]) if rows else None
    return [_due(row, sender) for row in rows]


async def load_parked(tx: Tx, workspace: WorkspaceId, parked: Sequence[tuple[EnrollmentId, int]]) -> list[Due]:
    """Those that wait until the effect of the visit given is settled."""
    rows = await tx.rows(_sql["load_parked"], workspace, [run for run, _ in parked], [visit for _, visit in parked])
    return [_due(row) for row in rows]


async def load_waiting(tx: Tx, workspace: WorkspaceId, enrollments: Sequence[EnrollmentId]) -> list[Due]:
    """Those that are due now or later."""
    return [_due(row) for row in await tx.rows(_sql["load_waiting"], workspace, enrollments)]


async def runs_after(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, after: UUID | None, *, limit: int
) -> list[tuple[EnrollmentId, ContactId]]:
    """Running enrollments of a sequence with their contacts, in the order of ids, a page of them."""
    rows = await tx.rows(_sql["runs_after"], workspace, sequence, after, limit)
    return [(row["id"], row["contact_id"]) for row in rows]


async def retime(tx: Tx, workspace: WorkspaceId, retimed: Sequence[Retimed]) -> int:
    """Give enrollments that wait another time; gives how many still did."""
    if not retimed:
        return 0
    return await tx.run(
        _sql["retime"],
        workspace,
        [each.id for each in retimed],
        [each.since for each in retimed],
        [each.due_at for each in retimed],
        [each.waits_for for each in retimed],
    )


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
        [each.version for each in moved],
        [each.waits_for for each in moved],
    )


async def add_visits(tx: Tx, workspace: WorkspaceId, visits: Sequence[tuple[EnrollmentId, Visit]]) -> None:
    """Append visits. One alone may also be written at a front door, where COPY is refused."""
    if len(visits) == 1:
        [(run, visit)] = visits
        await tx.run(
            _sql["add_visit"],
            *(workspace, run, visit.number, visit.step, visit.action, visit.outcome, visit.reason, visit.at),
        )
    elif visits:
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


async def exit_versions(
    tx: Tx, workspace: WorkspaceId, endings: Sequence[Ending], *, reason: str, now: datetime
) -> dict[EnrollmentId, str]:
    """End these runs; the enrollments ended, with the reason."""
    rows = await tx.rows(
        _sql["exit_versions"],
        workspace,
        [each.contact_id for each in endings],
        [each.sequence_id for each in endings],
        [each.version for each in endings],
        [each.since for each in endings],
        reason,
        now,
    )
    return {row["id"]: row["exit_reason"] for row in rows}


async def exit_these(
    tx: Tx,
    workspace: WorkspaceId,
    enrollments: Sequence[EnrollmentId],
    *,
    reason: str,
    detail: str | None = None,
    now: datetime,
) -> dict[EnrollmentId, str]:
    """End those of these enrollments that run. `detail` is for people."""
    rows = await tx.rows(_sql["exit_these"], workspace, list(enrollments), reason, now, detail) if enrollments else []
    return {row["id"]: row["exit_reason"] for row in rows}


async def convert(
    tx: Tx, workspace: WorkspaceId, goals: Sequence[tuple[Event, Listener, timedelta | None]]
) -> list[EnrollmentId]:
    """Count goals: each run for which the event is the first, and came in time; gives these runs.

    The duration is how long after its beginning a run still counts the event; None for ever.
    """
    rows = await tx.rows(
        _sql["convert"],
        workspace,
        [event.contact_id for event, _, _ in goals],
        [listener.target_id for _, listener, _ in goals],
        [listener.version for _, listener, _ in goals],
        [event.id for event, _, _ in goals],
        [event.occurred_at for event, _, _ in goals],
        [None if event.starts_something else event.occurred_at for event, _, _ in goals],
        [within for _, _, within in goals],
    )
    return [row["enrollment_id"] for row in rows]


async def wake(tx: Tx, workspace: WorkspaceId, waited: Sequence[tuple[ContactId, str]], *, now: datetime) -> None:
    """Let the runs of these contacts that wait for these facts (`kind:key`) be looked at now."""
    await tx.run(_sql["wake"], workspace, [contact for contact, _ in waited], [fact for _, fact in waited], now)


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


async def count_standing(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, now: datetime) -> Standing:
    """How many are in a sequence, and what for."""
    row = await tx.row(_sql["count_standing"], workspace, sequence, now)
    return Standing(**dict(row)) if row is not None else Standing(0, 0, 0)


async def count_places(tx: Tx, workspace: WorkspaceId, sequence: SequenceId) -> list[Crowd]:
    """How many stand where in a sequence."""
    return [Crowd(**dict(row)) for row in await tx.rows(_sql["count_places"], workspace, sequence)]


async def count_retimed(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: SequenceId,
    lengths: Mapping[tuple[int, str], timedelta],
    *,
    now: datetime,
) -> dict[tuple[int, str], Sooner]:
    """Who would go on when, if these steps (version, id) were waited at for these lengths."""
    versions, steps = [version for version, _ in lengths], [step for _, step in lengths]
    rows = await tx.rows(_sql["count_retimed"], workspace, sequence, versions, steps, list(lengths.values()), now)
    return {(row["version"], row["step"]): Sooner(row["earlier"], row["later"], row["overdue"]) for row in rows}


async def count_completed(tx: Tx, workspace: WorkspaceId, sequence: SequenceId) -> dict[int, int]:
    """How many came to the end of each version and could go on."""
    rows = await tx.rows(_sql["completed_by_version"], workspace, sequence)
    return {row["version"]: row["completed"] for row in rows}


async def completed_after(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, versions: Sequence[int], after: UUID | None, *, limit: int
) -> list[tuple[EnrollmentId, ContactId, int]]:
    """Enrollments that came to the end of these versions, with contact and version, in the order of ids, a page."""
    rows = await tx.rows(_sql["completed_after"], workspace, sequence, versions, after, limit)
    return [(row["id"], row["contact_id"], row["version"]) for row in rows]


async def go_on(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: SequenceId,
    version: int,
    places: Sequence[tuple[EnrollmentId, str, datetime]],
) -> int:
    """Let enrollments that came to the end go on at a step of a version, each at its time; gives how many do.

    Nobody gets a second run beside another one, and nobody who may not be mailed goes on.
    """
    return await tx.run(
        _sql["go_on"],
        workspace,
        sequence,
        [run for run, _, _ in places],
        version,
        [step for _, step, _ in places],
        [at for _, _, at in places],
    )


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


def _due(row: Row, sender: tuple[str, str] | None = None) -> Due:
    return Due(
        row["id"],
        row["sequence_id"],
        row["contact_id"],
        row["version"],
        Cursor(row["step"], row["since"], row["visits"]),
        row["entered_with"],
        row["depth"],
        row["suppressed"],
        row["moving_to"],
        row["enrolled_at"],
        row["entered_by"] or row["id"],
        row["due_at"],
        row["waits_for"],
        sender,
    )


def _sender(row: Row) -> tuple[str, str] | None:
    return (row["sender_name"], row["sender_email"]) if row["sender_email"] is not None else None


def _claimed(row: Row) -> Claimed:
    # Whether the address is suppressed is known only after the lock: see `Due.suppressed`.
    contact = contact_of(row, suppressed=False)
    return Claimed(row["enrollment_id"], row["sequence_id"], contact, row["due_at"])
