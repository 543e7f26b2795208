"""Writing conditions: the mapping that reading takes for the same condition."""

from collections.abc import Mapping, Sequence
from typing import assert_never

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
    SegmentTest,
    TagTest,
)


def predicate_to_json(predicate: Predicate) -> Mapping[str, Json]:
    """The condition in the grammar that its author writes."""
    match predicate:
        case Comparison():
            return _comparison(predicate)
        case DateTest(path, relation, duration):
            return {"property": path, "operator": str(relation), "value": duration}
        case TagTest(tag):
            return {"tag": tag}
        case ListTest(name):
            return {"list": name}
        case SegmentTest(name):
            return {"segment": name}
        case EventTest():
            return _event(predicate)
        case All(tests):
            return {"all": [predicate_to_json(test) for test in tests]}
        case AnyOf(tests):
            return {"any": [predicate_to_json(test) for test in tests]}
        case Not(test):
            return {"not": predicate_to_json(test)}
        case unreachable:
            assert_never(unreachable)


def comparisons_to_json(comparisons: Sequence[Comparison]) -> list[Json]:
    """The comparisons of a filter."""
    return [_comparison(comparison) for comparison in comparisons]


def _comparison(comparison: Comparison) -> Mapping[str, Json]:
    head = {"property": comparison.path, "operator": str(comparison.operator)}
    return {**head, "value": comparison.value} if comparison.operator.takes_value else head


def _event(test: EventTest) -> Mapping[str, Json]:
    written: dict[str, Json] = {"event": test.event}
    if test.where:
        written["where"] = comparisons_to_json(test.where)
    if test.at_least != 1:
        written["atLeast"] = test.at_least
    if test.within is not None:
        written["within"] = test.within
    return written
