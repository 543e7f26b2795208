"""From version to version: where a run stands when its step is there, was removed, or leads nowhere."""

from datetime import timedelta

from hypothesis import given, settings

from dripline.sequences.interpreter.model import Cursor
from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.walking import walk
from dripline.sequences.moving import redirect, target_version
from tests.makers.programs import NOON, RUNNABLE

LATER = NOON + timedelta(days=1)


def a_definition(*steps: str) -> Definition:
    """A definition with these steps, each as `id action…`."""
    text = "\n".join(f"  - {{ {step} }}" for step in steps)
    return name_steps(read_definition(f"trigger: {{ api: true }}\nsteps:\n{text or '  []'}"))


def delays(*ids: str) -> Definition:
    return a_definition(*(f"id: {each}, action: delay, duration: 1d" for each in ids))


def test_a_step_that_is_still_there_is_stood_at_as_before() -> None:
    found = redirect(delays("a", "b"), delays("b", "a"))

    assert found.leads_to == {}
    assert found.follow(Cursor("a", NOON, 3), now=LATER) == Cursor("a", NOON, 3)


def test_a_removed_step_leads_to_the_next_one_that_is_left() -> None:
    found = redirect(delays("a", "b", "c", "d"), delays("a", "d"))

    assert found.leads_to == {"b": "d", "c": "d"}
    assert found.follow(Cursor("b", NOON, 3), now=LATER) == Cursor("d", LATER, 3)


def test_a_removed_step_with_nothing_behind_it_leads_nowhere() -> None:
    found = redirect(delays("a", "b"), delays("a"))

    assert found.leads_to == {"b": None}
    assert found.follow(Cursor("b", NOON, 3), now=LATER) == Cursor("b", NOON, 3)


def test_the_last_step_of_a_branch_leads_behind_the_condition_and_never_into_the_other_branch() -> None:
    old = a_definition(
        "id: if, action: condition, tag: x, "
        "then: [ { id: yes, action: delay, duration: 1d } ], else: [ { id: no, action: delay, duration: 1d } ]",
        "id: after, action: delay, duration: 1d",
    )
    new = a_definition(
        "id: if, action: condition, tag: x, else: [ { id: no, action: delay, duration: 1d } ]",
        "id: after, action: delay, duration: 1d",
    )

    assert redirect(old, new).leads_to == {"yes": "after"}


def test_the_steps_inside_a_removed_one_are_passed_over_with_it() -> None:
    old = a_definition(
        "id: if, action: condition, tag: x, then: [ { id: yes, action: delay, duration: 1d } ]",
        "id: after, action: delay, duration: 1d",
    )

    assert redirect(old, delays("yes", "after")).leads_to == {"if": "after"}


def test_only_older_versions_are_moved() -> None:
    assert [target_version(version, 3) for version in (1, 2, 3, 4)] == [3, 3, 3, 4]
    assert target_version(2, 0) == 2


@settings(max_examples=100, deadline=None)
@given(old=RUNNABLE, new=RUNNABLE)
def test_nobody_is_led_to_a_step_that_is_not_there(old: Definition, new: Definition) -> None:
    leads_to = redirect(old, new).leads_to

    ids = {placed.step.id for placed in walk(new)}
    assert {placed.step.id for placed in walk(old)} - ids == set(leads_to)
    assert {step for step in leads_to.values() if step is not None} <= ids


@settings(max_examples=50, deadline=None)
@given(definition=RUNNABLE)
def test_publishing_the_same_steps_moves_nobody(definition: Definition) -> None:
    assert redirect(definition, definition).leads_to == {}
