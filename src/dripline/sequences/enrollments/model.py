"""One contact's run through one sequence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dripline.kernel.ids import ContactId, EnrollmentId, SequenceId
from dripline.kernel.values import Json


class ExitReason(StrEnum):
    """Why somebody left before the end."""

    EXIT_CONDITION = "exit_condition"
    CONDITION = "condition"
    STOP_CONDITION = "stop_condition"
    CONVERTED = "converted"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    CONTACT_DELETED = "contact_deleted"
    MANUAL = "manual"
    ARCHIVED = "archived"
    STEP_REMOVED = "step_removed"
    TIMEOUT = "timeout"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class NewEnrollment:
    """Somebody about to start."""

    id: EnrollmentId
    sequence_id: SequenceId
    version: int
    contact_id: ContactId
    step: str | None
    entered_with: Mapping[str, Json] | None
    entered_by: UUID | None
    entered_via: str
    depth: int
    at: datetime
    once: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A run as people see it: paused and archived are read off its sequence."""

    id: EnrollmentId
    sequence_id: SequenceId
    contact_id: ContactId
    email: str | None
    key: str
    version: int
    status: str
    exit_reason: str | None
    exit_detail: str | None
    step: str | None
    due_at: datetime | None
    stuck_reason: str | None
    stuck_since: datetime | None
    entered_with: Mapping[str, Json] | None
    enrolled_at: datetime
    ended_at: datetime | None
    discount: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a decision puts an enrollment: its cursor and what is next.

    `version` is the one it is in from now on, where that changes. `waits_for` is the fact (`kind:key`) by which it may
    be due earlier.
    """

    id: EnrollmentId
    status: str
    exit_reason: str | None
    step: str | None
    since: datetime
    visits: int
    due_at: datetime | None
    ended_at: datetime | None
    version: int | None = None
    waits_for: str | None = None
