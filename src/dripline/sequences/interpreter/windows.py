"""The sending window: between which local times, on which days of the week, mail may go out."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from dripline.sequences.interpreter.walltime import instant, local_date, zone_of

# A window of one day a week whose hour is skipped by the clocks opens a week later.
_DAYS_AHEAD = 16


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `opens` up to `closes`, local times, on days of the week (Monday is 0).

    When it closes at an earlier hour than it opens it lasts over midnight, and belongs to the day on which it opens.
    `timezone` is an IANA name, or None for the contact's own.
    """

    opens: time
    closes: time
    days: frozenset[int]
    timezone: str | None = None


def next_open(window: Window, contact_timezone: str | None, at: datetime) -> datetime:
    """When mail may go out at `at` (aware) or later: `at` itself while the window is open.

    `contact_timezone` is an IANA name; without one the contact's own time is UTC.
    """
    zone = zone_of(window.timezone or contact_timezone)
    yesterday = local_date(at, zone) - timedelta(days=1)
    days = (yesterday + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD))
    spans = (_span(window, day, zone) for day in days if day.weekday() in window.days)
    return next(max(at, opens) for opens, closes in spans if at < closes and opens < closes)


def _span(window: Window, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    last = day if window.opens < window.closes else day + timedelta(days=1)
    return instant(day, window.opens, zone), instant(last, window.closes, zone)
