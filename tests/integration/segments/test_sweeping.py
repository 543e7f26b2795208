"""Time alone moves people between segments, at the moment at which it does, and once."""

from datetime import datetime, timedelta

from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.engine import test_clock
from dripline.engine.facts.sweeping import Sweeping
from dripline.kernel.clock import real_now
from dripline.kernel.values import Json
from dripline.segments.sweeping import next_crossing, sweep
from tests.makers.segments import add, change, edit, find, members, moves, recompute, segment
from tests.makers.world import World, a_world

ANN, BEN = "ann@example.com", "ben@example.com"

NEW: Json = {"property": "createdAt", "operator": "inTheLast", "value": "7d"}
OLD: Json = {"property": "createdAt", "operator": "moreThanAgo", "value": "7d"}
ENDS_SOON: Json = {"property": "properties.trialEnds", "operator": "inTheNext", "value": "3d"}
ENDS_LATE: Json = {"property": "properties.trialEnds", "operator": "moreThanAhead", "value": "3d"}
BOUGHT_LATELY: Json = {"event": "purchase", "within": "7d"}


async def frozen(world: World) -> datetime:
    """Stop the clock of the world; when."""
    await world.advance("0m")
    return await world.now()


async def when(world: World, *emails: str) -> list[tuple[str, bool, datetime]]:
    """Who moved in which direction, and when."""
    return [(move.email, move.entered, move.at) for move in await moves(world, *emails)]


async def test_who_is_new_is_so_until_the_very_moment_at_which_they_are_not(world: World) -> None:
    start = await frozen(world)
    await segment(world, NEW, slug="new")
    await segment(world, OLD, slug="old")
    await add(world, ANN)
    await world.work()

    await world.advance("6d23h59m")
    before = await members(world, "new"), await members(world, "old")
    await world.advance("1d")

    # What is finer than a millisecond is cut off from the time at which somebody was made.
    made = start.replace(microsecond=start.microsecond // 1000 * 1000)
    assert before == ([ANN], [])
    assert (await members(world, "new"), await members(world, "old")) == ([], [ANN])
    assert sorted(await when(world, ANN), key=lambda each: (each[2], each[1])) == [
        (ANN, True, start),
        (ANN, False, made + timedelta(days=7)),
        (ANN, True, made + timedelta(days=7)),
    ]


async def test_a_date_in_a_property_moves_its_contact_when_it_comes_near_and_when_it_has_passed(world: World) -> None:
    start = await frozen(world)
    await segment(world, ENDS_SOON, slug="soon")
    await segment(world, ENDS_LATE, slug="late")
    ends = start + timedelta(days=10)

    await add(world, ANN, trialEnds=ends.isoformat())
    await world.work()
    at_first = await members(world, "soon"), await members(world, "late")
    await world.advance("14d")

    assert at_first == ([], [ANN])
    assert (await members(world, "soon"), await members(world, "late")) == ([], [])
    assert sorted((move.segment, move.entered, move.at) for move in await moves(world, ANN)) == [
        ("late", False, ends - timedelta(days=3)),
        ("late", True, start),
        ("soon", False, ends),
        ("soon", True, ends - timedelta(days=3)),
    ]


async def test_a_date_that_was_moved_does_not_move_its_contact_at_the_old_time(world: World) -> None:
    start = await frozen(world)
    await segment(world, ENDS_SOON)
    await add(world, ANN, trialEnds=(start + timedelta(days=4)).isoformat())
    await add(world, BEN, trialEnds=(start + timedelta(days=4)).isoformat())
    await world.work()

    await change(world, ANN, trialEnds=(start + timedelta(days=30)).isoformat())
    await change(world, BEN, trialEnds=None)
    await world.advance("40d")

    assert await when(world, ANN, BEN) == [
        (ANN, True, start + timedelta(days=27)),
        (ANN, False, start + timedelta(days=30)),
    ]


async def test_a_date_that_was_there_before_the_segment_is_not_forgotten(world: World) -> None:
    start = await frozen(world)
    await add(world, ANN, trialEnds=(start + timedelta(days=10)).isoformat())
    await segment(world, ENDS_SOON)

    await world.advance("8d")

    assert await when(world, ANN) == [(ANN, True, start + timedelta(days=7))]


async def test_a_window_of_events_is_left_when_the_last_of_them_falls_out(world: World) -> None:
    start = await frozen(world)
    await segment(world, BOUGHT_LATELY)
    await world.track(ANN, "purchase")
    await world.advance("2d")
    await world.track(ANN, "purchase")

    await world.advance("20d")

    assert await when(world, ANN) == [(ANN, True, start), (ANN, False, start + timedelta(days=9))]


async def test_a_back_dated_event_counts_for_what_is_left_of_its_window(world: World) -> None:
    start = await frozen(world)
    await segment(world, BOUGHT_LATELY)

    await world.track(ANN, "purchase", timestamp=start - timedelta(days=6))
    await world.track(BEN, "purchase", timestamp=start - timedelta(days=8))
    await world.advance("2d")

    assert await when(world, ANN, BEN) == [(ANN, True, start), (ANN, False, start + timedelta(days=1))]


async def test_an_event_by_a_clock_that_runs_ahead_counts_when_its_time_has_come(world: World) -> None:
    start = await frozen(world)
    await segment(world, BOUGHT_LATELY)

    await world.track(ANN, "purchase", timestamp=start + timedelta(minutes=3))
    await world.advance("10d")

    entered, left = await when(world, ANN)
    assert (entered, left) == (
        (ANN, True, start + timedelta(minutes=3)),
        (ANN, False, start + timedelta(days=7, minutes=3)),
    )


async def test_events_of_any_name_are_followed(world: World) -> None:
    start = await frozen(world)
    await segment(world, {"event": "*", "within": "7d"})
    await world.track(ANN, "opened.door")
    await world.advance("1d")
    await world.track(ANN, "closed.door")

    await world.advance("20d")

    assert await when(world, ANN) == [(ANN, True, start), (ANN, False, start + timedelta(days=8))]


async def test_a_segment_in_a_segment_moves_at_its_time(world: World) -> None:
    start = await frozen(world)
    await segment(world, BOUGHT_LATELY, slug="buyers")
    await segment(world, {"not": {"segment": "buyers"}}, slug="others")

    await world.track(ANN, "purchase")
    await world.work()
    await world.advance("8d")

    assert [(move.segment, move.entered, move.at) for move in await moves(world, ANN)][-2:] == [
        ("buyers", False, start + timedelta(days=7)),
        ("others", True, start + timedelta(days=7)),
    ]


async def test_a_mail_goes_out_at_the_moment_at_which_time_lets_somebody_in(world: World) -> None:
    start = await frozen(world)
    await segment(world, ENDS_SOON)
    await world.sequence(
        "trigger: { segment: a-segment }\nsteps: [ { action: email, id: hurry, template: a-mail } ]",
        templates=("a-mail",),
    )
    await add(world, ANN, trialEnds=(start + timedelta(days=10)).isoformat())

    await world.advance("30d")

    assert await world.mailed(ANN, since=start) == [("hurry", timedelta(days=7))]


async def test_sweeping_twice_moves_nobody_twice(world: World) -> None:
    start = await frozen(world)
    await segment(world, BOUGHT_LATELY)
    await world.track(ANN, "purchase")
    await world.work()
    later = start + timedelta(days=8)
    await _freeze(world, later)

    left = [await sweep(world.database, world.workspace_id, now=later) for _ in range(2)]
    await world.work()

    assert left == [1, 0]
    assert await when(world, ANN) == [(ANN, True, start), (ANN, False, later)]


async def test_two_who_sweep_at_once_move_nobody_twice(world: World) -> None:
    start = await frozen(world)
    await segment(world, BOUGHT_LATELY)
    await world.track(ANN, "purchase")
    await world.work()
    later = start + timedelta(days=8)
    await _freeze(world, later)
    await sweep(world.database, world.workspace_id, now=later)
    found = await find(world)
    back = Query("back", "Goes back.", "UPDATE segment SET swept_until = $2 WHERE workspace_id = $1 AND id = $3")
    async with world.database.work() as tx:
        await tx.run(back, world.workspace_id, start, found.id)

    await sweep(world.database, world.workspace_id, now=later)
    await world.work()

    assert [entered for _, entered, _ in await when(world, ANN)] == [True, False]


async def test_whoever_is_late_does_not_take_back_what_time_has_moved(world: World) -> None:
    start = await frozen(world)
    await segment(world, {"all": [BOUGHT_LATELY, {"property": "properties.city", "operator": "notExists"}]})
    await world.track(ANN, "purchase")
    await world.work()
    later = start + timedelta(days=8)
    await _freeze(world, later)
    await sweep(world.database, world.workspace_id, now=later)
    await world.parts.reacting.once()

    # Somebody whose clock was read before that sweep, and who had to wait.
    await _freeze(world, start + timedelta(days=1))
    for city in ("Lisbon", None):
        await change(world, ANN, city=city)
        await world.parts.reacting.once()

    assert await members(world) == []


async def test_a_clock_that_is_let_go_of_takes_back_what_it_had_moved_and_tells_nobody(world: World) -> None:
    start = await frozen(world)
    await segment(world, BOUGHT_LATELY)
    await world.track(ANN, "purchase")
    await world.advance("8d")
    gone = await members(world)

    async with world.database.front_door(world.workspace_id) as tx:
        await test_clock.release(tx, world.workspace_id)
    await world.work()

    assert (gone, await members(world)) == ([], [ANN])
    assert await when(world, ANN) == [(ANN, True, start), (ANN, False, start + timedelta(days=7))]


async def test_nothing_is_swept_before_new_rules_are_built_and_nothing_is_forgotten_after_it(world: World) -> None:
    start = await frozen(world)
    await segment(world, NEW)
    await add(world, ANN, trialEnds=(start + timedelta(days=5)).isoformat())
    await world.work()

    await edit(world, ENDS_SOON)
    waiting = await _next(world)
    await world.advance("3d")

    assert waiting is None
    assert await members(world) == [ANN]
    assert await when(world, ANN) == [(ANN, True, start), (ANN, True, start + timedelta(days=2))]


async def test_who_has_crossed_when_a_segment_is_built_again_is_told_of(world: World) -> None:
    start = await frozen(world)
    await segment(world, BOUGHT_LATELY)
    await world.track(ANN, "purchase")
    await world.work()
    later = start + timedelta(days=8)
    await _freeze(world, later)

    await recompute(world)
    await world.parts.jobs.run_one(world.workspace_id)
    await world.work()

    assert await members(world) == []
    assert await when(world, ANN) == [(ANN, True, start), (ANN, False, later)]


async def test_rules_without_time_are_not_swept(world: World) -> None:
    await frozen(world)

    made = await segment(world, {"event": "purchase", "atLeast": 2})

    assert (made.swept_until, await _next(world)) == (None, None)


async def test_a_live_workspace_is_swept_by_real_time(database: Database, database_url: str) -> None:
    async with a_world(database, database_url, mode=Mode.LIVE) as world:
        at = real_now() - timedelta(days=7)
        await segment(world, BOUGHT_LATELY)
        await world.track(ANN, "purchase", timestamp=at + timedelta(milliseconds=1500))
        await world.track(BEN, "purchase", timestamp=at + timedelta(hours=1))
        await world.work()
        before = await members(world)
        swept: list[bool] = []
        sweeping = Sweeping(database, swept=lambda: swept.append(True))

        while real_now() < at + timedelta(days=7, milliseconds=1500):
            await sweeping.once()
        await sweeping.once()
        await world.work()

    assert before == [ANN, BEN]
    assert (swept, await members(world)) == ([True], [BEN])


async def _next(world: World) -> datetime | None:
    async with world.database.work() as tx:
        return await next_crossing(tx, world.workspace_id)


async def _freeze(world: World, at: datetime) -> None:
    query = Query("freeze", "Stops the clock.", "UPDATE workspace SET frozen_at = $2 WHERE id = $1")
    async with world.database.work() as tx:
        await tx.run(query, world.workspace_id, at)
