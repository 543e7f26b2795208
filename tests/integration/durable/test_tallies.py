import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from dripline.database.pool import Database
from dripline.durable.tallies import Span, Tally, add_tallies, counted, fold, read_sums, read_tallies, sums
from dripline.kernel.ids import WorkspaceId

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = datetime(2026, 3, 1, tzinfo=UTC)


async def count(database: Database, workspace: WorkspaceId, *happened: tuple[str, str], at: datetime = NOON) -> None:
    async with database.work() as tx:
        await add_tallies(tx, workspace, counted(happened, at=at))


async def read(database: Database, workspace: WorkspaceId, beginning: str, **span: Any) -> list[Tally]:
    async with database.work() as tx:
        return await read_tallies(tx, workspace, beginning, **span)


async def test_a_reading_is_the_same_before_and_after_folding(database: Database, workspace: WorkspaceId) -> None:
    await count(database, workspace, ("domain:a/", "sent"), ("domain:a/", "sent"), ("domain:a/", "bounced"))
    await count(database, workspace, ("domain:a/", "sent"))

    before = await read(database, workspace, "domain:a/")
    await fold(database)
    after = await read(database, workspace, "domain:a/")

    assert before == after == [Tally("domain:a/", TODAY, "bounced", 1), Tally("domain:a/", TODAY, "sent", 3)]


async def test_a_subject_is_asked_for_by_its_beginning_and_days_by_their_span(
    database: Database, workspace: WorkspaceId
) -> None:
    for day in range(3):
        await count(database, workspace, ("step:s/1/a/", "sent"), ("step:sx/1/a/", "sent"), at=NOON + timedelta(day))

    found = await read(database, workspace, "step:s/", since=TODAY + timedelta(1), until=TODAY + timedelta(2))

    assert found == [Tally("step:s/1/a/", TODAY + timedelta(1), "sent", 1)]


async def test_what_is_rolled_back_is_not_counted(database: Database, workspace: WorkspaceId) -> None:
    try:
        async with database.work() as tx:
            await add_tallies(tx, workspace, counted([("domain:a/", "sent")], at=NOON))
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass

    assert await read(database, workspace, "domain:") == []


async def test_counting_and_folding_at_once_loses_nothing_and_counts_nothing_twice(
    database: Database, workspace: WorkspaceId
) -> None:
    async def some() -> None:
        for _ in range(10):
            await count(database, workspace, ("domain:a/", "sent"), ("domain:a/", "opened"))

    async def folding() -> None:
        for _ in range(10):
            await fold(database)

    await asyncio.gather(some(), folding(), some(), folding(), some())
    await fold(database)

    assert sums(await read(database, workspace, "domain:a/")) == {"sent": 30, "opened": 30}


async def test_hours_add_up_to_their_day(database: Database, workspace: WorkspaceId) -> None:
    for later in (0, 0, 1, 12):
        await count(database, workspace, ("domain:a/", "sent"), at=NOON + timedelta(hours=later, minutes=7))
    await fold(database)
    await count(database, workspace, ("domain:a/", "sent"), at=NOON + timedelta(minutes=59))

    hours = await read(database, workspace, "domain:a/", by=Span.HOUR)
    days = await read(database, workspace, "domain:a/")

    assert [(each.at - NOON, each.count) for each in hours] == [
        (timedelta(), 3),
        (timedelta(hours=1), 1),
        (timedelta(hours=12), 1),
    ]
    assert [(each.at - TODAY, each.count) for each in days] == [(timedelta(), 4), (timedelta(days=1), 1)]


async def test_sums_of_days_are_those_of_their_tallies(database: Database, workspace: WorkspaceId) -> None:
    for days in (0, 0, 1, 5):
        await count(database, workspace, ("domain:a/", "sent"), ("domain:b/", "opened"), at=NOON + timedelta(days))
        await fold(database)
    await count(database, workspace, ("domain:a/", "sent"), at=NOON)

    async with database.work() as tx:
        found = await read_sums(tx, workspace, "domain:", since=TODAY, until=TODAY + timedelta(2))

    assert found == {"domain:a/": {"sent": 4}, "domain:b/": {"opened": 3}}
