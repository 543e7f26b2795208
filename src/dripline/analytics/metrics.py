"""Numbers over time: of a workspace, a sequence, a template."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from dripline.analytics.model import Numbers, Point
from dripline.database.work import Tx
from dripline.durable.tallies import Span, day_of, hour_of, read_series
from dripline.kernel.ids import WorkspaceId


class Period(StrEnum):
    """How long one point of a series is. Weeks begin on Monday; all is in UTC."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_BEGINS: dict[Period, Callable[[datetime], datetime]] = {
    Period.HOUR: hour_of,
    Period.DAY: day_of,
    Period.WEEK: lambda at: day_of(at) - timedelta(days=day_of(at).weekday()),
    Period.MONTH: lambda at: day_of(at).replace(day=1),
}


def begins(period: Period, at: datetime) -> datetime:
    """When the period began that a time lies in."""
    return _BEGINS[period](at)


def follows(period: Period, beginning: datetime) -> datetime:
    """When the next period begins."""
    match period:
        case Period.HOUR:
            return beginning + timedelta(hours=1)
        case Period.DAY:
            return beginning + timedelta(days=1)
        case Period.WEEK:
            return beginning + timedelta(weeks=1)
        case Period.MONTH:
            return begins(period, beginning + timedelta(days=31))


async def series(
    tx: Tx, workspace: WorkspaceId, *beginnings: str, since: datetime, until: datetime, period: Period
) -> Sequence[Point]:
    """Every period from the one that `since` lies in to the one before `until`, those without mail included.

    `beginnings` are what the subjects begin with that are added up; none is that of another one.
    """
    by = Span.HOUR if period is Period.HOUR else Span.DAY
    first = begins(period, since)
    found: dict[datetime, Counter[str]] = defaultdict(Counter)
    for at, counts in (await read_series(tx, workspace, *beginnings, since=first, until=until, by=by)).items():
        found[begins(period, at)].update(counts)
    points, at = [], first
    while at < until:
        points.append(Point(at, Numbers(found.get(at, {}))))
        at = follows(period, at)
    return points


def totals(points: Sequence[Point]) -> Numbers:
    """What the points of a series add up to."""
    total: Counter[str] = Counter()
    for point in points:
        total.update(point.numbers.counts)
    return Numbers(total)
