"""Local times: a time of day on a calendar date, in a zone. They are built in the zone and then converted.

A time that clocks skip, when they are set forward, is the end of what they skip. A time that comes twice, when they
are set back, is the first of the two.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from dripline.predicates.truth import moment

# Beyond these a conversion to another zone could leave the calendar. They are as good as never and always.
_FIRST, _LAST = date(2, 1, 1), date(9998, 12, 31)
_SECOND = timedelta(seconds=1)
_DATE_LENGTH = len("2030-01-31")


@lru_cache(maxsize=1024)
def zone_of(name: str | None) -> tzinfo:
    """The zone of an IANA name; UTC without one, and for a name that is unknown here."""
    try:
        return ZoneInfo(name) if name is not None else UTC
    except (KeyError, OSError, ValueError):
        return UTC


def instant(day: date, at: time, zone: tzinfo) -> datetime:
    """When it is `at` on that day in that zone, as UTC. Days before the year 2 or after 9998 are moved to there."""
    wall = datetime.combine(min(max(day, _FIRST), _LAST), at)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    return _end_of_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first second after `before`, and not after `after`, whose offset is no longer that of `before`."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2 // _SECOND * _SECOND
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return after


def local_date(at: datetime, zone: tzinfo) -> date:
    """The calendar date of an aware time in a zone."""
    return _inside(at).astimezone(zone).date()


def read_time(text: str, at: time | None, zone: tzinfo) -> datetime | None:
    """The time that an ISO date or time names, as UTC; with `at`, that local time of its day. None when it names none.

    A date without a time is that calendar date in the zone, from midnight. A time without a zone is in UTC, as in
    conditions.
    """
    named = moment(text)
    if named is None:
        return None
    day = named.date() if len(text) == _DATE_LENGTH else local_date(named, zone)
    if at is not None or len(text) == _DATE_LENGTH:
        return instant(day, at or time(), zone)
    return _inside(named).astimezone(UTC)


def _inside(at: datetime) -> datetime:
    if _FIRST <= at.date() <= _LAST:
        return at
    return datetime.combine(min(max(at.date(), _FIRST), _LAST), at.timetz())
