"""What is kept of a domain's warm-up."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dripline.delivery.warmup.plan import Plan

MANUAL = "manual"
"""The reason of a pause that a person asked for; the others are causes of bad health."""


class Status(StrEnum):
    """Inactive: nothing is limited. Paused: nothing goes out. Completed: the limit stays at the target."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Warmup:
    """The warm-up of one domain. `day` counts the days on which it sent, and the one it is at.

    `healthy_since` is the hour from which it is judged, since somebody has resumed it.
    """

    domain: str
    status: Status = Status.INACTIVE
    plan: Plan = field(default_factory=Plan)
    day: int = 1
    reason: str | None = None
    healthy_since: datetime | None = None
    started_at: datetime | None = None

    @property
    def limits(self) -> bool:
        """Whether there is a daily limit at all."""
        return self.status is not Status.INACTIVE

    @property
    def limit(self) -> int:
        """The most that may be sent on its day."""
        return 0 if self.status is Status.PAUSED else self.plan.limit(self.day)

    @property
    def next_limit(self) -> int | None:
        """The limit of the day after one on which something was sent; None while it stands still."""
        return None if self.status is Status.PAUSED else self.plan.limit(self.day + 1)
