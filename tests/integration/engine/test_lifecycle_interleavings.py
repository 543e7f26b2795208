"""Moves of a sequence against turns, jobs and each other: every order of their statements that locks allow.

Whatever the order, the status is a legal one, nobody is lost, and nobody is mailed twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dripline.accounts.model import Mode
from dripline.accounts.workspaces import create_workspace
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.durable.jobs import JobRunner
from dripline.engine.runs import resuming
from dripline.engine.runs.making_up import resume_page
from dripline.engine.runs.resuming import RESUME_JOB, Policy
from dripline.engine.runs.turn import Turns
from dripline.engine.versions import publishing
from dripline.engine.versions.publishing import Waiting
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict
from dripline.processes.domains import make_senders
from dripline.sequences import lifecycle
from dripline.sequences.enrollments import store as enrollments
from tests.makers.lives import draft, resume, status, work_at_jobs
from tests.makers.stepping import actors, play
from tests.makers.world import World

DRIP = """
trigger: { event: signed.up }
steps:
  - { action: email, id: one, template: a-mail }
  - { action: delay, id: pause, duration: 1d }
  - { action: email, id: two, template: a-mail }
"""
WITHOUT_THE_FIRST = """
trigger: { event: signed.up }
steps:
  - { action: email, id: two, template: a-mail }
"""
ANN = "ann@example.com"
MOST_STEPS = 30
SCHEDULES = st.lists(st.booleans(), max_size=MOST_STEPS)
SWITCHES = [[first] * count + [not first] * MOST_STEPS for first in (False, True) for count in range(0, 16, 2)]
SOME = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Act = Callable[[Database], Awaitable[object]]


async def a_fresh(world: World) -> World:
    """A workspace in which Ann is due for her first mail."""
    async with world.database.work() as tx:
        workspace = await create_workspace(tx, name="a life", mode=Mode.TEST, now=real_now())
    fresh = replace(world, workspace_id=workspace.id)
    await fresh.sequence(DRIP, templates=("a-mail",))
    await fresh.track(ANN, "signed.up")
    return fresh


def verb(act: Callable[[Tx], Awaitable[object]]) -> Act:
    """One transaction, as the engine's pool makes it; a refusal is an answer as well."""

    async def run(database: Database) -> object:
        try:
            async with database.work() as tx:
                return await act(tx)
        except Conflict as refusal:
            return refusal

    return run


async def a_turn(world: World) -> Act:
    async with world.database.work() as tx:
        lanes = await enrollments.lanes(tx, [world.workspace_id])

    async def act(database: Database) -> None:
        await Turns(database, make_senders(world.settings)).run(world.workspace_id, lanes, now=real_now())

    return act


async def a_pause(world: World) -> Act:
    now = await world.now()
    return verb(lambda tx: lifecycle.pause(tx, world.workspace_id, "a-sequence", now=now))


async def an_archive(world: World) -> Act:
    workspace = await world.workspace()
    return verb(lambda tx: publishing.archive(tx, workspace, "a-sequence", now=workspace.now(real_now())))


async def a_resume(world: World, policy: Policy) -> Act:
    now = await world.now()
    return verb(lambda tx: resuming.resume(tx, world.workspace_id, "a-sequence", policy=policy, now=now))


async def a_publishing(world: World) -> Act:
    workspace = await world.workspace()
    return verb(
        lambda tx: publishing.publish(
            tx,
            workspace,
            "a-sequence",
            waiting=Waiting.MOVE,
            senders=make_senders(world.settings),
            now=workspace.now(real_now()),
        )
    )


def a_job(world: World) -> Act:
    async def act(database: Database) -> None:
        pages = {RESUME_JOB: resume_page(database, begun=lambda: None)}
        await JobRunner(database, pages, lease=timedelta(minutes=1)).run_one(world.workspace_id)

    return act


async def interleave(world: World, one: Act, other: Act, schedule: Sequence[bool]) -> tuple[object, object]:
    """Play both; what came of each."""
    async with actors(world.parts.database.url) as (first, second):
        first.begin(one)
        second.begin(other)
        await play([first if is_first else second for is_first in schedule], [first, second])
        return first.result(), second.result()


async def mailed(world: World) -> list[str]:
    return [str(mail.step) for mail in await world.inbox(ANN)]


async def check_pause_against_turn(world: World, schedule: Sequence[bool]) -> None:
    world = await a_fresh(world)

    await interleave(world, await a_pause(world), await a_turn(world), schedule)
    await world.work()
    while_paused = (await status(world), await mailed(world), [each.status for each in await world.enrollments()])
    await resume(world, Policy.DRAIN)
    await world.work()

    assert while_paused == ("paused", [], ["paused"])
    assert await mailed(world) == ["one"]


async def check_resume_against_pause(world: World, schedule: Sequence[bool], policy: Policy) -> None:
    world = await a_fresh(world)
    await world.pause("a-sequence")

    await interleave(world, await a_resume(world, policy), await a_pause(world), schedule)
    await work_at_jobs(world)
    after = await status(world)
    if after == "paused":
        await resume(world, Policy.DRAIN)
    await world.work()

    assert after in ("active", "paused")
    assert await mailed(world) == ([] if policy is Policy.SKIP else ["one"])


async def check_archive_while_resuming(world: World, schedule: Sequence[bool]) -> None:
    world = await a_fresh(world)
    await world.pause("a-sequence")
    await resume(world, Policy.SHIFT)

    await interleave(world, await an_archive(world), a_job(world), schedule)
    await world.work()

    assert await status(world) == "archived"
    assert [(each.status, each.exit_reason) for each in await world.enrollments()] == [("exited", "archived")]
    assert await mailed(world) == []


async def check_publishing_against_turn(world: World, schedule: Sequence[bool]) -> None:
    world = await a_fresh(world)
    await draft(world, WITHOUT_THE_FIRST)

    await interleave(world, await a_publishing(world), await a_turn(world), schedule)
    await world.work()
    await world.advance("2d")

    # Either the turn came first, and the first mail was asked for, or it did not; the second comes once in any case.
    assert await mailed(world) in (["one", "two"], ["two"])
    assert [(each.status, each.version) for each in await world.enrollments()] == [("completed", 2)]


async def check_two_publishers(world: World, schedule: Sequence[bool]) -> None:
    world = await a_fresh(world)
    await draft(world, WITHOUT_THE_FIRST)

    results = await interleave(world, await a_publishing(world), await a_publishing(world), schedule)

    assert sorted(isinstance(each, Conflict) for each in results) == [False, True]


async def test_a_pause_during_a_turn_loses_no_mail_and_sends_none(world: World) -> None:
    for schedule in SWITCHES:
        await check_pause_against_turn(world, schedule)


async def test_a_pause_during_a_resume_leaves_a_legal_status_and_nobody_behind(world: World) -> None:
    for schedule in SWITCHES:
        await check_resume_against_pause(world, schedule, Policy.DRAIN)
        await check_resume_against_pause(world, schedule, Policy.SHIFT)
        await check_resume_against_pause(world, schedule, Policy.SKIP)


async def test_an_archive_while_it_is_resuming_is_never_undone(world: World) -> None:
    for schedule in SWITCHES:
        await check_archive_while_resuming(world, schedule)


async def test_a_publishing_during_a_turn_mails_nobody_twice_and_throws_nobody_out(world: World) -> None:
    for schedule in SWITCHES:
        await check_publishing_against_turn(world, schedule)


async def test_of_two_publishers_one_wins_and_the_other_is_told(world: World) -> None:
    for schedule in SWITCHES:
        await check_two_publishers(world, schedule)


@SOME
@given(schedule=SCHEDULES)
async def test_any_interleaving_of_a_pause_and_a_turn_keeps_everybody(world: World, schedule: list[bool]) -> None:
    await check_pause_against_turn(world, schedule)


@SOME
@given(schedule=SCHEDULES)
async def test_any_interleaving_of_an_archive_and_a_resuming_ends_archived(world: World, schedule: list[bool]) -> None:
    await check_archive_while_resuming(world, schedule)
