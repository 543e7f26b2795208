"""Reasons are written for people."""

import pytest

from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Operator
from dripline.sequences.interpreter.explaining import describe, explain


@pytest.mark.parametrize(
    ("operator", "value", "found", "expected"),
    [
        (Operator.NOT_EQUALS, "trial", None, 'event.plan is missing: notEquals "trial" holds'),
        (Operator.EQUALS, True, 1, "event.plan is 1: equals true does not hold"),
        (Operator.EXISTS, None, ["ü"], 'event.plan is ["ü"]: exists holds'),
        (Operator.GREATER_THAN, 3, 10**30, f"event.plan is {10**30}: greaterThan 3 holds"),
        (Operator.CONTAINS, "y", "x" * 100, f'event.plan is "{"x" * 78}…: contains "y" does not hold'),
    ],
)
def test_an_explanation_names_what_was_found(operator: Operator, value: Json, found: Json, expected: str) -> None:
    assert explain(Comparison("event.plan", operator, value), found) == expected


def test_a_description_is_the_condition_on_one_line() -> None:
    comparison = Comparison("contact.email", Operator.CONTAINS, "@example.com")

    assert describe(comparison) == 'contact.email contains "@example.com"'
