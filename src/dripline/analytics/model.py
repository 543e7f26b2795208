"""What is known in numbers of the mail of a sequence, a template, a workspace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.delivery.counting import SKIPPED, Counted


@dataclass(frozen=True, slots=True)
class Numbers:
    """How often what happened, by word."""

    counts: Mapping[str, int]

    def of(self, *whats: str) -> int:
        """The sum of some of them."""
        return sum(self.counts.get(what, 0) for what in whats)

    @property
    def sent(self) -> int:
        """Handed over; what is in doubt counts as sent."""
        return self.of(Counted.SENT, Counted.IN_DOUBT)

    @property
    def bounces(self) -> int:
        """Refused for good, at once or later."""
        return self.of(Counted.REJECTED, Counted.BOUNCED)

    @property
    def skipped_by(self) -> Mapping[str, int]:
        """What was not sent, by reason."""
        reasons = sorted(what for what, count in self.counts.items() if what.startswith(SKIPPED) and count)
        return {reason.removeprefix(SKIPPED): self.counts[reason] for reason in reasons}

    @property
    def skipped(self) -> int:
        """What was not sent."""
        return sum(self.skipped_by.values())


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """One mail of a sequence: its numbers, how many of it wait for a limit or a retry, how many runs stand at it.

    `number` counts the mails of the sequence; None for a step that the published version does not have any more.
    """

    number: int | None
    step: str
    name: str | None
    numbers: Numbers
    deferred: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SequenceNumbers:
    """A sequence, mail by mail. `conversions` are the goals that were reached in the span."""

    steps: Sequence[StepNumbers]
    totals: Numbers
    deferred: int
    waiting: int
    conversions: int


@dataclass(frozen=True, slots=True)
class Point:
    """The numbers of one stretch of time, which begins `at`."""

    at: datetime
    numbers: Numbers
