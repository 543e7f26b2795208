"""How well a domain's mail is received, judged by what came back in the last seven days. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

SPAN = timedelta(days=7)
"""What is judged: so many days, today included."""


class Level(StrEnum):
    """`critical` stops the domain's mail until a person resumes it."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"


class Cause(StrEnum):
    """What is wrong."""

    BOUNCES = "high_bounce_rate"
    COMPLAINTS = "high_complaint_rate"


@dataclass(frozen=True, slots=True)
class Sample:
    """Mail of the span: handed over or refused for good (`tried`), refused or come back, complained about."""

    tried: int
    bounced: int
    complained: int


@dataclass(frozen=True, slots=True)
class Health:
    """A level, and its cause where something is wrong."""

    level: Level
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class _Threshold:
    level: Level
    least_tried: int
    bounces: Fraction
    complaints: Fraction


# One bounce among the first twenty mails says nothing; hence the least numbers.
_THRESHOLDS = (
    _Threshold(Level.CRITICAL, 200, Fraction(5, 100), Fraction(1, 1000)),
    _Threshold(Level.WARNING, 100, Fraction(3, 100), Fraction(5, 10_000)),
)


def judge(sample: Sample) -> Health:
    """The worst level whose threshold a rate lies above; bounces are named before complaints."""
    for threshold in _THRESHOLDS:
        if sample.tried < threshold.least_tried:
            continue
        if Fraction(sample.bounced, sample.tried) > threshold.bounces:
            return Health(threshold.level, Cause.BOUNCES)
        if Fraction(sample.complained, sample.tried) > threshold.complaints:
            return Health(threshold.level, Cause.COMPLAINTS)
    return Health(Level.HEALTHY)
