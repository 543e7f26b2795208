import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dripline.database.pool import Database
from dripline.durable.tallies import (
    EVER,
    SINCE_EVER,
    Span,
    add_tallies,
    counted,
    fold,
    read_series,
    read_sums,
    read_wholes,
    total,
)
from dripline.kernel.ids import WorkspaceId

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def count(database: Database, workspace: WorkspaceId, *happened: tuple[str, str], at: datetime = NOON) -> None:
    async with database.work() as tx:
        await add_tallies(tx, workspace, counted(happened, at=at))


async def sums(database: Database, workspace: WorkspaceId, beginning: str, **span: Any) -> Mapping[str, Any]:
    async with database.work() as tx:
        return await read_sums(tx, workspace, beginning, **span)


async def series(database: Database, workspace: WorkspaceId, by: Span) -> list[tuple[timedelta, Mapping[str, int]]]:
    """All that was counted about the domain a, by how long after today's midnight."""
    async with database.work() as tx:
        span = {"since": TODAY, "until": TODAY + 10 * DAY}
        found = await read_series(tx, workspace, "domain:a/", by=by, **span)
    return [(at - TODAY, counts) for at, counts in found.items()]


async def test_a_reading_is_the_same_before_and_after_folding(database: Database, workspace: WorkspaceId) -> None:
    await count(database, workspace, ("domain:a/", "sent"), ("domain:a/", "sent"), ("domain:a/", "bounced"))
    await count(database, workspace, ("domain:a/", "sent"))

    before = await sums(database, workspace, "domain:a/"), await series(database, workspace, Span.DAY)
    await fold(database)
    after = await sums(database, workspace, "domain:a/"), await series(database, workspace, Span.DAY)

    counts = {"sent": 3, "bounced": 1}
    assert before == after == ({"domain:a/": counts}, [(timedelta(), counts)])


async def test_a_subject_is_asked_for_by_its_beginning_and_days_by_their_span(
    database: Database, workspace: WorkspaceId
) -> None:
    for day in range(3):
        await count(database, workspace, ("step:s/1/a/", "sent"), ("step:sx/1/a/", "sent"), at=NOON + day * DAY)
        await fold(database)
    await count(database, workspace, ("step:s/1/a/", "sent"), at=NOON + DAY)

    found = await sums(database, workspace, "step:s/", since=TODAY + DAY, until=TODAY + 2 * DAY)

    assert found == {"step:s/1/a/": {"sent": 2}}


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (SINCE_EVER, EVER),
        (SINCE_EVER, datetime(2026, 3, 15, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),
        (datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 4, 3, tzinfo=UTC)),
        (datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 2, 10, tzinfo=UTC), datetime(2026, 2, 20, tzinfo=UTC)),
        (datetime(2026, 2, 10, tzinfo=UTC), EVER),
        (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)),
    ],
)
async def test_a_long_time_is_added_up_as_its_days_are(
    database: Database, workspace: WorkspaceId, since: datetime, until: datetime
) -> None:
    days = [datetime(2025, 12, 1, 9, tzinfo=UTC) + number * 3 * DAY for number in range(50)]
    for day in days:
        await count(database, workspace, ("step:s/1/a/", "sent"), at=day)
    await fold(database)
    await count(database, workspace, ("step:s/1/a/", "sent"), at=days[20])

    found = await sums(database, workspace, "step:s/", since=since, until=until)
    async with database.work() as tx:
        whole = await read_wholes(tx, workspace, "step:s/", since=since, until=until)

    expected = sum(since <= day < until for day in [*days, days[20]])
    assert [each["sent"] for each in found.values()] == ([expected] if expected else [])
    assert whole["step:s/"].get("sent", 0) == expected


async def test_what_is_rolled_back_is_not_counted(database: Database, workspace: WorkspaceId) -> None:
    try:
        async with database.work() as tx:
            await add_tallies(tx, workspace, counted([("domain:a/", "sent")], at=NOON))
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass

    assert await sums(database, workspace, "domain:") == {}


async def test_counting_and_folding_at_once_loses_nothing_and_counts_nothing_twice(
    database: Database, workspace: WorkspaceId
) -> None:
    async def some() -> None:
        for _ in range(10):
            await count(database, workspace, ("domain:a/", "sent"), ("domain:b/", "opened"))

    async def folding() -> None:
        for _ in range(10):
            await fold(database)

    await asyncio.gather(some(), folding(), some(), folding(), some())
    await fold(database)

    assert total((await sums(database, workspace, "domain:")).values()) == {"sent": 30, "opened": 30}


async def test_hours_add_up_to_their_day(database: Database, workspace: WorkspaceId) -> None:
    for later in (0, 0, 1, 12):
        await count(database, workspace, ("domain:a/", "sent"), at=NOON + later * HOUR + timedelta(minutes=7))
    await fold(database)
    await count(database, workspace, ("domain:a/", "sent"), at=NOON + timedelta(minutes=59))

    hours, days = await series(database, workspace, Span.HOUR), await series(database, workspace, Span.DAY)
    morning = await sums(database, workspace, "domain:a/", since=NOON, until=NOON + HOUR, by=Span.HOUR)

    assert hours == [(12 * HOUR, {"sent": 3}), (13 * HOUR, {"sent": 1}), (24 * HOUR, {"sent": 1})]
    assert days == [(timedelta(), {"sent": 4}), (DAY, {"sent": 1})]
    assert morning == {"domain:a/": {"sent": 3}}


async def test_what_begins_alike_is_added_up_as_one_before_and_after_folding(
    database: Database, workspace: WorkspaceId
) -> None:
    async def read() -> tuple[Any, ...]:
        async with database.work() as tx:
            span = {"since": TODAY, "until": TODAY + DAY}
            return (
                await read_wholes(tx, workspace, "step:s/", "step:sx/", "step:none/"),
                await read_series(tx, workspace, "step:s/", by=Span.HOUR, **span),
                await read_series(tx, workspace, "step:s/", "step:sx/", by=Span.DAY, **span),
                await read_series(tx, workspace, "step:s/1/", by=Span.DAY, **span),
            )

    for subject in ("step:s/1/a/", "step:s/1/b/", "step:s/2/a/", "step:sx/1/a/", "step:s-x/1/a/"):
        await count(database, workspace, (subject, "sent"))
    before = await read()
    await fold(database)
    after = await read()
    await count(database, workspace, ("step:s/1/a/", "sent"))
    later = await read()

    assert before == after
    assert after == (
        {"step:s/": {"sent": 3}, "step:sx/": {"sent": 1}, "step:none/": {}},
        {NOON: {"sent": 3}},
        {TODAY: {"sent": 4}},
        {TODAY: {"sent": 2}},
    )
    assert later[0]["step:s/"] == later[1][NOON] == {"sent": 4}
