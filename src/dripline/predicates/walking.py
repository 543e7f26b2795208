"""Walking through a condition: all the tests in it, however they are joined."""

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from dripline.predicates.model import (
    ANY,
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

Test: TypeAlias = Comparison | DateTest | TagTest | ListTest | SegmentTest | EventTest


def tests_in(predicate: Predicate) -> Iterator[Test]:
    """Each single test, in the order in which they stand."""
    match predicate:
        case Comparison() | DateTest() | TagTest() | ListTest() | SegmentTest() | EventTest():
            yield predicate
        case All(tests) | AnyOf(tests):
            for test in tests:
                yield from tests_in(test)
        case Not(test):
            yield from tests_in(test)
        case unreachable:
            assert_never(unreachable)


def depth_of(predicate: Predicate) -> int:
    """How many levels it has: a single test is one."""
    match predicate:
        case All(tests) | AnyOf(tests):
            return 1 + max((depth_of(test) for test in tests), default=0)
        case Not(test):
            return 1 + depth_of(test)
        case _:
            return 1


def lists_in(predicate: Predicate) -> set[str]:
    """The lists that it names, as it names them."""
    return {test.list for test in tests_in(predicate) if isinstance(test, ListTest)} - {ANY}


def segments_in(predicate: Predicate) -> set[str]:
    """The segments that it names, as it names them."""
    return {test.segment for test in tests_in(predicate) if isinstance(test, SegmentTest)}


def events_in(predicate: Predicate) -> tuple[EventTest, ...]:
    """The tests of events in it, each once: what must be counted before it can be evaluated."""
    return tuple(dict.fromkeys(test for test in tests_in(predicate) if isinstance(test, EventTest)))
