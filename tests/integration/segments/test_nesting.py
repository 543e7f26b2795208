"""Segments that name segments."""

from dataclasses import replace

import pytest

from dripline.contacts.lists import add_list
from dripline.kernel.errors import Conflict, Invalid
from dripline.kernel.ids import show
from dripline.kernel.values import Json
from dripline.segments import saving
from dripline.segments.referring import DEEPEST
from tests.makers.segments import PRO, add, change, edit, find, members, moves, save, segment
from tests.makers.stepping import actors, play
from tests.makers.world import World

ANN, BEN = "ann@example.com", "ben@example.com"
IN_LISBON: Json = {"property": "properties.city", "operator": "equals", "value": "Lisbon"}


async def test_a_segment_follows_what_the_segments_in_it_follow(world: World) -> None:
    await segment(world, PRO, slug="pros")
    await segment(world, {"all": [{"segment": "pros"}, IN_LISBON]}, slug="pros-in-lisbon")
    await add(world, ANN, plan="free", city="Lisbon")
    await add(world, BEN, plan="pro", city="Porto")
    await world.work()

    await change(world, ANN, plan="pro")
    await world.work()

    assert (await members(world, "pros"), await members(world, "pros-in-lisbon")) == ([ANN, BEN], [ANN])
    assert [move.segment for move in await moves(world, ANN)] == ["pros", "pros-in-lisbon"]


async def test_other_rules_are_not_missed_by_the_segments_that_name_theirs(world: World) -> None:
    await add(world, ANN, plan="free", city="Lisbon")
    await add(world, BEN, plan="pro", city="Lisbon")
    await segment(world, PRO, slug="pros")
    await segment(world, {"not": {"segment": "pros"}}, slug="others")
    await segment(world, {"all": [{"segment": "others"}, IN_LISBON]}, slug="others-in-lisbon")
    before = [await members(world, slug) for slug in ("pros", "others", "others-in-lisbon")]

    await edit(world, {"property": "properties.plan", "operator": "equals", "value": "free"}, slug="pros")
    await world.work()
    after = [await members(world, slug) for slug in ("pros", "others", "others-in-lisbon")]
    await change(world, BEN, plan="free")
    await world.work()

    assert (before, after) == ([[BEN], [ANN], [ANN]], [[ANN], [BEN], [BEN]])
    assert [await members(world, slug) for slug in ("pros", "others", "others-in-lisbon")] == [[ANN, BEN], [], []]


@pytest.mark.parametrize("way", ["id", "slug", "name"])
async def test_a_segment_may_be_named_in_every_way(world: World, way: str) -> None:
    made = await segment(world, PRO, slug="pros", name="All Pros")
    await add(world, ANN, plan="pro")

    ref = {"id": show("segment", made.id), "slug": "pros", "name": "All Pros"}[way]
    await segment(world, {"segment": ref}, slug="again")

    assert await members(world, "again") == [ANN]


async def test_a_segment_is_not_defined_by_itself(world: World) -> None:
    await save(world, PRO, slug="a")
    await save(world, {"segment": "a"}, slug="b")
    await save(world, {"any": [IN_LISBON, {"segment": "b"}]}, slug="c")

    with pytest.raises(Invalid) as by_others:
        await edit(world, {"not": {"segment": "c"}}, slug="a")
    with pytest.raises(Invalid) as by_itself:
        await edit(world, {"segment": "a"}, slug="a")

    assert by_others.value.message == "rules: The segment would be defined by itself: a → c → b → a."
    assert by_itself.value.message == "rules: The segment would be defined by itself: a → a."


async def test_two_edits_at_once_do_not_close_a_circle(world: World) -> None:
    await save(world, PRO, slug="a")
    await save(world, PRO, slug="b")

    async with actors(world.parts.database.url) as (one, other):
        one.begin(lambda database: edit(replace(world, database=database), {"segment": "b"}, slug="a"))
        other.begin(lambda database: edit(replace(world, database=database), {"segment": "a"}, slug="b"))
        for _ in range(20):
            await one.step()
            await other.step()
        with pytest.raises(Invalid):
            await play([], [one, other])

    graph = [(await find(world, slug)).refs for slug in ("a", "b")]
    assert sorted(len(refs) for refs in graph) == [0, 1]


async def test_segments_are_not_piled_up_for_ever(world: World) -> None:
    await save(world, PRO, slug="s0")
    for depth in range(1, DEEPEST + 1):
        await save(world, {"segment": f"s{depth - 1}"}, slug=f"s{depth}")
    await save(world, IN_LISBON, slug="base")

    with pytest.raises(Invalid) as on_top:
        await save(world, {"segment": f"s{DEEPEST}"}, slug="top")
    with pytest.raises(Invalid) as below:
        await edit(world, {"segment": "base"}, slug="s0")

    assert on_top.value.message == "rules: The segment 'top' would lie 6 segments deep."
    assert below.value.message == "rules: The segment 's5' would lie 6 segments deep."


async def test_rules_do_not_grow_without_end_through_the_segments_in_them(world: World) -> None:
    await save(world, {"any": [PRO] * 20}, slug="s0")
    await save(world, {"any": [{"segment": "s0"}] * 20}, slug="s1")

    with pytest.raises(Invalid) as error:
        await save(world, {"any": [{"segment": "s1"}] * 20}, slug="s2")

    assert error.value.message == (
        "rules: The rules have 8000 conditions, those of the segments that they name included."
    )


async def test_a_segment_that_another_one_names_is_not_deleted(world: World) -> None:
    await save(world, PRO, slug="pros")
    await save(world, {"segment": "pros"}, slug="again")
    found = await find(world, "pros")

    async with world.database.front_door(world.workspace_id) as tx:
        with pytest.raises(Conflict, match="in use by other segments: again"):
            await saving.delete_segment(tx, world.workspace_id, found.id)


async def test_names_that_stand_for_nothing_are_refused_with_what_was_meant(world: World) -> None:
    await save(world, PRO, slug="pros")
    async with world.database.front_door(world.workspace_id) as tx:
        now = await world.now()
        await add_list(tx, world.workspace_id, slug="newsletter", name="Newsletter", description=None, now=now)

    with pytest.raises(Invalid) as no_segment:
        await save(world, {"segment": "prso"}, slug="again")
    with pytest.raises(Invalid) as no_list:
        await save(world, {"any": [{"list": "newsleter"}, {"list": "other"}]}, slug="again")

    assert no_segment.value.message == "rules: There is no segment 'prso'. Did you mean pros?"
    assert [problem.found for problem in no_list.value.problems] == ["newsleter", "other"]


async def test_a_slug_is_not_given_twice(world: World) -> None:
    await save(world, PRO, slug="pros")

    with pytest.raises(Conflict, match="There is a segment 'pros' already"):
        await save(world, PRO, slug="pros")
