"""Stories of people, told: why they did or did not get each mail."""

import re
from datetime import timedelta

import pytest

from dripline.engine.insight.explaining import Explanation, explain_contact
from dripline.engine.runs.resuming import Policy
from dripline.engine.versions.publishing import Waiting
from dripline.kernel.addresses import parse_address
from dripline.kernel.errors import NotFound
from dripline.sequences import lifecycle
from tests.makers.lives import publish, resume, tag, unsubscribe
from tests.makers.world import World

ANN = "ann@example.com"
DRIP = """
trigger: { event: signed.up }
steps:
  - { action: email, id: welcome, template: hello }
  - { action: delay, id: a-day, duration: 1d }
  - { action: condition, id: is-vip, tag: vip, onTrue: skip }
  - { action: email, id: offer, template: hello }
  - { action: delay, id: a-week, duration: 1w }
  - { action: email, id: last, template: hello }
"""
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC")


async def explained(world: World, email: str = ANN) -> Explanation:
    async with world.database.work() as tx:
        return await explain_contact(tx, world.workspace_id, "a-sequence", parse_address(email), now=await world.now())


def without_times(text: str) -> str:
    return _TIME.sub("T", text)


async def told(world: World) -> list[tuple[str, str, str]]:
    """The steps of the last run: id, outcome, text, times left out."""
    run = (await explained(world)).runs[-1]
    return [(step.step, step.outcome, without_times(step.text)) for step in run.steps]


async def summary(world: World) -> str:
    return without_times((await explained(world)).summary)


async def entered(world: World, definition: str = DRIP) -> None:
    await world.sequence(definition, templates=("hello",))
    await world.advance("0m")
    await world.track(ANN, "signed.up")
    await world.work()


async def test_somebody_who_is_in_the_middle(world: World) -> None:
    await entered(world)
    await world.advance("2d")

    assert await told(world) == [
        ("welcome", "sent", "The mail “hello” was sent at T."),
        ("is-vip", "false", 'The condition was false: the contact does not have the tag "vip".'),
        ("offer", "sent", "The mail “hello” was sent at T."),
        ("a-week", "waiting", "Waits (1w) until T."),
        ("last", "not_reached", "Not reached yet."),
    ]
    assert await summary(world) == (
        "Entered at T by the event “signed.up”. 2 mails were sent. Now at “a-week”: Waits (1w) until T."
    )


async def test_somebody_who_was_passed_over(world: World) -> None:
    await entered(world)
    await tag(world, ANN, "vip")
    await world.advance("20d")

    assert await told(world) == [
        ("welcome", "sent", "The mail “hello” was sent at T."),
        ("is-vip", "true", 'The condition was true: the contact has the tag "vip".'),
        ("offer", "skipped", "Passed over, because the condition “is-vip” was true."),
        ("last", "sent", "The mail “hello” was sent at T."),
    ]
    assert await summary(world) == (
        "Entered at T by the event “signed.up”. 2 mails were sent, 1 was skipped. It came to the end at T."
    )


async def test_somebody_who_unsubscribed(world: World) -> None:
    await entered(world)
    await unsubscribe(world, ANN)

    assert await told(world) == [
        ("welcome", "sent", "The mail “hello” was sent at T."),
        ("a-day", "exited", "Left here: the contact unsubscribed."),
        ("offer", "not_reached", "Not reached: the run had ended before."),
        ("last", "not_reached", "Not reached: the run had ended before."),
    ]
    assert (await summary(world)).endswith("It ended at T: the contact unsubscribed.")


async def test_somebody_whom_an_exit_condition_let_go(world: World) -> None:
    exits = "exitConditions: [ { property: contact.properties.plan, operator: equals, value: pro } ]\nsteps:"
    await entered(world, DRIP.replace("steps:", exits))
    await world.track(ANN, "paid", contact={"plan": "pro"})
    await world.advance("2d")

    reason = 'contact.properties.plan is "pro": equals "pro" holds'
    assert (await told(world))[1] == ("is-vip", "exited", f"Left here: {reason}.")
    assert (await summary(world)).endswith(f"It ended at T: an exit condition held ({reason}).")


async def test_somebody_whom_a_tag_stopped(world: World) -> None:
    await entered(world, DRIP.replace("steps:", "stopCondition: { type: has_tag, value: customer }\nsteps:"))
    await tag(world, ANN, "customer")

    why = "the contact got the tag “customer”, which stops the sequence"
    assert (await told(world))[1] == ("a-day", "exited", f"Left here: {why}.")


async def test_somebody_in_a_paused_sequence_and_in_its_drain(world: World) -> None:
    await entered(world)
    await world.pause("a-sequence")
    waiting = (await told(world))[1]
    await world.advance("5d")
    overdue = (await told(world))[1]
    await resume(world, Policy.DRAIN, rate=1)
    draining = (await told(world))[1]

    stands = "The sequence is paused: nothing moves until it is resumed."
    assert waiting == ("a-day", "waiting", f"Waits (1d) until T. {stands}")
    assert overdue == ("a-day", "waiting", f"Is due since T. {stands}")
    assert draining == (
        "a-day",
        "waiting",
        "Was due at T, and goes on when its turn comes: 1 enrollment a minute since the pause.",
    )


async def test_somebody_whose_mail_the_pause_held_and_then_skipped(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.track(ANN, "signed.up")
    await world.parts.running.once()
    await world.pause("a-sequence")
    await world.work()
    held = (await told(world))[0]
    await resume(world, Policy.SKIP)
    await world.work()
    skipped = (await told(world))[0]

    assert held == ("welcome", "held", "The mail is held: the sequence is paused.")
    assert skipped == ("welcome", "skipped", "The mail was skipped: its time fell into a pause of the sequence.")


async def test_somebody_who_waits_for_an_event(world: World) -> None:
    wait, mail = "{ action: wait, id: wait, event: paid, timeout: 3d }", "{ action: email, id: mail, template: hello }"
    await entered(world, f"trigger: {{ event: signed.up }}\nsteps: [ {wait}, {mail} ]")
    waiting = (await told(world))[0]
    await world.advance("4d")

    assert waiting == ("wait", "waiting", "Waits for the event “paid”, until T.")
    assert (await told(world))[0] == ("wait", "waited", "The wait ran out: paid did not happen within 3d.")


async def test_somebody_whose_step_was_removed(world: World) -> None:
    await entered(world)
    shorter = "trigger: { event: signed.up }\nsteps: [ { action: email, id: welcome, template: hello } ]"
    await publish(world, shorter, waiting=Waiting.MOVE)
    await world.advance("2d")

    assert (await summary(world)).endswith(
        "It ended at T: its step was removed in a later version, and nothing followed it."
    )


async def test_somebody_in_an_archived_sequence(world: World) -> None:
    await entered(world)
    await world.archive("a-sequence")
    at_once = await summary(world)
    await world.work()

    assert at_once.endswith("It ended: the sequence was archived.")
    assert (await summary(world)).endswith("It ended at T: the sequence was archived.")


async def never_entered(world: World) -> str:
    found = await explained(world)
    assert found.runs == []
    assert found.summary == f"This contact has never been in the sequence. {found.not_enrolled}"
    return without_times(found.not_enrolled or "")


async def test_nobody_knows_a_stranger(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))

    with pytest.raises(NotFound):
        await explained(world, "stranger@example.com")


async def test_the_event_never_came(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.track(ANN, "something.else")

    assert await never_entered(world) == (
        "The event “signed.up” starts the sequence. None was recorded for this contact."
    )


async def test_the_event_came_before_the_activation_or_too_late_or_in_a_pause(world: World) -> None:
    await world.advance("0m")
    await world.track(ANN, "signed.up")
    await world.advance("1d")
    await world.sequence(DRIP, templates=("hello",))
    await world.advance("1d")
    await world.track(ANN, "signed.up", timestamp=await world.now() - timedelta(hours=5))
    await world.advance("1d")
    await world.pause("a-sequence")
    await world.advance("1d")
    await world.track(ANN, "signed.up")

    assert await never_entered(world) == (
        "The sequence is paused since T: nobody enters it. The event “signed.up” starts the sequence. "
        "One came at T: the sequence was paused. "
        "One came at T: it had happened 5h before it was recorded, and what is older than an hour starts nothing. "
        "One came at T: that was before the sequence was first activated, at T."
    )


async def test_a_condition_of_the_trigger_did_not_hold(world: World) -> None:
    where = "trigger: { event: signed.up, where: [ { property: event.plan, operator: equals, value: pro } ] }"
    await world.sequence(DRIP.replace("trigger: { event: signed.up }", where), templates=("hello",))
    await world.track(ANN, "signed.up", {"plan": "free"})

    assert await never_entered(world) == (
        "The event “signed.up” starts the sequence. One came at T: "
        'a condition of the trigger does not hold (event.plan is "free": equals "pro" does not hold).'
    )


async def test_the_event_did_not_say_what_tells_runs_apart(world: World) -> None:
    mode = "enrollment: { mode: matching_field, field: order.id }\nsteps:"
    await world.sequence(DRIP.replace("steps:", mode), templates=("hello",))
    await world.track(ANN, "signed.up")

    assert (await never_entered(world)).endswith("it has no value at order.id to tell its run from others by.")


async def test_a_sequence_that_was_never_activated_or_is_entered_by_call(world: World) -> None:
    by_call = "trigger: { api: true }\nsteps: [ { action: tag, tag: x } ]"
    await world.track(ANN, "something.else")
    async with world.database.work() as tx:
        await lifecycle.create(tx, world.workspace_id, name="a-sequence", definition=by_call, now=await world.now())

    drafted = await never_entered(world)
    await world.activate("a-sequence")

    assert drafted == "The sequence has never been activated, so nobody has entered it."
    assert await never_entered(world) == "It is entered by call only, and nobody has enrolled this contact."


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("tag: vip", "It is entered by getting the tag “vip”. The contact does not have the tag."),
        (
            "frequency: { event: login, count: 3, within: 7d }",
            "It is entered when the event “login” happens 3 times within 7d. In the last 7d it happened 1 time.",
        ),
        (
            "inactivity: { event: login, days: 14 }",
            (
                "It is entered when the event “login” has not happened for 14 days. "
                "It last happened at T; the time is up at T."
            ),
        ),
    ],
)
async def test_other_triggers_say_what_was_missing(world: World, trigger: str, expected: str) -> None:
    await world.sequence(DRIP.replace("event: signed.up", trigger), templates=("hello",))
    await world.track(ANN, "login")

    assert await never_entered(world) == expected


async def test_somebody_who_wants_no_mail(world: World) -> None:
    await world.sequence(DRIP, templates=("hello",))
    await world.track(ANN, "something.else")
    await unsubscribe(world, ANN)

    assert (await never_entered(world)).endswith(
        "The contact has unsubscribed, at T: it would leave again before its first mail."
    )


async def test_somebody_who_may_come_only_once_and_came_again(world: World) -> None:
    await entered(world, DRIP.replace("steps:", "enrollment: { mode: one_time }\nsteps:"))
    await unsubscribe(world, ANN)
    await world.advance("1d")
    await world.track(ANN, "signed.up")

    found = await explained(world)

    assert without_times(found.not_enrolled or "") == (
        "The event “signed.up” came again at T. The sequence may be entered only once."
    )
    assert len(found.runs) == 1


async def test_somebody_who_came_twice_has_two_stories(world: World) -> None:
    await entered(world)
    await world.advance("20d")
    await world.track(ANN, "signed.up")
    await world.work()

    found = await explained(world)

    assert [run.status for run in found.runs] == ["completed", "active"]
    assert found.not_enrolled is None
    assert found.summary.startswith("This contact has been in the sequence 2 times.")
