"""Editing a live sequence: nobody is lost, mailed twice, thrown out without a reason, or flooded."""

from datetime import timedelta

import pytest

from dripline.database.queries import Query
from dripline.durable.jobs import Job, JobRunner, Page
from dripline.engine.versions.carrying_over import PUBLISH_JOB, carry_over_page
from dripline.engine.versions.publishing import Completed, Waiting
from dripline.kernel.errors import Conflict, RevisionConflict, Unprocessable
from dripline.sequences.impact import Effect
from tests.makers.lives import draft, foresee_publishing, publish, tag, unsubscribe, work_at_jobs
from tests.makers.world import World

ANN, BEN = "ann@example.com", "ben@example.com"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_drip(*steps: str, head: str = "") -> str:
    """A sequence with these steps, each as `id: …, action: …`."""
    text = "\n".join(f"  - {{ {step} }}" for step in steps)
    return f"trigger: {{ event: signed.up }}\n{head}\nsteps:\n{text}\n"


def mail(step: str) -> str:
    return f"id: {step}, action: email, template: hello"


def delay(step: str, duration: str) -> str:
    return f"id: {step}, action: delay, duration: {duration}"


DRIP = a_drip(mail("one"), delay("pause", "5d"), mail("two"))


async def began(world: World, definition: str = DRIP, *emails: str) -> None:
    await world.sequence(definition, templates=("hello",))
    await world.advance("0m")
    for email in emails or (ANN,):
        await world.track(email, "signed.up")
    await world.advance("1d")


async def test_who_stays_finishes_the_version_that_they_entered(world: World) -> None:
    await began(world)
    begun = await world.now() - DAY

    published = await publish(world, a_drip(mail("one"), delay("pause", "5d"), mail("another")))
    await world.track(BEN, "signed.up")
    await world.advance("9d")

    assert (published.sequence.version, published.job) == (2, None)
    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("two", 5 * DAY)]
    assert await world.mailed(BEN, since=begun + DAY) == [("one", timedelta()), ("another", 5 * DAY)]


async def test_who_moves_goes_on_in_the_new_version_from_the_next_turn_on(world: World) -> None:
    await began(world)
    begun = await world.now() - DAY

    await publish(world, a_drip(mail("one"), delay("pause", "5d"), mail("new"), mail("two")), waiting=Waiting.MOVE)
    await world.advance("9d")

    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("new", 5 * DAY), ("two", 5 * DAY)]
    assert [run.version for run in await world.enrollments()] == [2]


async def test_who_waits_at_a_removed_step_goes_on_at_the_next_one_and_is_not_thrown_out(world: World) -> None:
    await began(world, a_drip(mail("one"), delay("pause", "5d"), mail("two"), delay("other", "1d"), mail("three")))
    begun = await world.now() - DAY

    await publish(world, a_drip(mail("one"), delay("other", "1d"), mail("three")), waiting=Waiting.MOVE)
    await world.advance("9d")

    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("three", 6 * DAY)]
    [run] = await world.enrollments()
    assert (run.status, run.exit_reason) == ("completed", None)


async def test_who_waits_where_nothing_is_left_leaves_with_a_reason_of_its_own(world: World) -> None:
    await began(world)

    await publish(world, a_drip(mail("one")), waiting=Waiting.MOVE)
    await world.advance("9d")

    [run] = await world.enrollments()
    assert (run.status, run.exit_reason) == ("exited", "step_removed")
    assert [each.step for each in await world.inbox()] == ["one"]


async def test_mail_that_was_asked_for_at_a_removed_step_still_goes_out_once(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.track(ANN, "signed.up")
    await world.parts.running.once()

    await publish(world, a_drip(mail("first"), mail("two")), waiting=Waiting.MOVE)
    await world.work()
    await world.advance("9d")

    assert [each.step for each in await world.inbox()] == ["one", "two"]


async def test_a_longer_delay_ends_later_for_those_who_wait_and_counts_from_their_arrival(world: World) -> None:
    await began(world)
    begun = await world.now() - DAY

    await publish(world, a_drip(mail("one"), delay("pause", "8d"), mail("two")), waiting=Waiting.MOVE)
    await work_at_jobs(world)
    [run] = await world.enrollments()
    await world.advance("20d")

    assert run.due_at == begun + 8 * DAY
    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("two", 8 * DAY)]


async def test_a_shorter_delay_ends_earlier_for_those_who_wait(world: World) -> None:
    await began(world)
    begun = await world.now() - DAY

    await publish(world, a_drip(mail("one"), delay("pause", "2d"), mail("two")), waiting=Waiting.MOVE)
    await world.advance("20d")

    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("two", 2 * DAY)]


async def test_shortening_a_delay_does_not_wake_everybody_at_once_and_makes_nobody_later(world: World) -> None:
    people = [f"c{number}@example.com" for number in range(6)]
    await began(world, a_drip(mail("one"), delay("pause", "26h"), mail("two")), *people)
    begun, now = await world.now() - DAY, await world.now()

    shorter = a_drip(mail("one"), delay("pause", "1h"), mail("two"))
    await publish(world, shorter, waiting=Waiting.MOVE, rate=2)
    await world.advance("10d")

    sent = sorted((each.sent_at - now) // MINUTE for each in await world.inbox() if each.step == "two")
    assert sent == [0, 0, 1, 1, 2, 2]
    assert all(each.sent_at <= begun + 26 * HOUR for each in await world.inbox())


async def test_a_slow_rate_keeps_nobody_beyond_the_time_that_they_had(world: World) -> None:
    people = [f"c{number}@example.com" for number in range(6)]
    await began(world, a_drip(mail("one"), delay("pause", "1441m"), mail("two")), *people)
    now = await world.now()

    await publish(world, a_drip(mail("one"), delay("pause", "1h"), mail("two")), waiting=Waiting.MOVE, rate=1)
    await world.advance("10d")

    sent = sorted((each.sent_at - now) // MINUTE for each in await world.inbox() if each.step == "two")
    assert sent == [0, 1, 1, 1, 1, 1]


async def test_a_new_wait_wakes_those_who_had_begun_the_old_one(world: World) -> None:
    await began(world, a_drip("id: wait, action: wait, event: paid, timeout: 5d", mail("two")))
    begun = await world.now() - DAY
    await publish(
        world, a_drip("id: wait, action: wait, event: bought, timeout: 5d", mail("two")), waiting=Waiting.MOVE
    )
    await work_at_jobs(world)

    await world.track(ANN, "bought")
    await world.work()

    assert await world.mailed(ANN, since=begun) == [("two", DAY)]


async def test_an_event_that_came_before_the_publishing_that_waits_for_it_counts(world: World) -> None:
    await began(world, a_drip("id: wait, action: wait, event: paid, timeout: 5d", mail("two")))
    begun = await world.now() - DAY
    await world.track(ANN, "bought")

    await publish(
        world, a_drip("id: wait, action: wait, event: bought, timeout: 5d", mail("two")), waiting=Waiting.MOVE
    )
    await world.work()

    assert await world.mailed(ANN, since=begun) == [("two", DAY)]


async def test_a_page_that_is_repeated_gives_nobody_another_time(world: World) -> None:
    people = [f"c{number}@example.com" for number in range(5)]
    await began(world, DRIP, *people)
    now = await world.now()
    await publish(world, a_drip(mail("one"), delay("pause", "1h"), mail("two")), waiting=Waiting.MOVE, rate=1)

    async def page(job: Job) -> Page:
        await carry_over_page(world.database, begun=lambda: None, limit=2)(job)
        raise RuntimeError("killed")

    for _ in range(4):
        await JobRunner(world.database, {PUBLISH_JOB: page}, lease=MINUTE).run_one(world.workspace_id)
        async with world.database.work() as tx:
            await tx.run(LEASE_IS_OVER, world.workspace_id)
    await work_at_jobs(world)

    times = sorted(run.due_at - now for run in await world.enrollments() if run.due_at is not None)
    assert times == [number * MINUTE for number in range(5)]


LEASE_IS_OVER = Query(
    "lease_is_over",
    "Lets the next worker take a job up.",
    "UPDATE job SET lease_until = NULL, lease_token = NULL, failures = 0 WHERE workspace_id = $1",
)


async def test_who_had_come_to_the_end_goes_on_with_what_was_added_behind_it(world: World) -> None:
    await began(world, a_drip(mail("one")), ANN, BEN)
    await tag(world, BEN, "left")
    begun = await world.now()

    await publish(world, a_drip(mail("one"), delay("later", "1d"), mail("two")), completed=Completed.CONTINUE, rate=1)
    await world.advance("10d")

    assert await world.mailed(ANN, since=begun) == [("one", -DAY), ("two", DAY)]
    assert await world.mailed(BEN, since=begun) == [("one", -DAY), ("two", DAY + MINUTE)]
    assert [(run.status, run.version) for run in await world.enrollments()] == [("completed", 2)] * 2


async def test_who_had_come_to_the_end_stays_there_unless_it_is_asked_for(world: World) -> None:
    await began(world, a_drip(mail("one")))

    await publish(world, a_drip(mail("one"), mail("two")), waiting=Waiting.MOVE)
    await world.advance("10d")

    assert [each.step for each in await world.inbox()] == ["one"]


async def test_nobody_who_is_in_it_again_gets_a_second_run_beside_the_first(world: World) -> None:
    await began(world, a_drip(mail("one"), delay("pause", "1h")))
    await world.track(ANN, "signed.up")

    await publish(world, a_drip(mail("one"), delay("pause", "1h"), mail("two")), completed=Completed.CONTINUE)
    await world.work()

    assert [run.status for run in await world.enrollments()] == ["completed", "active"]


async def test_of_several_ended_runs_only_the_last_goes_on(world: World) -> None:
    await began(world, a_drip(mail("one")))
    await world.track(ANN, "signed.up")
    await world.work()

    await publish(world, a_drip(mail("one"), mail("two")), completed=Completed.CONTINUE)
    await world.advance("1d")

    assert [each.step for each in await world.inbox()] == ["one", "one", "two"]


async def test_who_wants_no_mail_does_not_go_on(world: World) -> None:
    await began(world, a_drip(mail("one")))
    await unsubscribe(world, ANN)

    published = await publish(world, a_drip(mail("one"), mail("two")), completed=Completed.CONTINUE)
    await world.advance("1d")

    assert published.job is not None
    assert [run.status for run in await world.enrollments()] == ["completed"]


async def test_a_later_publishing_that_moves_nobody_does_not_undo_an_earlier_one(world: World) -> None:
    await began(world)
    begun = await world.now() - DAY

    await publish(world, a_drip(mail("one"), delay("pause", "5d"), mail("second")), waiting=Waiting.MOVE)
    await publish(world, a_drip(mail("one"), delay("pause", "5d"), mail("third")))
    await world.advance("9d")

    assert await world.mailed(ANN, since=begun) == [("one", timedelta()), ("second", 5 * DAY)]


async def test_a_paused_sequence_is_published_and_stays_paused(world: World) -> None:
    await began(world)
    await world.pause("a-sequence")

    published = await publish(world, a_drip(mail("one"), delay("pause", "5d"), mail("new")), waiting=Waiting.MOVE)
    await world.track(BEN, "signed.up")
    await world.advance("9d")
    paused = len(await world.inbox())
    await world.activate("a-sequence")
    await world.track(BEN, "signed.up")
    await world.advance("9d")

    assert (published.sequence.status, paused) == ("paused", 1)
    assert [each.step for each in await world.inbox(ANN)] == ["one", "new"]
    assert [each.step for each in await world.inbox(BEN)] == ["one", "new"]


async def test_a_stop_condition_of_the_old_version_still_stops_who_stays_in_it(world: World) -> None:
    stop = "stopCondition: { type: has_tag, value: customer }"
    await began(world, a_drip(mail("one"), delay("pause", "5d"), mail("two"), head=stop))

    await publish(world, DRIP)
    await tag(world, ANN, "customer")

    assert [(run.status, run.exit_reason) for run in await world.enrollments()] == [("exited", "stop_condition")]


async def test_the_trigger_of_the_old_version_starts_nobody_any_more(world: World) -> None:
    await began(world)

    await publish(world, DRIP.replace("signed.up", "joined"))
    await world.track(BEN, "signed.up")
    before = len(await world.enrollments())
    await world.track(BEN, "joined")

    assert (before, len(await world.enrollments())) == (1, 2)


async def test_two_editors_do_not_overwrite_each_other(world: World) -> None:
    await began(world)
    drafted = await draft(world, a_drip(mail("mine")))
    await draft(world, a_drip(mail("yours")))

    with pytest.raises(RevisionConflict):
        await publish(world, expected_revision=drafted.revision)

    assert (await publish(world)).sequence.version == 2


async def test_there_is_nothing_to_publish_without_a_draft_or_before_the_first_activation(world: World) -> None:
    await began(world)

    with pytest.raises(Conflict):
        await publish(world)
    with pytest.raises(Conflict):
        await foresee_publishing(world)
    await draft(world, DRIP)
    await publish(world)
    with pytest.raises(Conflict):
        await publish(world)


async def test_a_draft_that_cannot_run_is_not_published_and_the_preview_says_why(world: World) -> None:
    await began(world)
    await draft(world, DRIP.replace("hello", "nowhere"))

    impact = await foresee_publishing(world)
    with pytest.raises(Unprocessable) as refused:
        await publish(world)

    assert impact.problems == refused.value.problems
    assert {problem.path for problem in impact.problems} == {"steps[0].template", "steps[2].template"}


async def test_the_preview_says_what_becomes_of_each_group(world: World) -> None:
    await began(world, a_drip(mail("one"), delay("pause", "5d"), mail("two"), delay("end", "9d")), ANN, BEN)
    now = await world.now()
    await draft(world, a_drip(mail("one"), delay("pause", "1h"), mail("two")))

    staying = await foresee_publishing(world)
    moving = await foresee_publishing(world, waiting=Waiting.MOVE, rate=1)

    assert [(each.step, each.waiting, each.effect) for each in staying.groups] == [("pause", 2, Effect.STAYS)]
    assert (staying.retimings, staying.last_at) == ([], None)
    assert [(each.step, each.waiting, each.effect) for each in moving.groups] == [("pause", 2, Effect.GOES_ON)]
    [retiming] = moving.retimings
    assert (retiming.length.was, retiming.length.becomes, retiming.waiting) == ("5d", "1h", 2)
    assert retiming.sooner is not None
    assert (retiming.sooner.earlier, retiming.sooner.later, retiming.sooner.overdue) == (2, 0, 2)
    assert moving.last_at == now + MINUTE


async def test_the_preview_counts_who_would_go_on_behind_the_end_as_the_job_does(world: World) -> None:
    await began(world, a_drip(mail("one")), ANN, BEN)
    await unsubscribe(world, BEN)
    await draft(world, a_drip(mail("one"), mail("two")))

    impact = await foresee_publishing(world, completed=Completed.CONTINUE)
    await publish(world, completed=Completed.CONTINUE)
    await work_at_jobs(world)

    assert [(each.version, each.step, each.count) for each in impact.extensions] == [(1, "two", 1)]
    assert [run.status for run in await world.enrollments()] == ["active", "completed"]


async def test_a_circle_of_sequences_is_warned_of_with_all_its_names(world: World) -> None:
    await world.sequence("trigger: { api: true }\nsteps: [ { action: untag, tag: a } ]", slug="third")
    await world.sequence("trigger: { tag: a }\nsteps: [ { action: tag, tag: b } ]", slug="first")
    await world.sequence("trigger: { tag: b }\nsteps: [ { action: enroll, sequence: third } ]", slug="second")

    published = await publish(world, "trigger: { api: true }\nsteps: [ { action: tag, tag: a } ]", slug="third")

    [warning] = published.warnings
    assert "third → first → second → third" in warning.message


async def test_those_who_match_already_are_enrolled_at_the_first_activation_only(world: World) -> None:
    await world.template("hello")
    await world.track(ANN, "came")
    await tag(world, ANN, "vip")
    definition = (
        "trigger: { tag: vip }\nenrollment: { existing: true }\nsteps: [ { action: email, id: one, template: hello } ]"
    )

    await world.sequence(definition)
    await world.work()
    await world.pause("a-sequence")
    await world.activate("a-sequence")
    await world.work()

    assert [each.step for each in await world.inbox()] == ["one"]
