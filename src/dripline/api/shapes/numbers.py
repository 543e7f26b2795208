"""Numbers of mail, as answers give them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dripline.analytics.model import Numbers, Point, SequenceNumbers, SequenceTotals, StepNumbers
from dripline.campaigns.model import Campaign
from dripline.delivery.counting import Counted
from dripline.durable.tallies import total
from dripline.kernel.clock import iso
from dripline.kernel.ids import show


class StatsShape(msgspec.Struct, frozen=True, rename="camel"):
    """Mail by what became of it. `sent` counts what is in doubt as well, which `inDoubt` tells apart.

    `conversions` are goals that were reached, each counted for the last mail before it.
    `deferred` is how much waits now for a limit or another try, `waiting` how many runs stand there now. What machines
    opened and clicked is in `machineOpens` and `machineClicks` only.
    """

    sent: int
    in_doubt: int
    delivered: int
    opens: int
    unique_opens: int
    machine_opens: int
    clicks: int
    unique_clicks: int
    machine_clicks: int
    bounces: int
    failed: int
    skipped: int
    skipped_by: Mapping[str, int]
    deferred: int
    skipped_or_deferred: int
    unsubscribed: int
    complaints: int
    conversions: int
    waiting: int


class StepStatsShape(StatsShape, frozen=True, rename="camel"):
    """The mail of one step. `step` counts the mails of the published version; null for a step it no longer has."""

    step: int | None
    id: str
    name: str | None


class StandingShape(msgspec.Struct, frozen=True):
    """How many runs stand at a step now; `id` is that of the step, of whatever kind."""

    id: str
    waiting: int


class SequenceStatsShape(msgspec.Struct, frozen=True, rename="camel"):
    """A sequence, mail by mail, from `from` up to before `to`; `version` is null for all of them.

    `standing` has the steps of any kind at which somebody stands.
    """

    since: str = msgspec.field(name="from")
    until: str = msgspec.field(name="to")
    version: int | None
    steps: Sequence[StepStatsShape]
    totals: StatsShape
    standing: Sequence[StandingShape]
    conversions: int


class MemberStatsShape(StatsShape, frozen=True, rename="camel"):
    """All mail of one sequence of a campaign; `id` is its slug."""

    id: str
    sequence_id: str
    name: str


class CampaignStatsShape(msgspec.Struct, frozen=True, rename="camel"):
    """A campaign, sequence by sequence, from `from` up to before `to`."""

    since: str = msgspec.field(name="from")
    until: str = msgspec.field(name="to")
    sequences: Sequence[MemberStatsShape]
    totals: StatsShape


class CountersShape(msgspec.Struct, frozen=True, rename="camel"):
    """How often what happened to mail; what machines opened and clicked is left out."""

    sent: int
    delivered: int
    opened: int
    unique_opened: int
    clicked: int
    unique_clicked: int
    bounced: int
    failed: int
    skipped: int
    skipped_by: Mapping[str, int]
    complained: int
    unsubscribed: int
    converted: int


class PointShape(CountersShape, frozen=True, rename="camel"):
    """The counters of one period, which begins at `timestamp`, on `date` (UTC)."""

    timestamp: str
    date: str


class MetricsShape(msgspec.Struct, frozen=True, rename="camel"):
    """Counters over time. `items` and `timeseries` are the same."""

    period: str
    since: str = msgspec.field(name="from")
    until: str = msgspec.field(name="to")
    totals: CountersShape
    timeseries: Sequence[PointShape]
    items: Sequence[PointShape]


def stats_shape(found: SequenceNumbers, *, since: str, until: str, version: int | None) -> SequenceStatsShape:
    """A sequence in numbers."""
    totals = StatsShape(**_stats(found.totals, found.deferred, found.waiting))
    steps = [_step(each) for each in found.steps]
    standing = [StandingShape(step, count) for step, count in found.standing.items()]
    return SequenceStatsShape(since, until, version, steps, totals, standing, totals.conversions)


def campaign_stats_shape(
    campaign: Campaign, found: Sequence[SequenceTotals], *, since: str, until: str
) -> CampaignStatsShape:
    """A campaign in numbers; `found` has those of its sequences, in their order."""
    members = [
        MemberStatsShape(
            **_stats(each.numbers, each.deferred, each.waiting),
            id=member.slug,
            sequence_id=show("sequence", member.id),
            name=member.name,
        )
        for member, each in zip(campaign.sequences, found, strict=True)
    ]
    numbers = Numbers(total(each.numbers.counts for each in found))
    deferred, waiting = sum(each.deferred for each in found), sum(each.waiting for each in found)
    return CampaignStatsShape(since, until, members, StatsShape(**_stats(numbers, deferred, waiting)))


def counters_shape(numbers: Numbers) -> CountersShape:
    """The counters of some mail."""
    return CountersShape(**_counters(numbers))


def point_shape(point: Point) -> PointShape:
    """The counters of one period."""
    return PointShape(**_counters(point.numbers), timestamp=iso(point.at), date=point.at.date().isoformat())


def _step(found: StepNumbers) -> StepStatsShape:
    numbers = _stats(found.numbers, found.deferred, found.waiting)
    return StepStatsShape(**numbers, step=found.number, id=found.step, name=found.name)


def _stats(numbers: Numbers, deferred: int, waiting: int) -> dict[str, Any]:
    skipped_by = numbers.skipped_by
    skipped = sum(skipped_by.values())
    return {
        "sent": numbers.sent,
        "in_doubt": numbers.of(Counted.IN_DOUBT),
        "delivered": numbers.of(Counted.DELIVERED),
        "opens": numbers.of(Counted.OPENED),
        "unique_opens": numbers.of(Counted.UNIQUE_OPENED),
        "machine_opens": numbers.of(Counted.MACHINE_OPENED),
        "clicks": numbers.of(Counted.CLICKED),
        "unique_clicks": numbers.of(Counted.UNIQUE_CLICKED),
        "machine_clicks": numbers.of(Counted.MACHINE_CLICKED),
        "bounces": numbers.bounces,
        "failed": numbers.of(Counted.FAILED),
        "skipped": skipped,
        "skipped_by": skipped_by,
        "deferred": deferred,
        "skipped_or_deferred": skipped + deferred,
        "unsubscribed": numbers.of(Counted.UNSUBSCRIBED),
        "complaints": numbers.of(Counted.COMPLAINED),
        "conversions": numbers.of(Counted.CONVERTED),
        "waiting": waiting,
    }


def _counters(numbers: Numbers) -> dict[str, Any]:
    skipped_by = numbers.skipped_by
    return {
        "sent": numbers.sent,
        "delivered": numbers.of(Counted.DELIVERED),
        "opened": numbers.of(Counted.OPENED),
        "unique_opened": numbers.of(Counted.UNIQUE_OPENED),
        "clicked": numbers.of(Counted.CLICKED),
        "unique_clicked": numbers.of(Counted.UNIQUE_CLICKED),
        "bounced": numbers.bounces,
        "failed": numbers.of(Counted.FAILED),
        "skipped": sum(skipped_by.values()),
        "skipped_by": skipped_by,
        "complained": numbers.of(Counted.COMPLAINED),
        "unsubscribed": numbers.of(Counted.UNSUBSCRIBED),
        "converted": numbers.of(Counted.CONVERTED),
    }
