"""From a decision of the interpreter to the row of an enrollment."""

from datetime import datetime

from dripline.kernel.ids import EnrollmentId
from dripline.sequences.enrollments.model import Moved
from dripline.sequences.interpreter.model import Decision, Ended, Parked, Waiting


def moved(enrollment: EnrollmentId, decision: Decision, *, at: datetime, version: int | None = None) -> Moved:
    """Where a decision taken at `at` puts an enrollment; `version` is the one it came into, where it moved."""
    match decision.state:
        case Waiting(cursor, until, wakes):
            place = (cursor.step, cursor.since, cursor.visits)
            return Moved(enrollment, "active", None, *place, until, None, version, wakes)
        case Parked(cursor, _):
            place = (cursor.step, cursor.since, cursor.visits)
            return Moved(enrollment, "active", None, *place, None, None, version)
        case Ended(status, reason, cursor):
            place = (cursor.step, cursor.since, cursor.visits)
            return Moved(enrollment, status, reason, *place, None, at, version)
