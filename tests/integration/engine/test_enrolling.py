"""Who gets in, how often, and with what."""

import asyncio
from datetime import timedelta

from dripline.events.reading import events_of
from dripline.kernel.clock import real_now
from tests.makers.world import World

WELCOME = """
trigger: { event: signed.up }
steps:
  - { action: delay, duration: 1d }
  - { action: email, template: hello }
"""


async def test_a_hundred_identical_events_at_once_enroll_once(world: World) -> None:
    await world.sequence(WELCOME, templates=("hello",))

    await asyncio.gather(*(world.track("ann@example.com", "signed.up") for _ in range(100)))

    assert [e.email for e in await world.enrollments()] == ["ann@example.com"]


async def test_an_event_with_the_same_key_counts_once(world: World) -> None:
    first = await world.track("ann@example.com", "signed.up", key="k1")
    again = await asyncio.gather(*(world.track("ann@example.com", "signed.up", key="k1") for _ in range(20)))

    assert {(tracked.event.id, tracked.duplicate) for tracked in again} == {(first.event.id, True)}
    async with world.database.work() as tx:
        assert len(await events_of(tx, world.workspace_id, limit=100)) == 1


async def test_parallel_events_with_one_new_key_count_once(world: World) -> None:
    answers = await asyncio.gather(*(world.track("ann@example.com", "signed.up", key="k2") for _ in range(50)))

    assert len({answer.event.id for answer in answers}) == 1
    assert [answer.duplicate for answer in answers].count(False) == 1


async def test_an_event_of_yesterday_is_recorded_and_starts_nothing(world: World) -> None:
    await world.sequence(WELCOME, templates=("hello",))

    await world.track("ann@example.com", "signed.up", timestamp=real_now() - timedelta(hours=2))

    assert await world.enrollments() == []
    async with world.database.work() as tx:
        assert len(await events_of(tx, world.workspace_id, limit=10)) == 1


async def test_who_has_completed_may_come_again(world: World) -> None:
    await world.sequence(WELCOME, templates=("hello",))
    await world.advance("0m")

    await world.track("ann@example.com", "signed.up")
    await world.advance("2d")
    await world.track("ann@example.com", "signed.up")
    await world.advance("2d")

    assert [e.status for e in await world.enrollments()] == ["completed", "completed"]
    assert len(await world.inbox()) == 2


async def test_once_means_once(world: World) -> None:
    await world.sequence(f"enrollment: {{ mode: one_time }}\n{WELCOME}", templates=("hello",))
    await world.advance("0m")

    await world.track("ann@example.com", "signed.up")
    await world.advance("2d")
    await world.track("ann@example.com", "signed.up")
    await world.advance("2d")

    assert [e.status for e in await world.enrollments()] == ["completed"]


async def test_a_trigger_lets_in_only_whom_its_conditions_let_in(world: World) -> None:
    definition = """
trigger: { event: ordered, where: [ { property: event.amount, operator: greaterThan, value: 50 } ] }
steps: [ { action: email, template: hello } ]
"""
    await world.sequence(definition, templates=("hello",))

    await world.track("small@example.com", "ordered", {"amount": 20})
    await world.track("large@example.com", "ordered", {"amount": 79.99})
    await world.track("none@example.com", "ordered")
    await world.track("case@example.com", "Ordered", {"amount": 79.99})

    assert [e.email for e in await world.enrollments()] == ["large@example.com"]


async def test_the_event_stays_with_the_run(world: World) -> None:
    await world.template("hello", subject="Order {{ event.order.id }}")
    await world.sequence(WELCOME.replace("signed.up", "ordered"))
    await world.advance("0m")

    await world.track("ann@example.com", "ordered", {"order": {"id": "A-1"}})
    await world.track("ann@example.com", "ordered", {"order": {"id": "A-2"}})
    await world.advance("2d")

    assert [mail.subject for mail in await world.inbox()] == ["Order A-1"]


async def test_people_are_enrolled_by_hand(world: World) -> None:
    await world.sequence("trigger: { api: true }\nsteps: [ { action: email, template: hello } ]", templates=("hello",))

    first = await world.enroll("a-sequence", "ann@example.com", "ben@example.com")
    second = await world.enroll("a-sequence", "ann@example.com")
    await world.work()

    assert [answer.reason for answer in first] == [None, None]
    assert [answer.reason for answer in second] == ["already_active"]
    assert sorted(mail.to for mail in await world.inbox()) == ["ann@example.com", "ben@example.com"]
