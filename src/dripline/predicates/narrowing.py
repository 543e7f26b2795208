"""What is left of a condition when only some of its tests can be decided yet.

What a contact's own row says often settles the whole: then nothing else about them has to be read.
"""

from collections.abc import Callable
from typing import assert_never

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
from dripline.predicates.walking import Test


def narrow(predicate: Predicate, facts: Facts, is_open: Callable[[Test], bool]) -> Predicate | bool:
    """Whether the condition is true, or else the condition that decides it: of tests alone that are still open."""
    match predicate:
        case Comparison() | DateTest() | TagTest() | ListTest() | SegmentTest() | EventTest():
            return predicate if is_open(predicate) else evaluate(predicate, facts)
        case All(tests):
            return _join(All, tests, facts, is_open, settles=False) if tests else False
        case AnyOf(tests):
            return _join(AnyOf, tests, facts, is_open, settles=True)
        case Not(test):
            left = narrow(test, facts, is_open)
            return not left if isinstance(left, bool) else Not(left)
        case unreachable:
            assert_never(unreachable)


def _join(
    kind: type[All | AnyOf],
    tests: tuple[Predicate, ...],
    facts: Facts,
    is_open: Callable[[Test], bool],
    *,
    settles: bool,
) -> Predicate | bool:
    left: list[Predicate] = []
    for test in tests:
        narrowed = narrow(test, facts, is_open)
        if narrowed is settles:
            return settles
        if not isinstance(narrowed, bool):
            left.append(narrowed)
    match left:
        case []:
            return not settles
        case [only]:
            return only
        case _:
            return kind(tuple(left))
