from datetime import UTC, datetime, timedelta

from dripline.analytics.metrics import Period, series, totals
from dripline.database.pool import Database
from dripline.delivery.counting import EVERYTHING, Counted, Counts, about_template, count_mail
from dripline.durable.tallies import fold
from dripline.kernel.ids import SequenceId, TemplateId, WorkspaceId, new_uuid

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


async def count(database: Database, workspace: WorkspaceId, counts: Counts, what: str, *, at: datetime) -> None:
    async with database.work() as tx:
        await count_mail(tx, workspace, [(counts, what)], now=at)


async def test_a_mail_counts_once_for_each_thing_that_it_is_of(database: Database, workspace: WorkspaceId) -> None:
    template = TemplateId(new_uuid())
    of_step = Counts("example.com", template, (SequenceId(new_uuid()), 2, "welcome"))
    await count(database, workspace, of_step, Counted.SENT, at=NOON)
    await count(database, workspace, Counts("example.com"), Counted.SENT, at=NOON)

    async with database.work() as tx:
        span = {"since": NOON - DAY, "until": NOON + DAY, "period": Period.DAY}
        everything = await series(tx, workspace, EVERYTHING, **span)  # type: ignore[arg-type]
        one_template = await series(tx, workspace, about_template(template), **span)  # type: ignore[arg-type]

    assert (totals(everything).sent, totals(one_template).sent) == (2, 1)


async def test_a_series_has_every_period_of_its_span_and_adds_up_to_its_totals(
    database: Database, workspace: WorkspaceId
) -> None:
    for days, what in ((0, Counted.SENT), (0, Counted.OPENED), (2, Counted.SENT), (2, Counted.SENT)):
        await count(database, workspace, Counts("example.com"), what, at=NOON + days * DAY)
        await fold(database)

    async with database.work() as tx:
        points = await series(tx, workspace, EVERYTHING, since=NOON, until=NOON + 3 * DAY, period=Period.DAY)

    assert [(point.at - NOON.replace(hour=0), point.numbers.sent) for point in points] == [
        (0 * DAY, 1),
        (1 * DAY, 0),
        (2 * DAY, 2),
        (3 * DAY, 0),
    ]
    assert dict(totals(points).counts) == {"sent": 3, "opened": 1}
