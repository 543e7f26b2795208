"""Conditions that throw out whoever lacks a property: authors mean those who have another value."""

from collections.abc import Iterator
from typing import assert_never

from dripline.kernel.errors import Problem
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
from dripline.predicates.paths import is_always_there
from dripline.predicates.truth import holds
from dripline.predicates.walking import tests_in
from dripline.sequences.compiler.places import EXITS, each_of, steps_of
from dripline.sequences.interpreter.explaining import describe
from dripline.sequences.language.model import Condition, Definition, OnTrue


def true_when_missing(definition: Definition) -> Iterator[Problem]:
    """One warning for each condition that throws out whoever lacks a property."""
    for place, predicate in each_of(EXITS, definition.exit_conditions):
        if _holds_for_missing(predicate):
            yield place.problem(_missing_message(predicate, "exits before its first mail"))
    for place, step, _ in steps_of(definition):
        if isinstance(step, Condition) and step.on_true is OnTrue.EXIT and _holds_for_missing(step.test):
            yield place.problem(_missing_message(step.test, "exits here"))


def _holds_for_missing(predicate: Predicate) -> bool:
    return _for_missing(predicate) is True


def _for_missing(predicate: Predicate) -> bool | None:
    """What a condition says of a contact without properties; None where that depends on something else."""
    match predicate:
        case Comparison(path, operator, value):
            return None if is_always_there(path) else holds(operator, None, value)
        case DateTest(path=path):
            return None if is_always_there(path) else False
        case TagTest() | ListTest() | SegmentTest() | EventTest():
            return None
        case All(tests):
            return _joined([_for_missing(test) for test in tests], decided_by=False)
        case AnyOf(tests):
            return _joined([_for_missing(test) for test in tests], decided_by=True)
        case Not(test):
            inner = _for_missing(test)
            return None if inner is None else not inner
        case unreachable:
            assert_never(unreachable)


def _joined(values: list[bool | None], *, decided_by: bool) -> bool | None:
    if decided_by in values:
        return decided_by
    return None if None in values else not decided_by


def _missing_message(predicate: Predicate, consequence: str) -> str:
    paths = [test.path for test in tests_in(predicate) if isinstance(test, Comparison | DateTest)]
    name = next(path for path in paths if not is_always_there(path)).removeprefix("contact.properties.")
    return (
        f"{describe(predicate)} is true for contacts without `{name}`, so such a contact {consequence}. "
        f"An event can create a contact that has no properties; send them in the same call (`contact`)."
    )
