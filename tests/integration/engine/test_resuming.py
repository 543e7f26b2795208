"""After a pause: three ways to go on, none of which floods anybody, loses anybody or mails anybody twice."""

from datetime import timedelta

import pytest

from dripline.database.queries import Query
from dripline.durable.jobs import Job, JobRunner, Page, PageOf, find
from dripline.engine.runs.making_up import resume_page
from dripline.engine.runs.resuming import RESUME_JOB, Policy
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import show
from tests.makers.lives import foresee_resuming, resume, status, tag, work_at_jobs
from tests.makers.world import World

DRIP = """
trigger: { event: signed.up }
steps:
  - { action: email, id: one, template: hello }
  - { action: delay, duration: 2d }
  - { action: email, id: two, template: hello }
  - { action: delay, duration: 2d }
  - { action: email, id: three, template: hello }
"""
ANN = "ann@example.com"
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


async def a_drip(world: World, definition: str = DRIP) -> None:
    """Ann got the first mail, a day passed."""
    await world.sequence(definition, templates=("hello",))
    await world.advance("0m")
    await world.track(ANN, "signed.up")
    await world.advance("1d")


async def paused_for(world: World, duration: str) -> None:
    await world.pause("a-sequence")
    await world.advance(duration)


async def test_a_shift_gives_everybody_the_time_that_they_had_left(world: World) -> None:
    await a_drip(world)
    begun = await world.now() - DAY
    await paused_for(world, "10d")

    resumed = await resume(world, Policy.SHIFT)
    while_resuming = (resumed.sequence.status, [each.status for each in await world.enrollments()])
    await world.advance("9d")

    assert while_resuming == ("resuming", ["paused"])
    assert await status(world) == "active"
    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("two", 12 * DAY), ("three", 14 * DAY)]


async def test_a_drain_sends_what_was_missed_at_the_rate_that_was_asked_for(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.advance("0m")
    for number in range(5):
        await world.track(f"c{number}@example.com", "signed.up")
    await world.advance("1d")
    await paused_for(world, "10d")
    start = await world.now()

    resumed = await resume(world, Policy.DRAIN, rate=2)
    await world.advance("1h")

    assert (resumed.job, resumed.sequence.drain_rate) == (None, 2)
    late = [(mail.sent_at - start) // MINUTE for mail in await world.inbox() if mail.sent_at >= start]
    assert sorted(late) == [0, 0, 1, 1, 2]


async def test_a_skip_sends_nothing_that_was_missed_and_keeps_the_rhythm(world: World) -> None:
    await a_drip(world)
    begun = await world.now() - DAY
    await paused_for(world, "2d")

    await resume(world, Policy.SKIP)
    await world.advance("9d")

    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("three", 4 * DAY)]
    [run] = await world.enrollments()
    assert (run.status, run.exit_reason) == ("completed", None)


async def test_a_skip_over_the_whole_rest_completes_without_a_mail(world: World) -> None:
    await a_drip(world)
    await paused_for(world, "30d")

    await resume(world, Policy.SKIP)
    await world.advance("1h")

    assert [mail.step for mail in await world.inbox()] == ["one"]
    assert [each.status for each in await world.enrollments()] == ["completed"]


async def test_mail_that_the_pause_held_is_skipped_with_its_reason_and_its_run_goes_on(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.advance("0m")
    begun = await world.now()
    await world.track(ANN, "signed.up")
    await world.parts.running.once()
    await world.pause("a-sequence")
    await world.work()
    await world.advance("1d")

    await resume(world, Policy.SKIP)
    await world.advance("5d")

    told = [(message.step, message.status, message.reason) for message in await world.messages()]
    assert told == [
        ("one", "skipped", "missed_while_paused"),
        ("two", "sent", None),
        ("three", "sent", None),
    ]
    assert await world.mailed(ANN, since=begun) == [("two", 2 * DAY), ("three", 4 * DAY)]


async def test_mail_that_the_pause_held_goes_out_after_a_shift_and_the_next_counts_from_it(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.advance("0m")
    begun = await world.now()
    await world.track(ANN, "signed.up")
    await world.parts.running.once()
    await world.pause("a-sequence")
    await world.work()
    await world.advance("1d")

    await resume(world, Policy.SHIFT)
    await world.advance("5d")

    assert await world.mailed(ANN, since=begun) == [("one", DAY), ("two", 3 * DAY), ("three", 5 * DAY)]


async def test_mail_that_the_gate_held_in_the_very_moment_of_the_resume_is_not_forgotten(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.track(ANN, "signed.up")
    await world.parts.running.once()
    await world.pause("a-sequence")
    await world.work()
    await resume(world, Policy.DRAIN)
    async with world.database.work() as tx:
        await tx.run(HOLD, world.workspace_id)

    await world.work()
    held = [message.status for message in await world.messages()]
    await world.parts.delivering.sweep()
    await world.work()

    assert held == ["held"]
    assert [message.status for message in await world.messages()] == ["sent"]


HOLD = Query("hold", "Holds all mail.", "UPDATE outbox SET held = 'paused' WHERE workspace_id = $1")


async def test_one_run_that_cannot_be_skipped_over_stops_nobody_else(world: World) -> None:
    await a_drip(world)
    await world.track("ben@example.com", "signed.up")
    await world.work()
    await paused_for(world, "10d")
    [ann, _] = await world.enrollments()
    async with world.database.work() as tx:
        # A visit of this number stands there already: writing it fails.
        await tx.run(TAKEN, world.workspace_id, ann.id)

    resumed = await resume(world, Policy.SKIP)
    await work_at_jobs(world)

    assert resumed.job is not None
    async with world.database.work() as tx:
        job = await find(tx, world.workspace_id, resumed.job)
    assert (job.status, job.done, len(job.errors)) == ("done", 2, 1)
    assert show("enrollment", ann.id) in str(job.errors[0]["message"])
    assert await status(world) == "active"
    assert sorted(run.status for run in await world.enrollments()) == ["active", "completed"]


TAKEN = Query(
    "taken",
    "Takes the number of the next visit.",
    "INSERT INTO visit (workspace_id, enrollment_id, visit, step, action, outcome, at) "
    "VALUES ($1, $2, 2, 'x', 'email', 'sent', now())",
)


async def test_what_a_skipped_stretch_changes_about_people_is_done(world: World) -> None:
    await a_drip(
        world,
        """
trigger: { event: signed.up }
exitConditions: [ { tag: reminded } ]
steps:
  - { action: delay, duration: 2d }
  - { action: email, id: missed, template: hello }
  - { action: tag, tag: reminded }
  - { action: delay, duration: 1d }
  - { action: email, id: never, template: hello }
""",
    )
    await paused_for(world, "2d")

    await resume(world, Policy.SKIP)
    await work_at_jobs(world)

    [run] = await world.enrollments()
    assert (run.status, run.exit_reason) == ("exited", "exit_condition")
    assert [message.status for message in await world.messages()] == []


async def test_an_exit_condition_that_became_true_in_the_pause_ends_the_run_before_its_next_mail(world: World) -> None:
    await a_drip(world, DRIP.replace("steps:", "exitConditions: [ { tag: customer } ]\nsteps:"))
    await world.pause("a-sequence")
    await tag(world, ANN, "customer")
    await world.advance("10d")

    await resume(world, Policy.DRAIN)
    await world.advance("1h")

    assert [(e.status, e.exit_reason) for e in await world.enrollments()] == [("exited", "exit_condition")]
    assert len(await world.inbox()) == 1


@pytest.mark.parametrize("policy", [Policy.SHIFT, Policy.SKIP])
async def test_nothing_starts_while_it_is_resuming_and_everything_does_afterwards(world: World, policy: Policy) -> None:
    await a_drip(world)
    await paused_for(world, "1d")

    await resume(world, policy)
    await world.track("ben@example.com", "signed.up")
    while_resuming = len(await world.enrollments())
    with pytest.raises(Conflict):
        await world.enroll("a-sequence", "cleo@example.com")
    await work_at_jobs(world)
    await world.track("ben@example.com", "signed.up")

    assert while_resuming == 1
    assert len(await world.enrollments()) == 2


async def test_who_is_resumed_twice_at_once_is_shifted_once(world: World) -> None:
    await a_drip(world)
    await paused_for(world, "1d")
    await resume(world, Policy.SHIFT)

    for policy in Policy:
        with pytest.raises(Conflict):
            await resume(world, policy)
    with pytest.raises(Conflict):
        await world.activate("a-sequence")
    await work_at_jobs(world)

    [run] = await world.enrollments()
    assert run.due_at == await world.now() + DAY


async def test_a_worker_that_dies_between_two_pages_shifts_nobody_twice_and_nobody_not_at_all(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.advance("0m")
    for number in range(5):
        await world.track(f"c{number}@example.com", "signed.up")
    await world.advance("1d")
    await paused_for(world, "1d")
    await resume(world, Policy.SHIFT)

    # Every worker dies when its page has been committed and before it can say so.
    for _ in range(4):
        await dies_after_a_page(world, resume_page(world.database, begun=lambda: None, limit=2))
    await work_at_jobs(world)

    now = await world.now()
    assert [run.due_at for run in await world.enrollments()] == [now + DAY] * 5
    assert await status(world) == "active"


async def test_a_worker_that_lost_its_job_to_another_shifts_nobody(world: World) -> None:
    await a_drip(world)
    await paused_for(world, "1d")
    await resume(world, Policy.SHIFT)
    page_of = resume_page(world.database, begun=lambda: None)

    async def slow_page(job: Job) -> Page:
        async with world.database.work() as tx:
            await tx.run(LEASE_IS_OVER, world.workspace_id)
        await work_at_jobs(world)
        return await page_of(job)

    await JobRunner(world.database, {RESUME_JOB: slow_page}, lease=MINUTE).run_one(world.workspace_id)

    [run] = await world.enrollments()
    assert run.due_at == await world.now() + DAY
    assert await status(world) == "active"


async def dies_after_a_page(world: World, page_of: PageOf) -> None:
    async def page(job: Job) -> Page:
        await page_of(job)
        raise RuntimeError("killed")

    await JobRunner(world.database, {RESUME_JOB: page}, lease=MINUTE).run_one(world.workspace_id)
    async with world.database.work() as tx:
        await tx.run(LEASE_IS_OVER, world.workspace_id)


LEASE_IS_OVER = Query(
    "lease_is_over",
    "Lets the next worker take a job up.",
    "UPDATE job SET lease_until = NULL, lease_token = NULL, failures = 0 WHERE workspace_id = $1",
)


async def test_a_pause_in_the_middle_of_resuming_stops_it_and_counts_from_there(world: World) -> None:
    await a_drip(world)
    begun = await world.now() - DAY
    await paused_for(world, "1d")
    await resume(world, Policy.SHIFT)

    paused = await world.pause("a-sequence")
    with pytest.raises(Conflict):
        await resume(world, Policy.SHIFT)
    await work_at_jobs(world)
    after_the_job = await status(world)
    await world.advance("3d")
    await resume(world, Policy.SHIFT)
    await world.advance("2d")

    assert (paused.status, after_the_job) == ("paused", "paused")
    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("two", 6 * DAY)]


async def test_an_archive_in_the_middle_of_resuming_lets_everybody_go(world: World) -> None:
    await a_drip(world)
    await paused_for(world, "1d")
    await resume(world, Policy.SKIP)

    await world.archive("a-sequence")
    await work_at_jobs(world)

    assert await status(world) == "archived"
    assert [(e.status, e.exit_reason) for e in await world.enrollments()] == [("exited", "archived")]


async def test_the_preview_counts_and_changes_nothing(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.advance("0m")
    for number in range(7):
        await world.track(f"c{number}@example.com", "signed.up")
    await world.advance("1d")
    await world.track("late@example.com", "signed.up")
    await world.work()
    await paused_for(world, "1d")
    before, now = await world.enrollments(), await world.now()

    outlook = await foresee_resuming(world, rate=3)

    assert (outlook.overdue, outlook.waiting, outlook.held) == (7, 1, 0)
    assert outlook.last == {Policy.DRAIN: now + 2 * MINUTE, Policy.SHIFT: None, Policy.SKIP: None}
    assert [outlook.minutes(policy) for policy in Policy] == [3, 0, 0]
    assert await world.enrollments() == before
    assert await status(world) == "paused"


async def test_the_preview_of_a_drain_is_what_the_drain_does(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.advance("0m")
    for number in range(7):
        await world.track(f"c{number}@example.com", "signed.up")
    await world.advance("1d")
    await paused_for(world, "5d")
    outlook = await foresee_resuming(world, rate=3)

    await resume(world, Policy.DRAIN, rate=3)
    await world.advance("1h")

    late = [mail.sent_at for mail in await world.inbox() if mail.step == "two"]
    assert (len(late), max(late)) == (outlook.overdue, outlook.last[Policy.DRAIN])


async def test_only_what_is_paused_is_resumed(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))

    with pytest.raises(Conflict):
        await resume(world, Policy.DRAIN)
    with pytest.raises(Conflict):
        await foresee_resuming(world)
