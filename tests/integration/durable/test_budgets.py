import asyncio
from datetime import UTC, datetime, timedelta

from dripline.database.pool import Database
from dripline.durable.budgets import budgets, close_budget, give_back, open_budget, reserve
from dripline.kernel.ids import WorkspaceId

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)
DAY = timedelta(days=1)


async def a_budget(database: Database, workspace: WorkspaceId, capacity: int) -> None:
    async with database.work() as tx:
        await open_budget(tx, workspace, "b", capacity=capacity, period=DAY, anchor=MIDNIGHT)


async def take(database: Database, workspace: WorkspaceId, permits: int, now: datetime) -> int:
    async with database.work() as tx:
        return (await reserve(tx, workspace, "b", permits, now=now)).permits


async def test_no_more_than_the_capacity_is_given_in_a_window(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 25)

    got = [await take(database, workspace, 10, NOON) for _ in range(4)]

    assert got == [10, 10, 5, 0]


async def test_the_next_window_begins_at_midnight(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 25)

    late = [await take(database, workspace, 30, MIDNIGHT + DAY - timedelta(seconds=1)) for _ in range(2)]
    early = await take(database, workspace, 30, MIDNIGHT + DAY)

    assert (late, early) == ([25, 0], 25)


async def test_many_at_once_never_get_more_than_there_is(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 100)

    got = await asyncio.gather(*(take(database, workspace, 7, NOON) for _ in range(40)))

    assert sum(got) == 100


async def test_what_was_not_used_can_be_had_again(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 10)
    async with database.work() as tx:
        grant = await reserve(tx, workspace, "b", 10, now=NOON)
        await give_back(tx, workspace, "b", 4, window=grant.window)

    assert await take(database, workspace, 10, NOON) == 4


async def test_permits_of_a_window_that_has_turned_are_forgotten(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 10)
    async with database.work() as tx:
        grant = await reserve(tx, workspace, "b", 10, now=NOON)
    await take(database, workspace, 10, NOON + DAY)

    async with database.work() as tx:
        await give_back(tx, workspace, "b", 10, window=grant.window)

    assert await take(database, workspace, 10, NOON + DAY) == 0


async def test_a_rolled_back_reservation_took_nothing(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 10)
    try:
        async with database.work() as tx:
            await reserve(tx, workspace, "b", 10, now=NOON)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass

    assert await take(database, workspace, 10, NOON) == 10


async def test_a_budget_that_is_not_there_does_not_limit(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 0)
    async with database.work() as tx:
        await close_budget(tx, workspace, "b")

    assert await take(database, workspace, 1_000, NOON) == 1_000


async def test_a_budget_says_when_it_is_free_again(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 1)
    async with database.work() as tx:
        before = (await budgets(tx, workspace, ["b"]))["b"].free_at(NOON)
    await take(database, workspace, 1, NOON)
    async with database.work() as tx:
        after = (await budgets(tx, workspace, ["b"]))["b"].free_at(NOON)

    assert (before, after) == (NOON, MIDNIGHT + DAY)
