"""Waiting for an event: the event and the timeout never both win, and an event that came early is not missed."""

import asyncio
from datetime import timedelta

from tests.integration.engine.test_triggers import ANN
from tests.makers.world import World

WAIT = """
trigger: { event: checkout.started }
steps:
  - { action: wait, id: paid, event: checkout.completed, timeout: 3d, onTimeout: exit }
  - { action: email, id: thanks, template: hello }
"""
LATE = """
trigger: { event: checkout.started }
steps:
  - { action: delay, duration: 1d }
  - action: wait
    id: paid
    event: checkout.completed
    where: [ { property: event.total, operator: greaterThan, value: 10 } ]
    timeout: 3d
  - { action: email, id: thanks, template: hello }
"""


async def ends(world: World) -> list[tuple[str, str | None]]:
    return [(each.status, each.exit_reason) for each in await world.enrollments()]


async def test_the_event_ends_the_waiting_at_once(world: World) -> None:
    await world.advance("0m")
    await world.sequence(WAIT, templates=("hello",))
    began = await world.now()
    await world.track(ANN, "checkout.started")
    await world.advance("1d")

    await world.track(ANN, "checkout.completed")
    await world.advance("5d")

    assert await ends(world) == [("completed", None)]
    assert await world.mailed(ANN, since=began) == [("thanks", timedelta(days=1))]


async def test_the_timeout_wins_alone_when_nothing_came(world: World) -> None:
    await world.advance("0m")
    await world.sequence(WAIT, templates=("hello",))
    await world.track(ANN, "checkout.started")
    await world.advance("4d")

    await world.track(ANN, "checkout.completed")
    await world.advance("4d")

    assert await ends(world) == [("exited", "timeout")]
    assert await world.inbox() == []


async def test_an_event_that_came_before_the_wait_is_not_waited_for_again(world: World) -> None:
    await world.advance("0m")
    await world.sequence(LATE, templates=("hello",))
    began = await world.now()
    await world.track(ANN, "checkout.started")

    await world.track(ANN, "checkout.completed", {"total": 20})
    await world.advance("5d")

    assert await world.mailed(ANN, since=began) == [("thanks", timedelta(days=1))]


async def test_an_event_that_does_not_pass_the_filter_is_not_what_was_waited_for(world: World) -> None:
    await world.advance("0m")
    await world.sequence(LATE, templates=("hello",))
    began = await world.now()
    await world.track(ANN, "checkout.started")
    await world.advance("2d")

    await world.track(ANN, "checkout.completed", {"total": 5})
    await world.advance("5d")

    assert await world.mailed(ANN, since=began) == [("thanks", timedelta(days=4))]


async def test_what_happened_before_the_enrollment_does_not_count(world: World) -> None:
    await world.advance("0m")
    await world.track(ANN, "checkout.completed", {"total": 20})
    await world.sequence(WAIT, templates=("hello",))

    await world.track(ANN, "checkout.started")
    await world.advance("4d")

    assert await ends(world) == [("exited", "timeout")]


async def test_the_event_that_enrolls_is_not_the_one_that_is_waited_for(world: World) -> None:
    await world.advance("0m")
    await world.sequence(WAIT.replace("checkout.completed", "checkout.started"), templates=("hello",))

    await world.track(ANN, "checkout.started")
    await world.advance("1d")

    assert await ends(world) == [("active", None)]


async def test_events_and_turns_at_once_resolve_each_wait_exactly_once(world: World) -> None:
    await world.sequence(WAIT, templates=("hello",))
    emails = [f"person{number}@example.com" for number in range(40)]
    await asyncio.gather(*(world.track(email, "checkout.started") for email in emails))
    await world.work()

    async def turn() -> None:
        for _ in range(10):
            await world.parts.running.once()

    await asyncio.gather(
        turn(), *(world.track(email, "checkout.completed") for email in emails for _ in range(2)), turn()
    )
    await world.work()

    assert await ends(world) == [("completed", None)] * 40
    assert len(await world.inbox()) == 40


async def test_a_change_of_the_date_moves_the_delay_that_waits_for_it(world: World) -> None:
    await world.advance("0m")
    await world.sequence(
        "trigger: { event: renews }\nsteps:\n"
        "  - { action: delay, until: contact.properties.renewsAt }\n"
        "  - { action: email, id: renewed, template: hello }\n",
        templates=("hello",),
    )
    began = await world.now()
    later, sooner = (began + timedelta(days=days) for days in (20, 5))
    await world.track(ANN, "renews", contact={"renewsAt": later.isoformat()})
    await world.advance("1d")

    await world.track(ANN, "changed.mind", contact={"renewsAt": sooner.isoformat()})
    await world.advance("10d")

    [(step, waited)] = await world.mailed(ANN, since=began)
    assert (step, round(waited / timedelta(days=1))) == ("renewed", 5)
