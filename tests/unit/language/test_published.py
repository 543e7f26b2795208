"""The published examples read as what they say."""

import pytest

from dripline.predicates.model import Comparison, Operator, SegmentTest
from dripline.sequences.language.model import (
    ApiTrigger,
    Condition,
    Definition,
    Delay,
    Email,
    EventTrigger,
    OnTrue,
    Step,
    Trigger,
)
from dripline.sequences.language.reading import read_definition
from tests.makers import published


def _is_true(path: str) -> Comparison:
    return Comparison(path, Operator.EQUALS, True)


def test_the_onboarding_sequence_reads() -> None:
    completed = _is_true("contact.properties.hasCompletedOnboarding")

    definition = read_definition(published.ONBOARDING)

    assert definition == Definition(
        trigger=EventTrigger("signup.completed"),
        steps=(
            Email(template="welcome-email"),
            Delay(duration="1d"),
            Email(template="getting-started"),
            Delay(duration="3d"),
            Condition(test=completed, on_true=OnTrue.EXIT),
            Email(template="onboarding-reminder"),
        ),
    )


def test_the_trial_expiry_sequence_reads() -> None:
    activated = _is_true("contact.properties.activatedFeature")

    definition = read_definition(published.TRIAL_EXPIRY)

    assert definition == Definition(
        trigger=EventTrigger("trial.started"),
        exit_conditions=(Comparison("contact.properties.plan", Operator.NOT_EQUALS, "trial"),),
        steps=(
            Email(template="trial-welcome"),
            Delay(duration="3d"),
            Email(template="trial-tips"),
            Delay(duration="4d"),
            Condition(test=activated, on_true=OnTrue.SKIP),
            Email(template="trial-feature-prompt"),
            Delay(duration="5d"),
            Email(template="trial-expiring-soon"),
            Delay(duration="2d"),
            Email(template="trial-expired"),
        ),
    )


def test_the_purchase_sequence_reads() -> None:
    definition = read_definition(published.PURCHASE)

    assert definition == Definition(
        trigger=EventTrigger("purchase.completed"),
        steps=(
            Email(template="order-confirmation"),
            Delay(duration="3d"),
            Email(template="review-request"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "trigger"),
    [(published.EVENT_TRIGGER, EventTrigger("purchase.completed")), (published.API_TRIGGER, ApiTrigger())],
)
def test_each_form_of_trigger_reads(text: str, trigger: Trigger) -> None:
    definition = read_definition(f"{text}\nsteps: []\n")

    assert definition == Definition(trigger=trigger, steps=())


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (published.EMAIL_STEP, Email(template="welcome-email")),
        (published.DELAY_STEP, Delay(duration="3d")),
        (
            published.CONDITION_STEP,
            Condition(test=_is_true("contact.properties.isVip"), on_true=OnTrue.SKIP),
        ),
        (published.SEGMENT_STEP, Condition(test=SegmentTest("high-value-customers"), on_true=OnTrue.EXIT)),
    ],
)
def test_each_form_of_step_reads(text: str, step: Step) -> None:
    definition = read_definition(f"trigger:\n  api: true\nsteps:\n{text}")

    assert definition == Definition(trigger=ApiTrigger(), steps=(step,))


def test_the_exit_conditions_read() -> None:
    definition = read_definition(f"trigger: {{api: true}}\n{published.EXIT_CONDITIONS}steps: []\n")

    assert definition.exit_conditions == (
        _is_true("contact.unsubscribed"),
        _is_true("contact.properties.hasConverted"),
    )
