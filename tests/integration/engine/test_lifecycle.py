"""Pause, activate, archive: what they do to those who are inside, and to those who come."""

from datetime import timedelta

import pytest

from dripline.kernel.errors import Conflict, Unprocessable
from tests.makers.world import World

MAIL_AFTER_A_DAY = """
trigger: { event: signed.up }
steps:
  - { action: delay, duration: 1d }
  - { action: email, template: hello }
"""
MAIL_AT_ONCE = """
trigger: { event: signed.up }
steps:
  - { action: email, template: hello }
"""


async def test_a_pause_freezes_everybody_and_throws_nobody_out(world: World) -> None:
    await world.sequence(MAIL_AFTER_A_DAY, templates=("hello",))
    await world.advance("0m")
    await world.track("ann@example.com", "signed.up")

    await world.pause("a-sequence")
    await world.advance("3d")

    assert await world.inbox() == []
    assert [(e.status, e.exit_reason) for e in await world.enrollments()] == [("paused", None)]


async def test_a_trigger_during_a_pause_enrolls_nobody(world: World) -> None:
    await world.sequence(MAIL_AFTER_A_DAY, templates=("hello",))
    await world.pause("a-sequence")

    await world.track("ann@example.com", "signed.up")

    assert await world.enrollments() == []
    with pytest.raises(Conflict):
        await world.enroll("a-sequence", "ben@example.com")


async def test_after_a_pause_the_overdue_are_let_through_sixty_a_minute(world: World) -> None:
    await world.sequence(MAIL_AFTER_A_DAY, templates=("hello",))
    await world.advance("0m")
    for number in range(130):
        await world.track(f"c{number}@example.com", "signed.up")
    await world.pause("a-sequence")
    await world.advance("3d")
    resumed = await world.now()

    await world.activate("a-sequence")
    await world.advance("1h")

    minutes = [(mail.sent_at - resumed) // timedelta(minutes=1) for mail in await world.inbox()]
    assert [minutes.count(minute) for minute in range(4)] == [60, 60, 10, 0]


async def test_who_becomes_due_after_the_pause_does_not_wait_for_the_drain(world: World) -> None:
    await world.sequence(MAIL_AFTER_A_DAY, templates=("hello",))
    await world.advance("0m")
    await world.track("early@example.com", "signed.up")
    await world.pause("a-sequence")
    await world.advance("3d")
    await world.activate("a-sequence")
    start = await world.now()

    await world.track("late@example.com", "signed.up")
    await world.advance("2d")

    assert await world.mailed("late@example.com", since=start) == [("hello", timedelta(days=1))]
    assert len(await world.inbox("early@example.com")) == 1


async def test_mail_that_was_queued_when_the_pause_came_is_held_and_goes_out_afterwards(world: World) -> None:
    await world.sequence(MAIL_AT_ONCE, templates=("hello",))
    await world.track("ann@example.com", "signed.up")
    await world.parts.running.once()
    await world.pause("a-sequence")
    await world.work()
    held = [(message.status, message.reason) for message in await world.messages()]

    await world.activate("a-sequence")
    await world.work()

    assert held == [("held", "paused")]
    assert [message.status for message in await world.messages()] == ["sent"]
    assert len(await world.inbox()) == 1


async def test_an_archived_sequence_lets_everybody_go(world: World) -> None:
    await world.sequence(MAIL_AFTER_A_DAY, templates=("hello",))
    for number in range(3):
        await world.track(f"c{number}@example.com", "signed.up")

    await world.archive("a-sequence")
    at_once = [(e.status, e.exit_reason) for e in await world.enrollments()]
    await world.work()

    assert at_once == [("exited", "archived")] * 3
    assert [(e.status, e.exit_reason, e.due_at) for e in await world.enrollments()] == [
        ("exited", "archived", None)
    ] * 3


async def test_wrong_moves_are_refused(world: World) -> None:
    await world.sequence(MAIL_AFTER_A_DAY, templates=("hello",))

    with pytest.raises(Conflict):
        await world.activate("a-sequence")
    await world.pause("a-sequence")
    with pytest.raises(Conflict):
        await world.pause("a-sequence")
    await world.archive("a-sequence")
    with pytest.raises(Conflict):
        await world.archive("a-sequence")
    with pytest.raises(Conflict):
        await world.activate("a-sequence")


async def test_an_unknown_template_keeps_a_sequence_from_becoming_active(world: World) -> None:
    with pytest.raises(Unprocessable) as refused:
        await world.sequence(MAIL_AT_ONCE)

    [problem] = refused.value.problems
    assert problem.path == "steps[0].template"
    assert await world.enrollments() == []
