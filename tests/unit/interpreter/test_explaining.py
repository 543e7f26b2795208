"""Reasons are written for people."""

import pytest
from hypothesis import given, settings

from dripline.kernel.values import Json
from dripline.predicates.evaluate import evaluate
from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Operator,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.sequences.interpreter.explaining import describe, explain
from tests.makers.programs import KNOWN, NOON, PREDICATES, KnownFacts

PLAN = Comparison("event.plan", Operator.EQUALS, "pro")
KNOWING = KnownFacts(
    {"event.plan": "trial", "event.at": "2030-01-03"},
    tags=frozenset({"vip"}),
    lists=frozenset({"news"}),
    segments=frozenset({"active"}),
    events={"login": NOON},
)


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
    assert explain(Comparison("event.plan", operator, value), KnownFacts({"event.plan": found})) == expected


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (TagTest("vip"), 'the contact has the tag "vip"'),
        (TagTest("lead"), 'the contact does not have the tag "lead"'),
        (ListTest("news"), 'the contact is on the list "news"'),
        (ListTest("shop"), 'the contact is not on the list "shop"'),
        (SegmentTest("active"), 'the contact is in the segment "active"'),
        (SegmentTest("gone"), 'the contact is not in the segment "gone"'),
        (EventTest("login"), "login happened once"),
        (EventTest("logout", within="7d"), "logout within 7d never happened"),
        (
            EventTest("login", (PLAN,), at_least=3),
            'login where event.plan equals "pro" happened once (at least 3 asked for)',
        ),
        (
            DateTest("event.at", Relation.IN_THE_NEXT, "7d"),
            'event.at is "2030-01-03": inTheNext 7d holds',
        ),
        (Not(TagTest("vip")), 'the contact has the tag "vip"'),
    ],
)
def test_every_test_says_what_is_so(predicate: Predicate, expected: str) -> None:
    assert explain(predicate, KNOWING) == expected


def test_of_conditions_that_are_joined_only_those_that_decide_are_named() -> None:
    vip, lead = TagTest("vip"), TagTest("lead")
    has, lacks = 'the contact has the tag "vip"', 'the contact does not have the tag "lead"'

    assert explain(AnyOf((lead, vip)), KNOWING) == has
    assert explain(All((vip, lead)), KNOWING) == lacks
    assert explain(All((vip, Not(lead))), KNOWING) == f"{has}; {lacks}"
    assert explain(AnyOf((lead, Not(vip))), KNOWING) == f"{lacks}; {has}"


def test_a_long_explanation_is_cut() -> None:
    assert len(explain(All((Not(TagTest("lead")),) * 100), KNOWING)) == 400


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (Comparison("contact.email", Operator.CONTAINS, "@example.com"), 'contact.email contains "@example.com"'),
        (DateTest("event.at", Relation.MORE_THAN_AGO, "30d"), "event.at moreThanAgo 30d"),
        (
            All((TagTest("vip"), AnyOf((ListTest("a"), SegmentTest("b"))), Not(EventTest("login")))),
            'all of (tag "vip", any of (list "a", segment "b"), not (event "login"))',
        ),
    ],
)
def test_a_description_is_the_condition_on_one_line(predicate: Predicate, expected: str) -> None:
    assert describe(predicate) == expected


@settings(max_examples=100, deadline=None)
@given(PREDICATES, KNOWN)
def test_every_condition_can_be_explained(predicate: Predicate, known: KnownFacts) -> None:
    before = evaluate(predicate, known)

    assert explain(predicate, known)
    assert describe(predicate)
    assert evaluate(predicate, known) is before
