"""Every fact that starts a sequence, and what starts nothing."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from dripline.contacts.lists import add_list
from dripline.contacts.store import find_contact_by_email
from dripline.database.queries import Query
from dripline.engine.audience import belonging
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ContactId, ListId
from tests.makers.world import World

STEPS = "steps:\n  - { action: delay, duration: 1d }\n  - { action: email, template: hello }\n"
ANN, BOB = "ann@example.com", "bob@example.com"


def a_sequence(trigger: str, more: str = "") -> str:
    return f"trigger: {trigger}\n{more}\n{STEPS}"


async def enrolled(world: World, slug: str = "a-sequence") -> list[str | None]:
    return [each.email for each in await world.enrollments(slug)]


async def a_contact(world: World, email: str = ANN) -> ContactId:
    async with world.database.work() as tx:
        found = await find_contact_by_email(tx, world.workspace_id, parse_address(email).key)
    if found is not None:
        return found.id
    return (await world.track(email, "was.made")).event.contact_id


async def a_list(world: World, name: str = "newsletter") -> ListId:
    async with world.database.work() as tx:
        found = await add_list(tx, world.workspace_id, slug=name, name=name, description=None, now=await world.now())
    return found.id


async def tag(world: World, tags: Sequence[str], *emails: str) -> None:
    contacts = [await a_contact(world, email) for email in emails]
    async with world.database.work() as tx:
        await belonging.tag(tx, world.workspace_id, contacts, tags, now=await world.now())


async def join(world: World, list_id: ListId, *emails: str) -> None:
    contacts = [await a_contact(world, email) for email in emails]
    async with world.database.work() as tx:
        await belonging.add_to_list(tx, world.workspace_id, list_id, contacts, now=await world.now())


async def test_a_new_contact_starts_what_waits_for_contacts_and_an_old_one_does_not(world: World) -> None:
    await a_contact(world, BOB)
    await world.sequence(a_sequence("{ contact: added }"), templates=("hello",))

    await world.track(ANN, "was.made")
    await world.track(BOB, "was.made")

    assert await enrolled(world) == [ANN]


async def test_a_tag_that_somebody_has_already_starts_nothing(world: World) -> None:
    await tag(world, ["customer"], BOB)
    await world.sequence(a_sequence("{ tag: customer }"), templates=("hello",))

    await tag(world, ["customer"], ANN, BOB)
    await tag(world, ["other"], ANN)

    assert await enrolled(world) == [ANN]


async def test_two_adders_to_a_list_at_once_enroll_once(world: World) -> None:
    list_id = await a_list(world)
    await world.sequence(a_sequence("{ list: newsletter }"), templates=("hello",))
    await a_contact(world)

    await asyncio.gather(*(join(world, list_id, ANN) for _ in range(8)))

    assert await enrolled(world) == [ANN]


async def test_joining_a_list_while_the_sequence_is_paused_is_not_made_up_for(world: World) -> None:
    list_id = await a_list(world)
    await world.sequence(a_sequence("{ list: newsletter }"), templates=("hello",))
    await world.pause("a-sequence")

    await join(world, list_id, ANN)
    await world.activate("a-sequence")
    await join(world, list_id, BOB)

    assert await enrolled(world) == [BOB]


async def test_the_event_that_makes_the_number_full_starts_and_the_next_does_not_again(world: World) -> None:
    await world.sequence(a_sequence("{ frequency: { event: login, count: 3, within: 7d } }"), templates=("hello",))
    await world.advance("0m")

    found = []
    for _ in range(5):
        await world.track(ANN, "login")
        found.append(len(await world.enrollments()))
        await world.advance("2h")

    assert found == [0, 0, 1, 1, 1]


async def test_events_outside_the_span_do_not_count_towards_the_number(world: World) -> None:
    await world.sequence(a_sequence("{ frequency: { event: login, count: 3, within: 2d } }"), templates=("hello",))
    await world.advance("0m")

    for _ in range(5):
        await world.track(ANN, "login")
        await world.advance("1d")

    assert await enrolled(world) == []


async def test_a_batch_that_makes_the_number_full_starts_once(world: World) -> None:
    await world.sequence(a_sequence("{ frequency: { event: login, count: 3, within: 7d } }"), templates=("hello",))

    await asyncio.gather(*(world.track(ANN, "login") for _ in range(20)))

    assert await enrolled(world) == [ANN]


async def test_who_falls_silent_is_enrolled_on_the_day(world: World) -> None:
    await world.advance("0m")
    await world.sequence(a_sequence("{ inactivity: { event: login, days: 14 } }"), templates=("hello",))
    began = await world.now()
    await world.track(ANN, "login")
    await world.advance("10d")
    await world.track(BOB, "login")
    await world.advance("10d")

    assert [(each.email, each.enrolled_at - began) for each in await world.enrollments()] == [(ANN, timedelta(days=14))]

    await world.advance("10d")

    assert await enrolled(world) == [ANN, BOB]


async def test_who_is_heard_of_again_in_time_is_not_silent(world: World) -> None:
    await world.advance("0m")
    await world.sequence(a_sequence("{ inactivity: { event: login, days: 14 } }"), templates=("hello",))
    for _ in range(4):
        await world.track(ANN, "login")
        await world.advance("10d")

    assert await enrolled(world) == []


async def test_silence_that_was_over_before_the_activation_enrolls_nobody(world: World) -> None:
    await world.advance("0m")
    await world.track(ANN, "login")
    await world.advance("30d")
    await world.sequence(a_sequence("{ inactivity: { event: login, days: 14 } }"), templates=("hello",))

    await world.advance("7d")

    assert await enrolled(world) == []


async def test_who_has_never_done_it_is_silent_from_the_activation(world: World) -> None:
    await world.advance("0m")
    await a_contact(world)
    await world.advance("30d")
    await world.sequence(a_sequence("{ inactivity: { event: login, days: 14 } }"), templates=("hello",))
    began = await world.now()
    await world.advance("20d")

    assert [(each.email, each.enrolled_at - began) for each in await world.enrollments()] == [(ANN, timedelta(days=14))]


async def test_runs_of_different_orders_go_side_by_side_and_of_the_same_one_only_once(world: World) -> None:
    await world.sequence(
        a_sequence("{ event: order.placed }", "enrollment: { mode: matching_field, field: order.id }"),
        templates=("hello",),
    )

    for order in ("A", "B", "A", 7, "7"):
        await world.track(ANN, "order.placed", {"order": {"id": order}})
    await world.track(ANN, "order.placed", {"order": {}})

    assert [each.key for each in await world.enrollments()] == ["A", "B", "7"]


async def test_once_means_once_also_after_the_end(world: World) -> None:
    await world.sequence(a_sequence("{ event: signed.up }", "enrollment: { mode: one_time }"), templates=("hello",))
    await world.advance("0m")

    await world.track(ANN, "signed.up")
    await world.advance("3d")
    await world.track(ANN, "signed.up")

    assert [each.status for each in await world.enrollments()] == ["completed"]


async def test_history_starts_nothing(world: World) -> None:
    await world.sequence(a_sequence("{ frequency: { event: login, count: 1, within: 7d } }"), templates=("hello",))
    await world.sequence(a_sequence("{ event: login }"), slug="by-event")

    await world.track(ANN, "login", timestamp=real_now() - timedelta(hours=2))

    assert await enrolled(world) == []
    assert await enrolled(world, "by-event") == []


@pytest.mark.parametrize("mode", ["one_time", "unlimited"])
async def test_a_hundred_identical_events_start_one_run(world: World, mode: str) -> None:
    await world.sequence(a_sequence("{ event: signed.up }", f"enrollment: {{ mode: {mode} }}"), templates=("hello",))

    await asyncio.gather(*(world.track(ANN, "signed.up") for _ in range(100)))

    assert await enrolled(world) == [ANN]


async def test_sequences_that_start_each_other_are_stopped_and_it_is_shown(world: World) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        await world.sequence(
            f"trigger: {{ tag: {one} }}\nsteps:\n"
            f"  - {{ action: untag, tag: {one} }}\n  - {{ action: tag, tag: {other} }}\n",
            slug=f"on-{one}",
        )
    await world.advance("0m")

    await tag(world, ["a"], ANN)
    await world.advance("1d")

    runs = [each for slug in ("on-a", "on-b") for each in await world.enrollments(slug)]
    assert [each.status for each in runs] == ["completed"] * len(runs)
    assert 2 <= len(runs) <= 9
    async with world.database.work() as tx:
        changes = await tx.rows(CHAIN_STOPPED, world.workspace_id)
    assert len(changes) == 1


CHAIN_STOPPED = Query(
    "chain_stopped",
    "Gives the chains that were stopped.",
    "SELECT id FROM contact_change WHERE workspace_id = $1 AND what = 'chain_stopped'",
)
