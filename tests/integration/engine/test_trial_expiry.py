"""The published trial-expiry sequence, from the event to the mail, over fourteen days of a test clock."""

from datetime import timedelta

from tests.makers.published import TRIAL_EXPIRY
from tests.makers.world import World

TEMPLATES = ("trial-welcome", "trial-tips", "trial-feature-prompt", "trial-expiring-soon", "trial-expired")
TRIAL = {"plan": "trial"}


async def a_trial(world: World) -> None:
    await world.sequence(TRIAL_EXPIRY, slug="trial-expiry", templates=TEMPLATES)


async def test_a_trial_user_gets_five_mails_on_days_0_3_7_12_14(world: World) -> None:
    await a_trial(world)
    await world.advance("0m")
    start = await world.now()

    await world.track("alice@example.com", "trial.started", contact=TRIAL)
    await world.advance("14d")

    days = [(step, length) for step, length in await world.mailed("alice@example.com", since=start)]
    assert days == [
        ("trial-welcome", timedelta()),
        ("trial-tips", timedelta(days=3)),
        ("trial-feature-prompt", timedelta(days=7)),
        ("trial-expiring-soon", timedelta(days=12)),
        ("trial-expired", timedelta(days=14)),
    ]
    assert [(e.status, e.exit_reason) for e in await world.enrollments("trial-expiry")] == [("completed", None)]


async def test_who_activated_the_feature_is_not_prompted(world: World) -> None:
    await a_trial(world)
    await world.advance("0m")
    start = await world.now()

    await world.track("bob@example.com", "trial.started", contact={**TRIAL, "activatedFeature": True})
    await world.advance("14d")

    assert await world.mailed("bob@example.com", since=start) == [
        ("trial-welcome", timedelta()),
        ("trial-tips", timedelta(days=3)),
        ("trial-expiring-soon", timedelta(days=12)),
        ("trial-expired", timedelta(days=14)),
    ]


async def test_who_upgrades_leaves_before_the_next_step(world: World) -> None:
    await a_trial(world)
    await world.advance("0m")

    await world.track("carol@example.com", "trial.started", contact=TRIAL)
    await world.advance("4d")
    await world.track("carol@example.com", "plan.changed", contact={"plan": "pro"})
    await world.advance("10d")

    assert [mail.step for mail in await world.inbox("carol@example.com")] == ["trial-welcome", "trial-tips"]
    assert [(e.status, e.exit_reason) for e in await world.enrollments("trial-expiry")] == [
        ("exited", "exit_condition")
    ]


async def test_who_has_no_plan_leaves_before_the_first_mail(world: World) -> None:
    await a_trial(world)
    await world.advance("0m")

    await world.track("dave@example.com", "trial.started")
    await world.advance("1d")

    assert await world.inbox("dave@example.com") == []
    assert [e.exit_reason for e in await world.enrollments("trial-expiry")] == ["exit_condition"]
