import asyncio
from datetime import UTC, datetime, timedelta

from dripline.database.pool import Database
from dripline.durable.budgets import Budget, budgets, close_budget, give_back, open_budget, put_budget, reserve
from dripline.kernel.ids import WorkspaceId

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)
DAY = timedelta(days=1)


async def a_budget(database: Database, workspace: WorkspaceId, capacity: int) -> None:
    async with database.work() as tx:
        await open_budget(tx, workspace, "b", capacity=capacity, period=DAY, anchor=MIDNIGHT)


async def take(database: Database, workspace: WorkspaceId, permits: int, now: datetime) -> int:
    async with database.work() as tx:
        return (await reserve(tx, workspace, ["b"], permits, now=now)).permits


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
        grant = await reserve(tx, workspace, ["b"], 10, now=NOON)
        await give_back(tx, workspace, grant, 4)

    assert await take(database, workspace, 10, NOON) == 4


async def test_permits_of_a_window_that_has_turned_are_forgotten(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 10)
    async with database.work() as tx:
        grant = await reserve(tx, workspace, ["b"], 10, now=NOON)
    await take(database, workspace, 10, NOON + DAY)

    async with database.work() as tx:
        await give_back(tx, workspace, grant, 10)

    assert await take(database, workspace, 10, NOON + DAY) == 0


async def test_a_rolled_back_reservation_took_nothing(database: Database, workspace: WorkspaceId) -> None:
    await a_budget(database, workspace, 10)
    try:
        async with database.work() as tx:
            await reserve(tx, workspace, ["b"], 10, now=NOON)
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


async def test_the_scarcest_of_several_budgets_says_how_much_there_is(
    database: Database, workspace: WorkspaceId
) -> None:
    async with database.work() as tx:
        await open_budget(tx, workspace, "day", capacity=100, period=DAY, anchor=MIDNIGHT)
        await open_budget(tx, workspace, "minute", capacity=7, period=timedelta(minutes=1), anchor=MIDNIGHT)
        grant = await reserve(tx, workspace, ["day", "minute", "not there"], 50, now=NOON)
        await give_back(tx, workspace, grant, 3)
        standing = await budgets(tx, workspace, ["day", "minute"])

    assert (grant.permits, sorted(grant.windows), grant.free_at) == (7, ["day", "minute"], NOON + timedelta(minutes=1))
    assert {name: budget.used for name, budget in standing.items()} == {"day": 4, "minute": 4}


async def test_a_budget_grows_only_after_a_window_in_which_permits_were_used(
    database: Database, workspace: WorkspaceId
) -> None:
    async with database.work() as tx:
        await put_budget(tx, workspace, Budget("b", 10, DAY, MIDNIGHT, 0, next_capacity=15))

    unused = await take(database, workspace, 0, MIDNIGHT + DAY)
    first = [await take(database, workspace, 50, MIDNIGHT + 2 * DAY) for _ in range(2)]
    async with database.work() as tx:
        foreseen = (await budgets(tx, workspace, ["b"]))["b"].at(MIDNIGHT + 5 * DAY)
        grant = await reserve(tx, workspace, ["b"], 50, now=MIDNIGHT + 5 * DAY)

    assert (unused, first) == (0, [10, 0])
    assert foreseen == Budget("b", 15, DAY, MIDNIGHT + 5 * DAY, 0)
    assert (grant.permits, grant.grown) == (15, frozenset({"b"}))


async def test_two_who_reserve_the_same_budgets_in_another_order_do_not_deadlock(
    database: Database, workspace: WorkspaceId
) -> None:
    async with database.work() as tx:
        for name in "ab":
            await open_budget(tx, workspace, name, capacity=100, period=DAY, anchor=MIDNIGHT)

    async def both(names: list[str]) -> int:
        async with database.work() as tx:
            return (await reserve(tx, workspace, names, 3, now=NOON)).permits

    got = await asyncio.gather(*(both(["a", "b"] if turn % 2 else ["b", "a"]) for turn in range(60)))

    assert sum(got) == 100
