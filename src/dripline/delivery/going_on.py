"""Letting runs go on that were parked: what they asked for has been settled, one way or another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import EnrollmentId, WorkspaceId
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.enrollments.deciding import moved
from dripline.sequences.enrollments.model import ExitReason, Moved
from dripline.sequences.interpreter.model import Cursor, Decision, Ended, EndStatus, Settlement, Visit
from dripline.sequences.interpreter.stepping import settled
from dripline.sequences.programs import published

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of that which a run asked for at a visit. `exits` ends the run instead, for that reason."""

    source_id: UUID
    visit: int
    settlement: Settlement
    reason: str | None
    exits: ExitReason | None = None


async def go_on(tx: Tx, workspace: WorkspaceId, endings: Sequence[Ending], *, now: datetime) -> None:
    """Let the runs that wait for these go on, their contacts locked. A run that has ended is left alone."""
    if not endings:
        return
    keys = [ending.source_id for ending in endings], [ending.visit for ending in endings]
    rows = await tx.rows(_sql["parked"], workspace, *keys)
    programs = await published(tx, workspace, {(row["sequence_id"], row["version"]) for row in rows})
    by_run = {ending.source_id: ending for ending in endings}
    changes: list[Moved] = []
    visits: list[tuple[EnrollmentId, Visit]] = []
    for row in rows:
        ending = by_run[row["id"]]
        cursor = Cursor(row["step"], row["since"], row["visits"])
        program = programs[row["sequence_id"], row["version"]].program
        decision = settled(program, cursor, ending.settlement, now, reason=ending.reason)
        if ending.exits is not None:
            decision = Decision(Ended(EndStatus.EXITED, ending.exits, cursor), decision.visits)
        changes.append(moved(row["id"], decision, at=now))
        visits.extend((row["id"], visit) for visit in decision.visits)
    await enrollments.move(tx, workspace, changes)
    await enrollments.add_visits(tx, workspace, visits)
