"""The day budget of a sending domain, under a test clock."""

from datetime import datetime, timedelta

from dripline.delivery.warmup.moving import day_budget
from dripline.durable.budgets import open_budget
from tests.makers.world import World

DAY = timedelta(days=1)
TWO_MAILS = """
trigger: { event: trial.started }
steps:
  - { action: email, id: welcome, template: a-mail }
  - { action: delay, duration: 2d }
  - { action: email, id: tips, template: a-mail }
"""


async def one_mail_a_day(world: World, midnight: datetime) -> None:
    async with world.database.work() as tx:
        name = day_budget("example.com")
        await open_budget(tx, world.workspace_id, name, capacity=1, period=DAY, anchor=midnight)


async def test_a_mail_deferred_for_a_day_by_an_exhausted_budget_delays_the_next_one_by_a_day(world: World) -> None:
    await world.sequence(TWO_MAILS, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    await one_mail_a_day(world, midnight)

    await world.track("ann@example.com", "trial.started")
    await world.track("bob@example.com", "trial.started")
    await world.advance("7d")

    # Both are due at the same moment, and only one of them may be mailed on the first day.
    mailed = [await world.mailed(email, since=midnight) for email in ("ann@example.com", "bob@example.com")]
    assert sorted(mailed) == [
        [("welcome", 0 * DAY), ("tips", 2 * DAY)],
        [("welcome", 1 * DAY), ("tips", 3 * DAY)],
    ]
    assert [run.status for run in await world.enrollments()] == ["completed", "completed"]


async def test_a_deferred_mail_waits_until_the_budget_turns(world: World) -> None:
    await world.sequence(TWO_MAILS, templates=("a-mail",))
    midnight = await world.stand_at_midnight()
    await one_mail_a_day(world, midnight)

    for person in range(4):
        await world.track(f"person-{person}@example.com", "trial.started")
    await world.advance("23h59m")
    first_day = [mail.sent_at - midnight for mail in await world.inbox()]
    await world.advance("1m")
    second_day = [mail.sent_at - midnight for mail in await world.inbox()]

    assert (first_day, second_day) == ([0 * DAY], [0 * DAY, 1 * DAY])
