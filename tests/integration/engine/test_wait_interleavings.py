"""An event against the turn at its timeout: every order of their statements that locks allow, and one of them wins."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given

from dripline.accounts.model import Mode
from dripline.accounts.workspaces import create_workspace
from dripline.database.pool import Database
from dripline.engine.facts.tracking import IncomingEvent, track
from dripline.engine.runs.turn import Turns
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.processes.domains import make_senders
from dripline.sequences.enrollments import store as enrollments
from tests.integration.engine.test_interleavings import ANN, MOST_STEPS, SCHEDULES, SOME
from tests.makers.stepping import actors, play
from tests.makers.world import World

WAIT = """
trigger: { event: checkout.started }
steps:
  - { action: wait, id: paid, event: checkout.completed, timeout: 0m }
  - { action: email, id: next, template: a-mail }
"""
SWITCHES = [[first] * count + [not first] * MOST_STEPS for first in (False, True) for count in range(0, 14, 2)]


async def check(world: World, schedule: Sequence[bool]) -> None:
    async with world.database.work() as tx:
        workspace = await create_workspace(tx, name="a wait", mode=Mode.TEST, now=real_now())
    world = replace(world, workspace_id=workspace.id)
    await world.sequence(WAIT, templates=("a-mail",))
    await world.track(ANN, "checkout.started")
    async with world.database.work() as tx:
        lanes = await enrollments.lanes(tx, [workspace.id])

    async def a_turn(database: Database) -> None:
        await Turns(database, make_senders(world.settings)).run(workspace.id, lanes, now=real_now())

    async def an_event(database: Database) -> None:
        event = IncomingEvent("checkout.completed", {}, address=parse_address(ANN))
        async with database.front_door(workspace.id) as tx:
            await track(tx, workspace, [event], real=real_now())

    async with actors(world.parts.database.url) as (event, turn):
        event.begin(an_event)
        turn.begin(a_turn)
        await play([event if is_event else turn for is_event in schedule], [event, turn])
        for actor in (event, turn):
            actor.result()
    await world.work()

    assert [(each.status, each.stuck_reason) for each in await world.enrollments()] == [("completed", None)]
    assert [mail.step for mail in await world.inbox(ANN)] == ["next"]


async def test_neither_the_event_nor_the_turn_loses_the_run(world: World) -> None:
    for schedule in SWITCHES:
        await check(world, schedule)


@SOME
@given(schedule=SCHEDULES)
async def test_any_interleaving_of_event_and_timeout_resolves_the_wait_once(world: World, schedule: list[bool]) -> None:
    await check(world, schedule)
