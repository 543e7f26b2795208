"""Who is in a segment follows what happens to them, once for each time."""

import pytest

from dripline.contacts.lists import add_list
from dripline.contacts.model import ContactChanges, SuppressionReason
from dripline.engine.audience import belonging, people
from dripline.engine.audience.suppressing import suppress, unsuppress
from dripline.events.store import pending_contacts
from dripline.kernel.addresses import parse_address
from dripline.kernel.values import Json
from tests.makers.segments import PRO, Move, add, alter, change, contact_of, members, moves, segment
from tests.makers.world import World

ANN, BEN = "ann@example.com", "ben@example.com"
NO_PLAN: Json = {"property": "properties.plan", "operator": "notExists"}
THREE_BIG: Json = {
    "event": "purchase",
    "where": [{"property": "event.amount", "operator": "greaterThan", "value": 10}],
    "atLeast": 3,
}


async def test_a_new_contact_is_not_missed_by_rules_about_what_is_missing(world: World) -> None:
    await segment(world, NO_PLAN)

    await add(world, ANN)
    await world.work()

    assert await members(world) == [ANN]


async def test_a_property_that_changes_moves_its_contact_in_and_out(world: World) -> None:
    await segment(world, PRO)
    await add(world, ANN, plan="free")
    await world.work()

    seen = []
    for plan in ("pro", "free"):
        await change(world, ANN, plan=plan)
        await world.work()
        seen.append(await members(world))

    assert seen == [[ANN], []]


async def test_a_tag_moves_its_contact_in_and_out(world: World) -> None:
    await segment(world, {"tag": "vip"})
    ann = await add(world, ANN)

    async with world.database.front_door(world.workspace_id) as tx:
        await belonging.tag(tx, world.workspace_id, [ann], ["VIP"], now=await world.now())
    await world.work()
    tagged = await members(world)
    async with world.database.front_door(world.workspace_id) as tx:
        await belonging.untag(tx, world.workspace_id, [ann], ["vip"], now=await world.now())
    await world.work()

    assert (tagged, await members(world)) == ([ANN], [])


async def test_a_list_moves_its_contacts_in_and_out_whatever_it_is_called_by_then(world: World) -> None:
    async with world.database.front_door(world.workspace_id) as tx:
        now = await world.now()
        made = await add_list(tx, world.workspace_id, slug="news", name="News", description=None, now=now)
    await segment(world, {"list": "News"})
    ann = await add(world, ANN)

    async with world.database.front_door(world.workspace_id) as tx:
        await belonging.add_to_list(tx, world.workspace_id, made.id, [ann], now=await world.now())
    await world.work()
    joined = await members(world)
    async with world.database.front_door(world.workspace_id) as tx:
        await belonging.remove_from_list(tx, world.workspace_id, made.id, [ann], now=await world.now())
    await world.work()

    assert (joined, await members(world)) == ([ANN], [])


async def test_an_opt_out_is_not_missed(world: World) -> None:
    await segment(world, {"property": "subscribed", "operator": "equals", "value": True})
    await add(world, ANN)
    await add(world, BEN)

    async with world.database.front_door(world.workspace_id) as tx:
        await people.opt_out(tx, world.workspace_id, (await contact_of(world, ANN)).id, now=await world.now())
    await world.work()
    after_opting_out = await members(world)
    await alter(world, ANN, ContactChanges(unsubscribed=False))
    await world.work()

    assert (after_opting_out, await members(world)) == ([BEN], [ANN, BEN])


async def test_a_suppressed_address_is_not_missed(world: World) -> None:
    await segment(world, {"property": "suppressed", "operator": "equals", "value": True})
    await add(world, ANN)

    async with world.database.front_door(world.workspace_id) as tx:
        await suppress(tx, world.workspace_id, parse_address(ANN), SuppressionReason.MANUAL, now=await world.now())
    await world.work()
    suppressed = await members(world)
    async with world.database.front_door(world.workspace_id) as tx:
        await unsuppress(tx, world.workspace_id, parse_address(ANN), now=await world.now())
    await world.work()

    assert (suppressed, await members(world)) == ([ANN], [])


async def test_events_count_until_they_are_enough_and_those_that_do_not_pass_do_not(world: World) -> None:
    await segment(world, THREE_BIG)

    seen = []
    for amount in (20, 5, 30, 11):
        await world.track(ANN, "purchase", {"amount": amount})
        await world.work()
        seen.append(await members(world))

    assert seen == [[], [], [], [ANN]]


async def test_history_counts_though_it_starts_nothing(world: World) -> None:
    await segment(world, {"event": "purchase"})
    now = await world.now()

    await world.track(ANN, "purchase", timestamp=now.replace(year=now.year - 1))
    await world.work()

    assert await members(world) == [ANN]


async def test_an_event_that_did_not_happen_keeps_its_contact_in_only_until_it_does(world: World) -> None:
    await segment(world, {"not": {"event": "purchase"}})
    await add(world, ANN)
    await world.work()
    before = await members(world)

    await world.track(ANN, "purchase")
    await world.work()

    assert (before, await members(world)) == ([ANN], [])


async def test_who_is_in_already_does_not_enter_again(world: World) -> None:
    await segment(world, {"any": [PRO, {"event": "purchase"}]})
    await add(world, ANN, plan="pro")
    await world.work()

    await world.track(ANN, "purchase")
    await change(world, ANN, plan="free")
    await world.work()

    assert [(move.segment, move.entered) for move in await moves(world, ANN)] == [("a-segment", True)]


async def test_who_flaps_enters_and_leaves_each_time_and_never_twice_in_a_row(world: World) -> None:
    await segment(world, PRO)
    await add(world, ANN, plan="free")

    for plan in ("pro", "pro", "free", "free", "pro"):
        await change(world, ANN, plan=plan)
        await world.work()

    assert [move.entered for move in await moves(world, ANN)] == [True, False, True]


async def test_changes_that_cancel_each_other_out_before_they_are_looked_at_are_no_move(world: World) -> None:
    await segment(world, PRO)
    await add(world, ANN, plan="free")
    await world.work()

    await change(world, ANN, plan="pro")
    await change(world, ANN, plan="free")
    await world.work()

    assert await moves(world, ANN) == []


async def test_a_change_that_no_rule_looks_at_leaves_no_word(world: World) -> None:
    await segment(world, PRO)
    await add(world, ANN, plan="pro")
    await world.work()

    await change(world, ANN, city="Lisbon")

    assert not await _something_waits(world)


async def test_a_move_is_told_with_its_segment_and_time(world: World) -> None:
    await world.advance("0m")
    await segment(world, PRO)

    await add(world, ANN, plan="pro")
    await world.work()

    assert await moves(world, ANN) == [Move(ANN, "a-segment", True, await world.now())]


async def test_a_deleted_contact_stays_in_no_segment(world: World) -> None:
    trial_ends: Json = {"property": "properties.trialEnds", "operator": "inTheNext", "value": "3d"}
    await segment(world, {"any": [PRO, trial_ends]})
    ann = await add(world, ANN, plan="pro", trialEnds="2036-01-01")
    await world.work()

    async with world.database.front_door(world.workspace_id) as tx:
        await people.delete_contact(tx, world.workspace_id, ann, now=await world.now())

    assert await members(world) == []


@pytest.mark.parametrize("path", ["email", "contact.email"])
async def test_a_path_may_leave_out_the_contact(world: World, path: str) -> None:
    await segment(world, {"property": path, "operator": "endsWith", "value": "@example.com"})

    await add(world, ANN)
    await add(world, "carl@example.net")
    await world.work()

    assert await members(world) == [ANN]


async def _something_waits(world: World) -> bool:
    async with world.database.work() as tx:
        return bool(await pending_contacts(tx, world.workspace_id, limit=1))
