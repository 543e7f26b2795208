"""What became of mail, in numbers: of a sequence step by step, and over time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from dripline.analytics.metrics import Period, begins, follows, series, totals
from dripline.analytics.model import Point
from dripline.analytics.sequences import sequence_numbers, totals_of
from dripline.api.answers import NOT_FOUND
from dripline.api.caller import Caller
from dripline.api.parameters import Calling, SlugRef
from dripline.api.reading.spans import From, TimeSpan, To, read_span
from dripline.api.routes.campaigns import CampaignRef
from dripline.api.routes.templates import find_template
from dripline.api.shapes.numbers import (
    CampaignStatsShape,
    MetricsShape,
    SequenceStatsShape,
    campaign_stats_shape,
    counters_shape,
    point_shape,
    stats_shape,
)
from dripline.campaigns import grouping
from dripline.database.work import Tx
from dripline.delivery.counting import EVERYTHING, about_sequence, about_template, about_version
from dripline.durable.tallies import EVER, HOURS_KEPT, day_of
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import SequenceId
from dripline.sequences import store
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.programs import published

MOST_POINTS = 2_000
_PERIODS = {**{str(period): period for period in Period}, "daily": Period.DAY, "monthly": Period.MONTH}
_EVER_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
# Without `from`: so many periods up to now.
_SHOWN = {Period.HOUR: 24, Period.DAY: 30, Period.WEEK: 12, Period.MONTH: 12}

PeriodName = Annotated[
    str, QueryParameter(max_length=20, description="hour, day, week or month; daily and monthly mean day and month.")
]
Version = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="One version; without it all.")]
StepId = Annotated[str | None, QueryParameter(max_length=64, description="The id of one mail; without it all.")]


@get("/sequences/{ref:str}/stats", responses=NOT_FOUND)
async def sequence_stats(
    ref: SlugRef, caller: Calling, since: From = None, until: To = None, version: Version = None
) -> SequenceStatsShape:
    """What became of the mail of a sequence, step by step, by whole days in UTC; without `from` since ever."""
    now = caller.now()
    span = _days(since, until, now)

    async def act(tx: Tx) -> SequenceStatsShape:
        sequence = await store.find(tx, caller.id, ref)
        definition = None
        if sequence.version:
            key = (sequence.id, sequence.version)
            definition = (await published(tx, caller.id, [key]))[key].definition
        found = await sequence_numbers(
            tx,
            caller.id,
            sequence.id,
            definition,
            since=span.since,
            until=span.until if until is not None else EVER,
            version=version,
            now=now,
        )
        return stats_shape(found, since=iso(span.since), until=iso(span.until), version=version)

    return await caller.transact(act)


@get("/campaigns/{ref:str}/stats", responses=NOT_FOUND)
async def campaign_stats(ref: CampaignRef, caller: Calling, since: From = None, until: To = None) -> CampaignStatsShape:
    """What became of the mail of a campaign, sequence by sequence, by whole days in UTC; without `from` since ever."""
    now = caller.now()
    span = _days(since, until, now)

    async def act(tx: Tx) -> CampaignStatsShape:
        campaign = await grouping.find(tx, caller.id, ref)
        sequences = [SequenceId(member.id) for member in campaign.sequences]
        end = span.until if until is not None else EVER
        found = await totals_of(tx, caller.id, sequences, since=span.since, until=end, now=now)
        return campaign_stats_shape(campaign, found, since=iso(span.since), until=iso(span.until))

    return await caller.transact(act)


@get("/metrics")
async def metrics(caller: Calling, period: PeriodName = "day", since: From = None, until: To = None) -> MetricsShape:
    """All mail of the workspace over time."""
    return await _metrics(caller, [EVERYTHING], period, since, until)


@get("/metrics/sequences/{ref:str}", responses=NOT_FOUND)
async def sequence_metrics(
    ref: SlugRef,
    caller: Calling,
    period: PeriodName = "day",
    since: From = None,
    until: To = None,
    version: Version = None,
    step: StepId = None,
) -> MetricsShape:
    """The mail of a sequence over time: all of it, or that of one version, of one step, of a step in a version."""
    sequence = await caller.transact(lambda tx: store.find(tx, caller.id, ref))
    return await _metrics(caller, _subjects(sequence, version, step), period, since, until)


@get("/metrics/campaigns/{ref:str}", responses=NOT_FOUND)
async def campaign_metrics(
    ref: CampaignRef, caller: Calling, period: PeriodName = "day", since: From = None, until: To = None
) -> MetricsShape:
    """The mail of all sequences of a campaign over time."""
    campaign = await caller.transact(lambda tx: grouping.find(tx, caller.id, ref))
    subjects = [about_sequence(SequenceId(member.id)) for member in campaign.sequences]
    return await _metrics(caller, subjects, period, since, until)


@get("/metrics/templates/{ref:str}", responses=NOT_FOUND)
async def template_metrics(
    ref: SlugRef, caller: Calling, period: PeriodName = "day", since: From = None, until: To = None
) -> MetricsShape:
    """The mail that was written from a template, over time."""
    template = await caller.transact(lambda tx: find_template(tx, caller.id, ref))
    return await _metrics(caller, [about_template(template.id)], period, since, until)


def _days(since: str | None, until: str | None, now: datetime) -> TimeSpan:
    """The days that a query asks for, the first one whole."""
    span = read_span(since, until, default=TimeSpan(_EVER_SINCE, day_of(now) + timedelta(days=1)))
    return TimeSpan(day_of(span.since), span.until)


def _subjects(sequence: Drip, version: int | None, step: str | None) -> list[str]:
    """What the mail of a sequence, or of a part of it, is counted under."""
    if step is None:
        return [about_sequence(sequence.id) if version is None else about_version(sequence.id, version)]
    versions = range(1, sequence.version + 1) if version is None else [version]
    return [f"{about_version(sequence.id, each)}{step}/" for each in versions]


async def _metrics(
    caller: Caller, subjects: Sequence[str], name: str, since: str | None, until: str | None
) -> MetricsShape:
    period, now = _period(name), caller.now()
    first = begins(period, now)
    for _ in range(_SHOWN[period] - 1):
        first = begins(period, first - timedelta(seconds=1))
    span = read_span(since, until, default=TimeSpan(first, follows(period, begins(period, now))))
    _check(period, span, now)

    async def act(tx: Tx) -> list[Point]:
        return list(await series(tx, caller.id, *subjects, since=span.since, until=span.until, period=period))

    found = await caller.transact(act)
    points = [point_shape(point) for point in found]
    return MetricsShape(name, iso(span.since), iso(span.until), counters_shape(totals(found)), points, points)


def _period(name: str) -> Period:
    if name not in _PERIODS:
        raise Invalid.at("period", "is no period", found=name, expected=f"one of {', '.join(_PERIODS)}")
    return _PERIODS[name]


def _check(period: Period, span: TimeSpan, now: datetime) -> None:
    length = follows(period, begins(period, now)) - begins(period, now)
    if (span.until - span.since) / length > MOST_POINTS:
        raise Invalid.at(
            "from", f"gives more than {MOST_POINTS} points", found=iso(span.since), expected="a later time"
        )
    if period is Period.HOUR and span.since < now - HOURS_KEPT:
        raise Invalid.at(
            "from",
            "is too long ago for hours",
            found=iso(span.since),
            expected=f"a time in the last {HOURS_KEPT.days} days, or another period",
        )


ROUTES = [sequence_stats, campaign_stats, metrics, sequence_metrics, campaign_metrics, template_metrics]
