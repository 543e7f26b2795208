"""What a contact went through in sequences, read back."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId, EnrollmentId, SequenceId, WorkspaceId
from dripline.sequences.enrollments.model import Enrollment
from dripline.sequences.interpreter.model import Outcome, Visit

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Run:
    """An enrollment with the slug and the name of its sequence."""

    enrollment: Enrollment
    sequence: str
    name: str


@dataclass(frozen=True, slots=True)
class Walked:
    """One arrival at a step, or the beginning (`enroll`) or end (`end`) of the run with that id, which have no step.

    `number` orders what belongs to one run.
    """

    id: EnrollmentId
    sequence_id: SequenceId
    sequence: str
    number: int
    step: str | None
    action: str
    outcome: str
    reason: str | None
    detail: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """An enrollment with what is told of it: its cursor, and as kind and key what began it and what it waits for."""

    id: EnrollmentId
    version: int
    key: str
    status: str
    exit_reason: str | None
    exit_detail: str | None
    step: str | None
    since: datetime
    visits: int
    due_at: datetime | None
    waits_for: str | None
    stuck_reason: str | None
    stuck_since: datetime | None
    entered_via: str | None
    enrolled_at: datetime
    ended_at: datetime | None


async def runs_in_sequence(
    tx: Tx, workspace: WorkspaceId, sequence: SequenceId, contact: ContactId, *, limit: int
) -> list[Told]:
    """The last enrollments of a contact in a sequence, at most `limit`, oldest first."""
    rows = await tx.rows(_sql["runs_in_sequence"], workspace, contact, sequence, limit)
    return [Told(**dict(row)) for row in reversed(rows)]


async def visits_of(tx: Tx, workspace: WorkspaceId, runs: Sequence[EnrollmentId]) -> dict[EnrollmentId, list[Visit]]:
    """The visits of enrollments, in order."""
    found: dict[EnrollmentId, list[Visit]] = {run: [] for run in runs}
    for row in await tx.rows(_sql["visits_of"], workspace, runs):
        visit = Visit(row["visit"], row["step"], row["action"], Outcome(row["outcome"]), row["reason"], row["at"])
        found[row["enrollment_id"]].append(visit)
    return found


async def runs_of_contact(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, *, limit: int, before: UUID | None
) -> list[Run]:
    """At most `limit` enrollments of a contact, newest first, those older than `before`."""
    names = [field.name for field in fields(Enrollment)]
    rows = await tx.rows(_sql["enrollments_of_contact"], workspace, contact, before, limit)
    return [Run(Enrollment(**{name: row[name] for name in names}), row["slug"], row["name"]) for row in rows]


async def walked_before(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, before: tuple[datetime, UUID, int], *, limit: int
) -> list[Walked]:
    """What a contact went through before a time (and a run and number, among those of that very time), newest first."""
    rows = await tx.rows(_sql["walked_before"], workspace, contact, *before, limit)
    return [Walked(**dict(row)) for row in rows]
