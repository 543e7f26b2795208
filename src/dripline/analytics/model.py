"""What is known in numbers of the mail of a sequence, a template, a workspace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.delivery.counting import SKIPPED, Counted
from dripline.kernel.ids import SequenceId


@dataclass(frozen=True, slots=True)
class Numbers:
    """How often what happened, by word."""

    counts: Mapping[str, int]

    def of(self, what: str) -> int:
        """How often one thing happened."""
        return self.counts.get(what, 0)

    @property
    def sent(self) -> int:
        """Handed over; what is in doubt counts as sent."""
        return self.of(Counted.SENT) + self.of(Counted.IN_DOUBT)

    @property
    def bounces(self) -> int:
        """Refused for good, at once or later."""
        return self.of(Counted.REJECTED) + self.of(Counted.BOUNCED)

    @property
    def skipped_by(self) -> Mapping[str, int]:
        """What was not sent, by reason."""
        reasons = sorted([what for what, count in self.counts.items() if what.startswith(SKIPPED) and count])
        return {reason.removeprefix(SKIPPED): self.counts[reason] for reason in reasons}


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """One mail of a sequence: its numbers, how much of it waits for a limit or a retry, how many runs stand at it.

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
    """A sequence, mail by mail. `standing` says how many runs stand at each step of any kind, where somebody does."""

    steps: Sequence[StepNumbers]
    totals: Numbers
    deferred: int
    waiting: int
    standing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SequenceTotals:
    """All mail of one sequence among several: its numbers, how much of it waits, how many runs it has now."""

    sequence: SequenceId
    numbers: Numbers
    deferred: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Point:
    """The numbers of one stretch of time, which begins `at`."""

    at: datetime
    numbers: Numbers
