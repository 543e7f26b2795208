"""Why a condition was true or false, in plain words."""

import json
from collections.abc import Iterable
from typing import assert_never

from dripline.kernel.values import Json
from dripline.predicates.evaluate import Facts, evaluate
from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Predicate,
    SegmentTest,
    TagTest,
)
from dripline.predicates.truth import holds

_LONGEST = 80
_LONGEST_REASON = 400

# Not msgspec: it refuses numbers beyond 64 bits, which a contact may have.
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def weigh(predicate: Predicate, facts: Facts) -> tuple[bool, str]:
    """Whether a condition is true, and what decided: `contact.properties.plan is missing: notEquals "trial" holds`.

    Of conditions that are joined, only those that made it true or false are named.
    """
    if isinstance(predicate, Comparison):
        # Most are, and each is written down: looked up and compared once.
        found = facts.look_up(predicate.path)
        is_true = holds(predicate.operator, found, predicate.value)
        return is_true, _found(predicate, found, is_true)
    text = "; ".join(_reasons(predicate, facts))
    short = text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"
    return evaluate(predicate, facts), short


def explain(predicate: Predicate, facts: Facts) -> str:
    """What decided a condition."""
    return weigh(predicate, facts)[1]


def describe(predicate: Predicate) -> str:
    """The condition as its author wrote it, on one line."""
    match predicate:
        case Comparison(path=path) | DateTest(path=path):
            return f"{path} {_test(predicate)}"
        case TagTest(tag):
            return f"tag {show_value(tag)}"
        case ListTest(name):
            return f"list {show_value(name)}"
        case SegmentTest(name):
            return f"segment {show_value(name)}"
        case EventTest(name):
            return f"event {show_value(name)}{_narrowed(predicate)}"
        case All(tests):
            return f"all of ({', '.join(map(describe, tests))})"
        case AnyOf(tests):
            return f"any of ({', '.join(map(describe, tests))})"
        case Not(test):
            return f"not ({describe(test)})"
        case unreachable:
            assert_never(unreachable)


def show_value(value: Json) -> str:
    """The value as JSON, cut when it is long."""
    if value is True or value is False:
        return "true" if value else "false"
    # A number is written for every condition that is passed; the encoder takes ten times as long for it.
    text = repr(value) if isinstance(value, int | float) else _encode(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _reasons(predicate: Predicate, facts: Facts) -> Iterable[str]:
    match predicate:
        case Comparison(path=path) | DateTest(path=path):
            return (_found(predicate, facts.look_up(path), evaluate(predicate, facts)),)
        case TagTest(tag):
            return (_stands(facts.has_tag(tag), "has", "does not have", f"the tag {show_value(tag)}"),)
        case ListTest(name):
            return (_stands(facts.is_on_list(name), "is on", "is not on", f"the list {show_value(name)}"),)
        case SegmentTest(name):
            return (_stands(facts.is_in_segment(name), "is in", "is not in", f"the segment {show_value(name)}"),)
        case EventTest():
            return (_happened(predicate, facts.count(predicate)),)
        case All(tests):
            return _deciding(tests, facts, decided_by=False) or ("all of nothing is false",)
        case AnyOf(tests):
            return _deciding(tests, facts, decided_by=True) or ("any of nothing is false",)
        case Not(test):
            return _reasons(test, facts)
        case unreachable:
            assert_never(unreachable)


def _deciding(tests: Iterable[Predicate], facts: Facts, *, decided_by: bool) -> list[str]:
    """The reasons of the first test that decides alone, or those of all when none does."""
    every: list[str] = []
    for test in tests:
        if evaluate(test, facts) is decided_by:
            return list(_reasons(test, facts))
        every += _reasons(test, facts)
    return every


def _found(test: Comparison | DateTest, found: Json, is_true: bool) -> str:
    fact = "is missing" if found is None else f"is {show_value(found)}"
    return f"{test.path} {fact}: {_test(test)} {'holds' if is_true else 'does not hold'}"


def _stands(is_true: bool, holds: str, does_not: str, what: str) -> str:
    return f"the contact {holds if is_true else does_not} {what}"


def _happened(test: EventTest, count: int) -> str:
    times = {0: "never happened", 1: "happened once"}.get(count, f"happened {count} times")
    least = f" (at least {test.at_least} asked for)" if test.at_least > 1 else ""
    return f"{test.event}{_narrowed(test)} {times}{least}"


def _narrowed(test: EventTest) -> str:
    where = f" where {', '.join(map(describe, test.where))}" if test.where else ""
    within = f" within {test.within}" if test.within is not None else ""
    return f"{where}{within}"


def _test(test: Comparison | DateTest) -> str:
    if isinstance(test, DateTest):
        return f"{test.relation} {test.duration}"
    return f"{test.operator} {show_value(test.value)}" if test.operator.takes_value else str(test.operator)
