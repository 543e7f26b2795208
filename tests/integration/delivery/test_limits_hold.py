"""Limits under many workers at once: never one message too many."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal

import pytest

from dripline.database.queries import Query
from dripline.delivery.families import Family
from dripline.delivery.lanes import EVERYTHING, through
from dripline.delivery.rates import Rate, set_rate
from dripline.delivery.warmup import moving
from dripline.delivery.warmup.plan import Plan
from dripline.processes.parts import Parts
from dripline.processes.worker import worker
from tests.makers.world import World

DAY = timedelta(days=1)
DOMAIN = "example.com"
WORKERS = 8
_STAND_AT = Query("stand_at", "Lets a workspace stand at a time.", "UPDATE workspace SET frozen_at = $2 WHERE id = $1")
ONE_MAIL = """
trigger: { event: trial.started }
steps:
  - { action: email, id: welcome, template: a-mail }
"""


async def queue_mail(world: World, *people: str) -> None:
    """Let everybody be due, and their mail be queued, before anything is delivered."""
    for person in people:
        await world.track(person, "trial.started")
    await world.parts.running.once()


async def deliver_at_once(workers: list[Parts]) -> None:
    """Every worker delivers what it can get, at the same moment, until none can get any more."""
    for _ in range(6):
        await asyncio.gather(*(parts.delivering.once() for parts in workers))
        await asyncio.gather(*(parts.delivering.finish() for parts in workers))


@pytest.mark.parametrize(
    "plan", [Plan(3, 40, Decimal("1.5")), Plan(1, 7, Decimal(2)), Plan(11, 11, Decimal(1))], ids=["3", "1", "11"]
)
async def test_eight_workers_never_send_more_in_a_day_than_the_warm_up_allows(world: World, plan: Plan) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    await queue_mail(world, *(f"person-{number}@example.org" for number in range(60)))
    async with world.database.work() as tx:
        await moving.plan(tx, world.workspace_id, DOMAIN, plan, now=midnight)
        await moving.start(tx, world.workspace_id, DOMAIN, now=midnight)

    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(worker(world.settings)) for _ in range(WORKERS)]
        for day in range(5):
            async with world.database.work() as tx:
                await tx.run(_STAND_AT, world.workspace_id, midnight + day * DAY + timedelta(hours=1))
            await deliver_at_once(workers)

    sent = Counter((mail.sent_at - midnight) // DAY for mail in await world.inbox())
    assert [sent[day] for day in range(5)] == [plan.limit(day + 1) for day in range(5)]


async def test_a_rate_for_one_family_keeps_nobody_else_waiting(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    async with world.database.work() as tx:
        await set_rate(tx, world.workspace_id, Rate(Family.GMAIL, 2, timedelta(hours=1)), now=midnight)

    for number in range(5):
        await world.track(f"person-{number}@gmail.com", "trial.started")
    for number in range(3):
        await world.track(f"person-{number}@example.org", "trial.started")
    await world.advance("3h")

    hours = Counter(
        (mail.to.rpartition("@")[2], (mail.sent_at - midnight) // timedelta(hours=1)) for mail in await world.inbox()
    )
    assert hours == {("example.org", 0): 3, ("gmail.com", 0): 2, ("gmail.com", 1): 2, ("gmail.com", 2): 1}


async def test_a_rate_of_the_workspace_holds_for_all_its_mail(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    async with world.database.work() as tx:
        await set_rate(tx, world.workspace_id, Rate(EVERYTHING, 3, timedelta(minutes=1)), now=midnight)

    for number in range(7):
        await world.track(f"person-{number}@example.org", "trial.started")
    await world.advance("5m")

    minutes = Counter((mail.sent_at - midnight) // timedelta(minutes=1) for mail in await world.inbox())
    assert minutes == {0: 3, 1: 3, 2: 1}


async def test_mail_that_was_queued_before_its_family_had_a_rate_obeys_it_all_the_same(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    await queue_mail(world, *(f"person-{number}@hotmail.com" for number in range(4)))

    async with world.database.work() as tx:
        await set_rate(tx, world.workspace_id, Rate(Family.OUTLOOK, 1, timedelta(hours=1)), now=midnight)
    async with AsyncExitStack() as stack:
        # A worker that has not looked yet which families have a rate.
        fresh = await stack.enter_async_context(worker(world.settings))
        await world.track("late@hotmail.com", "trial.started")
        await fresh.running.once()
    await world.advance("10h")

    hours = sorted((mail.sent_at - midnight) // timedelta(hours=1) for mail in await world.inbox())
    assert hours == [0, 1, 2, 3, 4]


async def test_a_rate_of_a_connection_holds_for_what_leaves_through_it(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    async with world.database.work() as tx:
        await set_rate(tx, world.workspace_id, Rate(through("inbox"), 3, DAY), now=midnight)
        await set_rate(tx, world.workspace_id, Rate(through("postmark"), 1, DAY), now=midnight)

    await queue_mail(world, *(f"person-{number}@example.org" for number in range(7)))
    await deliver_at_once([world.parts])

    assert len(await world.inbox()) == 3
