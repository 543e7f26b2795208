"""A turn, or a hand-off, against an event of the same contact: every order of their statements that locks allow.

The event makes an exit condition true and starts another sequence.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import SystemRandom

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import create_workspace
from dripline.contacts.model import ContactChanges
from dripline.database.pool import Database
from dripline.database.queries import Query, queries
from dripline.delivery import outbox
from dripline.delivery.delivering import Deliveries
from dripline.delivery.outcomes import RetryRule
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.delivery.writing import Writer
from dripline.engine.facts.tracking import IncomingEvent, track
from dripline.engine.runs.turn import Turns
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.processes.domains import make_senders
from dripline.sequences.enrollments import store as enrollments
from tests.makers.stepping import actors, play
from tests.makers.world import SECRET, World

TRIAL = """
trigger: { event: trial.started }
exitConditions: [ { property: contact.properties.plan, operator: notEquals, value: trial } ]
steps:
  - { action: email, id: tips, template: a-mail }
  - { action: delay, duration: 1d }
  - { action: email, id: more-tips, template: a-mail }
"""
UPGRADED = """
trigger: { event: plan.changed }
steps:
  - { action: email, id: thanks, template: a-mail }
"""
ANN = "ann@example.com"

# More than either has statements, so that a schedule can let one of them run to its end.
MOST_STEPS = 24
SCHEDULES = st.lists(st.booleans(), max_size=MOST_STEPS)
SWITCHES = [[first] * count + [not first] * MOST_STEPS for first in (False, True) for count in range(14)]
SOME = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

CLAIM = queries("dripline.sequences.enrollments")["claim_due"]
LOCK = queries("dripline.contacts")["lock_contacts"]

Act = Callable[[Database], Awaitable[object]]


async def a_trial(world: World) -> World:
    """A fresh workspace in which Ann is due for her first mail."""
    async with world.database.work() as tx:
        workspace = await create_workspace(tx, name="a trial", mode=Mode.TEST, now=real_now())
    fresh = replace(world, workspace_id=workspace.id)
    await fresh.sequence(TRIAL, slug="trial", templates=("a-mail",))
    await fresh.sequence(UPGRADED, slug="upgraded")
    await fresh.track(ANN, "trial.started", contact={"plan": "trial"})
    return fresh


def an_upgrade(workspace: Workspace) -> Act:
    """Ann changes her plan: the exit condition becomes true, and another sequence starts."""
    changes = ContactChanges(properties={"plan": "pro"})
    event = IncomingEvent("plan.changed", {}, address=parse_address(ANN), contact=changes)

    async def act(database: Database) -> None:
        async with database.front_door(workspace.id) as tx:
            await track(tx, workspace, [event], real=real_now())

    return act


async def a_turn(world: World) -> Act:
    async with world.database.work() as tx:
        lanes = await enrollments.lanes(tx, [world.workspace_id])

    async def act(database: Database) -> None:
        await Turns(database, make_senders(world.settings)).run(world.workspace_id, lanes, now=real_now())

    return act


async def a_hand_off(world: World) -> Act:
    async with world.database.work() as tx:
        [lane] = await outbox.lanes(tx, [world.workspace_id])
    writer = Writer(world.parts.renderer, UnsubscribeLinks(SECRET, world.settings.public_url))

    async def act(database: Database) -> None:
        deliveries = Deliveries(
            database,
            writer,
            world.parts.carriers,
            world.parts.domains,
            lease=timedelta(minutes=1),
            retry=RetryRule(timedelta(minutes=30), timedelta(hours=1)),
            chance=SystemRandom(),
        )
        await deliveries.run(lane, limit=10, now=real_now())

    return act


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one interleaving, when everything that followed from it was done."""

    mails: list[str]
    upgrades: int
    trial: tuple[str, str | None]
    stuck: list[str]


AFTERWARDS = Outcome(["thanks"], 1, ("exited", "exit_condition"), [])


async def interleave(world: World, other: Act, schedule: Sequence[bool], *, lock: Query) -> tuple[Outcome, bool]:
    """Play the upgrade (True) against another act (False); the outcome, and whether the lock of the other came first.

    The lock came first when it was answered before the upgrade began to commit.
    """
    async with actors(world.parts.database.url) as (event, against):
        event.begin(an_upgrade(await world.workspace()))
        against.begin(other)
        await play([event if is_event else against for is_event in schedule], [event, against])
        locked, committed = against.time_of("answered", lock.text), event.time_of("begun", "COMMIT")
    await world.work()
    return await an_outcome(world), locked is not None and committed is not None and locked < committed


async def an_outcome(world: World) -> Outcome:
    trials, upgrades = await world.enrollments("trial"), await world.enrollments("upgraded")
    return Outcome(
        mails=[str(mail.step) for mail in await world.inbox(ANN)],
        upgrades=len(upgrades),
        trial=(trials[0].status, trials[0].exit_reason),
        stuck=[each.stuck_reason for each in (*trials, *upgrades) if each.stuck_reason is not None],
    )


async def check_turn(world: World, schedule: Sequence[bool]) -> None:
    world = await a_trial(world)

    outcome, turn_was_first = await interleave(world, await a_turn(world), schedule, lock=CLAIM)

    # A mail that the turn asked for before the event is stopped at the gate, which comes after it.
    asked = [message.status for message in await world.messages() if message.step == "tips"]
    assert outcome == AFTERWARDS
    assert asked in (([], ["skipped"]) if turn_was_first else ([],))


async def check_hand_off(world: World, schedule: Sequence[bool]) -> None:
    world = await a_trial(world)
    await world.parts.running.once()

    outcome, gate_was_first = await interleave(world, await a_hand_off(world), schedule, lock=LOCK)

    mailed = replace(AFTERWARDS, mails=["tips", *AFTERWARDS.mails])
    assert outcome in ([AFTERWARDS, mailed] if gate_was_first else [AFTERWARDS])


async def test_an_event_during_a_turn_enrolls_once_and_is_seen_by_the_next_check(world: World) -> None:
    for schedule in SWITCHES:
        await check_turn(world, schedule)


async def test_an_event_before_the_lock_of_the_gate_stops_the_mail(world: World) -> None:
    for schedule in SWITCHES:
        await check_hand_off(world, schedule)


@SOME
@given(schedule=SCHEDULES)
async def test_any_interleaving_of_a_turn_and_an_event_keeps_the_promise(world: World, schedule: list[bool]) -> None:
    await check_turn(world, schedule)


@SOME
@given(schedule=SCHEDULES)
async def test_any_interleaving_of_a_hand_off_and_an_event_keeps_the_promise(
    world: World, schedule: list[bool]
) -> None:
    await check_hand_off(world, schedule)
