"""From a decision of the interpreter to the row of an enrollment."""

from datetime import datetime

from dripline.kernel.ids import EnrollmentId
from dripline.sequences.enrollments.model import Moved
from dripline.sequences.interpreter.model import Decision, Ended, Parked, Waiting


def moved(enrollment: EnrollmentId, decision: Decision, *, at: datetime) -> Moved:
    """Where a decision taken at `at` puts an enrollment."""
    match decision.state:
        case Waiting(cursor, until):
            return Moved(enrollment, "active", None, cursor.step, cursor.since, cursor.visits, until, None)
        case Parked(cursor, _):
            return Moved(enrollment, "active", None, cursor.step, cursor.since, cursor.visits, None, None)
        case Ended(status, reason, cursor):
            return Moved(enrollment, status, reason, cursor.step, cursor.since, cursor.visits, None, at)
