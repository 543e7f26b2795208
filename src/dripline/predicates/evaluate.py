"""Evaluating a condition against what is known about one contact."""

from datetime import datetime
from typing import Protocol, assert_never

from dripline.kernel.durations import parse_duration
from dripline.kernel.values import Json
from dripline.predicates.model import (
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.predicates.truth import holds, moment


class Facts(Protocol):
    """What is known when a condition is looked at."""

    @property
    def now(self) -> datetime:
        """The time of the look, aware."""
        ...

    def look_up(self, path: str) -> Json:
        """The value at a dotted path, or None when there is none."""
        ...

    def has_tag(self, tag: str) -> bool:
        """Whether the contact has a tag."""
        ...

    def is_on_list(self, name: str) -> bool:
        """Whether the contact is on the list of that name; False where there is no such list."""
        ...

    def is_in_segment(self, name: str) -> bool:
        """Whether the contact is in the segment of that name; False where there is no such segment."""
        ...

    def count(self, test: EventTest) -> int:
        """How many events pass the test, whatever number it asks for."""
        ...


def evaluate(predicate: Predicate, facts: Facts) -> bool:
    """Whether the condition is true of these facts."""
    match predicate:
        case Comparison():
            return holds(predicate.operator, facts.look_up(predicate.path), predicate.value)
        case DateTest():
            return _lies(predicate, facts)
        case TagTest(tag):
            return facts.has_tag(tag)
        case ListTest(name):
            return facts.is_on_list(name)
        case SegmentTest(name):
            return facts.is_in_segment(name)
        case EventTest():
            return facts.count(predicate) >= predicate.at_least
        case All(tests):
            return bool(tests) and all(evaluate(test, facts) for test in tests)
        case AnyOf(tests):
            return any(evaluate(test, facts) for test in tests)
        case Not(test):
            return not evaluate(test, facts)
        case unreachable:
            assert_never(unreachable)


def _lies(test: DateTest, facts: Facts) -> bool:
    found = facts.look_up(test.path)
    at = moment(found) if isinstance(found, str) else None
    if at is None:
        return False
    duration = parse_duration(test.duration)
    match test.relation:
        case Relation.IN_THE_LAST:
            return facts.now - duration < at <= facts.now
        case Relation.MORE_THAN_AGO:
            return at <= facts.now - duration
        case Relation.IN_THE_NEXT:
            return facts.now < at <= facts.now + duration
        case Relation.MORE_THAN_AHEAD:
            return at > facts.now + duration
        case unreachable:
            assert_never(unreachable)
