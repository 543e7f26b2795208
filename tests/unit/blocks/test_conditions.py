"""A condition of a block says in a mail what it says everywhere else."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.predicates.model import Operator
from dripline.predicates.truth import holds
from dripline.templates.blocks.conditions import asked, read_condition
from dripline.templates.liquid.checking import check
from dripline.templates.liquid.environment import environment, render
from dripline.templates.scope import scope

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6) | st.sampled_from(
    ['"', "'", "%}", "}}", "{{ x }}", "a+b", "<&>", "\n", "2026-01-01"]
)
VALUES = TEXTS | st.integers(-(10**6), 2**63 - 1) | st.booleans() | st.floats(-1e6, 1e6)
FOUND = st.none() | VALUES | st.lists(VALUES, max_size=2)


def truth(
    condition: Mapping[str, Any], properties: Mapping[str, Any], *, tags: Sequence[str] = (), escapes: bool = True
) -> bool:
    predicate, problems = read_condition(condition, "condition")
    assert predicate is not None, problems
    numbers = count()
    liquid, name = asked(predicate, lambda: f"test_{next(numbers)}")
    source = f"{liquid}{{% if {name} %}}yes{{% endif %}}"
    assert check(source, "html").problems == ()
    names = scope({"email": "ada@example.com", "tags": tags, "properties": properties}, {"total": 3})
    return render(environment(autoescape=escapes).from_string(source), names) == "yes"


@settings(max_examples=300)
@given(st.sampled_from(list(Operator)), VALUES, FOUND, st.booleans())
def test_every_operator_follows_the_truth_table(operator: Operator, value: Any, found: Any, escapes: bool) -> None:
    wanted = {"value": value} if operator.takes_value else {}
    condition = {"property": "contact.properties.it", "operator": operator.value, **wanted}

    assert truth(condition, {"it": found}, escapes=escapes) == holds(operator, found, value)


@settings(max_examples=60)
@given(TEXTS.filter(lambda name: name and "." not in name))
def test_a_property_may_have_any_name(name: str) -> None:
    condition = {"property": f"contact.properties.{name}", "operator": "equals", "value": 1}

    assert truth(condition, {name: 1})
    assert not truth(condition, {name: 2})


@pytest.mark.parametrize("a", [True, False])
@pytest.mark.parametrize("b", [True, False])
@pytest.mark.parametrize("c", [True, False])
def test_conditions_are_joined_as_they_are_nested(a: bool, b: bool, c: bool) -> None:
    one, two, three = (
        {"property": f"contact.properties.{name}", "operator": "equals", "value": True} for name in ("a", "b", "c")
    )
    properties = {"a": a, "b": b, "c": c}

    assert truth({"all": [one, {"any": [two, {"not": three}]}]}, properties) == (a and (b or not c))
    assert truth({"any": [one, {"all": [two, three]}]}, properties) == (a or (b and c))


def test_a_tag_is_had_or_not() -> None:
    assert truth({"tag": "Early Bird"}, {}, tags=["early-bird", "other"])
    assert truth({"not": {"tag": "early-bird"}}, {}, tags=["early"])


def test_fields_of_the_contact_and_the_event_are_known() -> None:
    assert truth({"property": "contact.email", "operator": "endsWith", "value": "@EXAMPLE.com"}, {})
    assert truth({"property": "event.total", "operator": "greaterThan", "value": 2.5}, {})


@pytest.mark.parametrize(
    ("condition", "unknown"),
    [
        ({"list": "x"}, "a list"),
        ({"segment": "x"}, "a segment"),
        ({"not": {"event": "login"}}, "an event that happened"),
        ({"property": "contact.subscribed", "operator": "equals", "value": True}, "contact.subscribed"),
        ({"property": "event.at", "operator": "inTheLast", "value": "7d"}, "where a date lies from now"),
    ],
)
def test_what_a_mail_does_not_know_is_refused(condition: dict[str, Any], unknown: str) -> None:
    predicate, [problem] = read_condition(condition, "blocks[0].condition")

    assert predicate is None
    assert (problem.path, problem.message) == (
        "blocks[0].condition",
        f"asks for {unknown}, which a mail does not know",
    )
