"""What ends a run from outside, at once: stop conditions and goals, each with its reason."""

import asyncio
from datetime import timedelta

import pytest

from dripline.database.queries import Query
from dripline.engine.audience import belonging, people
from dripline.kernel.clock import real_now
from tests.integration.engine.test_triggers import ANN, a_contact, a_list, join, tag
from tests.makers.world import World

STEPS = """
steps:
  - { action: delay, duration: 1d }
  - { action: email, id: hello, template: hello }
  - { action: delay, duration: 30d }
"""


async def reasons(world: World) -> list[tuple[str, str | None]]:
    return [(each.status, each.exit_reason) for each in await world.enrollments()]


async def conversions(world: World) -> int:
    async with world.database.work() as tx:
        number: int = await tx.value(CONVERSIONS, world.workspace_id)
    return number


CONVERSIONS = Query("conversions", "Counts.", "SELECT count(*) FROM conversion WHERE workspace_id = $1")


async def a_run(world: World, stop: str) -> None:
    await world.sequence(f"trigger: {{ event: signed.up }}\n{stop}\n{STEPS}", templates=("hello",))
    await world.track(ANN, "signed.up")


async def test_a_tag_stops_at_once_and_not_before_the_next_step(world: World) -> None:
    await a_run(world, "stopCondition: { type: has_tag, value: customer }")

    await tag(world, ["customer"], ANN)

    assert await reasons(world) == [("exited", "stop_condition")]


async def test_losing_a_tag_stops(world: World) -> None:
    await tag(world, ["trial"], ANN)
    await a_run(world, "stopCondition: { type: does_not_have_tag, value: trial }")

    async with world.database.work() as tx:
        await belonging.untag(tx, world.workspace_id, [await a_contact(world)], ["trial"], now=await world.now())

    assert await reasons(world) == [("exited", "stop_condition")]


async def test_coming_on_a_list_and_going_off_it_stop(world: World) -> None:
    list_id = await a_list(world)
    await a_run(world, "stopCondition: { type: added_to_list, value: newsletter }")
    await join(world, list_id, ANN)
    await world.sequence(
        "trigger: { event: signed.up }\nstopCondition: { type: removed_from_list, value: newsletter }\n" + STEPS,
        slug="other",
    )
    await world.track(ANN, "signed.up")

    async with world.database.work() as tx:
        contact = await a_contact(world)
        await belonging.remove_from_list(tx, world.workspace_id, list_id, [contact], now=await world.now())

    assert [each.exit_reason for each in await world.enrollments()] == ["stop_condition", None]
    assert [each.exit_reason for each in await world.enrollments("other")] == ["stop_condition"]


async def test_the_event_that_enrolls_never_counts_as_the_one_that_stops(world: World) -> None:
    await a_run(world, "stopCondition: { type: event_received, value: signed.up }")

    assert await reasons(world) == [("active", None)]

    await world.track(ANN, "signed.up")

    assert sorted(await reasons(world)) == [("active", None), ("exited", "stop_condition")]


async def test_a_stop_in_the_same_batch_as_the_start_is_not_lost(world: World) -> None:
    await world.sequence(
        "trigger: { event: signed.up }\nstopCondition: { type: event_received, value: bought }\n" + STEPS,
        templates=("hello",),
    )

    await asyncio.gather(world.track(ANN, "signed.up"), world.track(ANN, "bought"))

    assert await reasons(world) == [("exited", "stop_condition")]


async def test_history_from_before_the_beginning_stops_nothing(world: World) -> None:
    await a_run(world, "stopCondition: { type: event_received, value: bought }")

    await world.track(ANN, "bought", timestamp=real_now() - timedelta(days=3))

    assert await reasons(world) == [("active", None)]


async def test_a_stop_counts_while_the_sequence_is_paused(world: World) -> None:
    await a_run(world, "stopCondition: { type: event_received, value: bought }")
    await world.pause("a-sequence")

    await world.track(ANN, "bought")

    assert await reasons(world) == [("exited", "stop_condition")]


async def test_a_goal_ends_the_run_and_is_counted(world: World) -> None:
    await a_run(world, "conversion: { event: subscribed, within: 30d }")

    await world.track(ANN, "subscribed")
    await world.track(ANN, "subscribed")

    assert await reasons(world) == [("exited", "converted")]
    assert await conversions(world) == 1


@pytest.mark.parametrize(("waits", "counted"), [("59d", 1), ("61d", 0)])
async def test_a_goal_is_counted_after_the_end_within_its_time(world: World, waits: str, counted: int) -> None:
    await world.advance("0m")
    await a_run(world, "conversion: { event: subscribed, within: 60d }")
    await world.advance(waits)
    assert await reasons(world) == [("completed", None)]

    await world.track(ANN, "subscribed")

    assert await conversions(world) == counted
    assert await reasons(world) == [("completed", None)]


async def test_mail_that_lies_in_the_queue_when_its_run_is_stopped_does_not_go_out(world: World) -> None:
    await world.sequence(
        "trigger: { event: signed.up }\nstopCondition: { type: has_tag, value: customer }\n"
        "steps: [ { action: email, template: hello } ]\n",
        templates=("hello",),
    )
    await world.track(ANN, "signed.up")
    await world.parts.running.once()

    await tag(world, ["customer"], ANN)
    await world.work()

    assert [(each.status, each.reason) for each in await world.messages()] == [("skipped", "stop_condition")]
    assert await world.inbox() == []


async def test_opting_out_ends_every_run_with_its_reason(world: World) -> None:
    await a_run(world, "")
    await world.sequence("trigger: { event: signed.up }\n" + STEPS, slug="other")
    await world.track(ANN, "signed.up")

    async with world.database.work() as tx:
        await people.opt_out(tx, world.workspace_id, await a_contact(world), now=await world.now())

    ended = [each.exit_reason for slug in ("a-sequence", "other") for each in await world.enrollments(slug)]
    assert ended == ["unsubscribed"] * len(ended)
