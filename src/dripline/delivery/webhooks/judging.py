"""What an answer means: delivered, to be tried again and when, or given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from dripline.delivery.webhooks.model import DeliveryStatus

SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long to wait after each call that failed; after the last one there is no further call."""
DISABLED_AFTER = timedelta(days=5)
"""A webhook through which nothing got for so long is disabled."""
_GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call. `status` is None where nobody answered; `final`: calling again would not help."""

    status: int | None
    words: str
    after: timedelta | None = None
    final: bool = False

    @property
    def is_good(self) -> bool:
        """Only 2xx is: a redirection is not followed."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the other side wants no more calls."""
        return self.status == _GONE


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a delivery stands after a call."""

    status: DeliveryStatus
    due_at: datetime


def judge(answer: Answer, attempts: int, *, now: datetime, chance: Random) -> Verdict:
    """What becomes of a delivery after call number `attempts` (from 1)."""
    if answer.is_good:
        return Verdict(DeliveryStatus.DELIVERED, now)
    if answer.is_gone or answer.final or attempts > len(SCHEDULE):
        return Verdict(DeliveryStatus.FAILED, now)
    # What failed together does not come back together.
    wait = SCHEDULE[attempts - 1] * (1 + chance.random() / 10)
    return Verdict(DeliveryStatus.PENDING, now + max(wait, answer.after or timedelta()))
