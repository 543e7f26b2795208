"""The warm-up of a sending domain, under a test clock: how much goes out on which day."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from dripline.delivery.braking import brake
from dripline.delivery.counting import Counted, Counts, count_mail
from dripline.delivery.warmup import moving
from dripline.delivery.warmup.health import Level
from dripline.delivery.warmup.model import Status
from dripline.delivery.warmup.moving import Standing
from dripline.delivery.warmup.plan import Plan
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import SequenceId
from dripline.sequences import lifecycle
from dripline.sequences.store import find_for_change
from tests.makers.world import World

DAY = timedelta(days=1)
DOMAIN = "example.com"
ONE_MAIL = """
trigger: { event: trial.started }
steps:
  - { action: email, id: welcome, template: a-mail }
"""


async def warm_up(world: World, plan: Plan) -> None:
    now = await world.now()
    async with world.database.work() as tx:
        await moving.plan(tx, world.workspace_id, DOMAIN, plan, now=now)
        await moving.start(tx, world.workspace_id, DOMAIN, now=now)


async def standing(world: World) -> Standing:
    now = await world.now()
    async with world.database.work() as tx:
        return await moving.standing(tx, world.workspace_id, DOMAIN, now=now)


async def sent_by_day(world: World, since: datetime) -> list[int]:
    days = Counter((mail.sent_at - since) // DAY for mail in await world.inbox())
    return [days[day] for day in range(max(days, default=-1) + 1)]


async def start_trials(world: World, count: int) -> None:
    for person in range(count):
        await world.track(f"person-{person}@example.org", "trial.started")


async def test_each_day_sends_what_its_plan_says_and_the_rest_waits(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    await warm_up(world, Plan(3, 10, Decimal("1.5")))

    await start_trials(world, 40)
    await world.advance("10d")

    assert await sent_by_day(world, midnight) == [3, 5, 7, 10, 10, 5]
    assert {message.attempts for message in await world.messages()} == {1}
    assert {run.status for run in await world.enrollments()} == {"completed"}
    assert (await standing(world)).warmup.status is Status.COMPLETED


async def test_mail_over_the_limit_reads_as_deferred_and_keeps_its_attempts(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    await world.stand_at_midnight()
    await warm_up(world, Plan(2, 10, Decimal(2)))

    await start_trials(world, 5)
    await world.advance("1h")

    found = Counter((message.status, message.reason, message.attempts) for message in await world.messages())
    assert found == {("sent", None, 1): 2, ("deferred", "warmup", 0): 3}


async def test_a_day_on_which_nothing_is_sent_does_not_count(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    await warm_up(world, Plan(2, 100, Decimal(2)))

    await start_trials(world, 2)
    await world.advance("5d")
    idle = await standing(world)
    for person in range(8):
        await world.track(f"later-{person}@example.org", "trial.started")
    await world.advance("1d")

    assert (idle.warmup.day, idle.limit, idle.sent_today) == (2, 4, 0)
    assert await sent_by_day(world, midnight) == [2, 0, 0, 0, 0, 4, 4]


async def test_what_was_sent_before_the_start_counts_on_the_first_day(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    await start_trials(world, 2)
    await world.advance("1h")

    await warm_up(world, Plan(3, 100, Decimal(2)))
    for person in range(5):
        await world.track(f"later-{person}@example.org", "trial.started")
    await world.advance("23h")

    assert await sent_by_day(world, midnight) == [3, 4]


async def test_a_paused_domain_sends_nothing_and_goes_on_at_the_same_day(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    await warm_up(world, Plan(2, 100, Decimal(2)))
    await start_trials(world, 12)
    await world.advance("1h")

    async with world.database.work() as tx:
        await moving.pause(tx, world.workspace_id, DOMAIN, now=await world.now())
    await world.advance("3d")
    held = await standing(world)
    async with world.database.work() as tx:
        await moving.resume(tx, world.workspace_id, DOMAIN, now=await world.now())
    await world.advance("3d")

    assert (held.warmup.status, held.warmup.reason, held.limit) == (Status.PAUSED, "manual", 0)
    assert await sent_by_day(world, midnight) == [2, 0, 0, 2, 4, 4]


async def test_too_many_bounces_stop_the_domain_until_somebody_resumes_and_are_then_forgiven(world: World) -> None:
    await world.stand_at_midnight()
    await warm_up(world, Plan(1_000, 5_000))
    now = await world.now()

    async def count(what: Counted, times: int) -> None:
        async with world.database.work() as tx:
            await count_mail(tx, world.workspace_id, [(Counts(DOMAIN), what)] * times, now=now)
            await moving.check_health(tx, world.workspace_id, DOMAIN, now=now)

    await count(Counted.SENT, 200)
    await count(Counted.BOUNCED, 10)
    warned = await standing(world)
    await count(Counted.BOUNCED, 1)
    stopped = await standing(world)
    async with world.database.work() as tx:
        await moving.resume(tx, world.workspace_id, DOMAIN, now=now)
    resumed = await standing(world)

    assert (warned.warmup.status, warned.health.level) == (Status.ACTIVE, Level.WARNING)
    assert (stopped.warmup.status, stopped.warmup.reason) == (Status.PAUSED, "high_bounce_rate")
    assert (stopped.health.level, stopped.sample.bounced) == (Level.CRITICAL, 11)
    assert (resumed.warmup.status, resumed.health.level) == (Status.ACTIVE, Level.HEALTHY)


async def test_a_warm_up_is_started_paused_and_resumed_only_where_that_makes_sense(world: World) -> None:
    now = await world.now()
    for move in (moving.pause, moving.resume):
        with pytest.raises(Conflict):
            async with world.database.work() as tx:
                await move(tx, world.workspace_id, DOMAIN, now=now)
    await warm_up(world, Plan())
    with pytest.raises(Conflict):
        async with world.database.work() as tx:
            await moving.start(tx, world.workspace_id, DOMAIN, now=now)

    async with world.database.work() as tx:
        await moving.stop(tx, world.workspace_id, DOMAIN, now=now)

    found = await standing(world)
    assert (found.warmup.status, found.limit, found.warmup.plan) == (Status.INACTIVE, None, Plan())


async def test_another_plan_takes_effect_on_the_same_day(world: World) -> None:
    await world.stand_at_midnight()
    await warm_up(world, Plan(10, 100, Decimal(2)))

    async with world.database.work() as tx:
        plan = replace(Plan(10, 100, Decimal(2)), starting_limit=50)
        await moving.plan(tx, world.workspace_id, DOMAIN, plan, now=await world.now())

    assert (await standing(world)).limit == 50


async def test_a_sequence_whose_mail_comes_back_too_often_is_paused_alone_and_judged_anew_when_resumed(
    world: World,
) -> None:
    bad = await world.sequence(ONE_MAIL, slug="bad", templates=("a-mail",))
    good = await world.sequence(ONE_MAIL, slug="good")
    midnight = await world.stand_at_midnight()

    async def complain(sequence: SequenceId, times: int) -> None:
        counts = Counts(DOMAIN, None, (sequence, 1, "welcome"))
        async with world.database.work() as tx:
            await count_mail(tx, world.workspace_id, [(counts, Counted.COMPLAINED)] * times, now=await world.now())
            await brake(tx, world.workspace_id, [counts], now=await world.now())
        await world.work()

    for sequence in (bad.id, good.id):
        async with world.database.work() as tx:
            counts = Counts(DOMAIN, None, (sequence, 1, "welcome"))
            await count_mail(tx, world.workspace_id, [(counts, Counted.SENT)] * 1_000, now=midnight)
    await complain(good.id, 1)
    await complain(bad.id, 2)
    paused = [await world.sequence_now(slug) for slug in ("bad", "good")]
    async with world.database.work() as tx:
        found = await find_for_change(tx, world.workspace_id, "bad")
        await lifecycle.resume(tx, world.workspace_id, found, now=await world.now())
    await complain(bad.id, 1)
    resumed = await world.sequence_now("bad")

    assert [(each.status, each.paused_for) for each in paused] == [
        ("paused", "high_complaint_rate"),
        ("active", None),
    ]
    assert (resumed.status, resumed.paused_for) == ("active", None)
