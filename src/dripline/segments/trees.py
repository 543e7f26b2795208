"""The tree of a segment's rules: kept as JSON, its names turned into ids, other segments put in the place of theirs.

Pure.
"""

from collections.abc import Callable, Mapping
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dripline.kernel.ids import SegmentId, read, show
from dripline.kernel.values import Json
from dripline.predicates.model import (
    ANY,
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
from dripline.predicates.walking import Test, lists_in, segments_in, tests_in
from dripline.segments.company import Kind


def write_tree(tree: Predicate) -> Json:
    """The tree as JSON."""
    written: Json = msgspec.to_builtins(tree)
    return written


def read_tree(value: Mapping[str, Any]) -> Predicate:
    """The tree that `write_tree` wrote."""
    fields = {name: inner for name, inner in value.items() if name != "type"}
    match value["type"]:
        case "comparison":
            return _comparison(value)
        case "date":
            return DateTest(**{**fields, "relation": Relation(fields["relation"])})
        case "tag":
            return TagTest(**fields)
        case "list":
            return ListTest(**fields)
        case "segment":
            return SegmentTest(**fields)
        case "event":
            return EventTest(**{**fields, "where": tuple(_comparison(each) for each in fields["where"])})
        case "all":
            return All(tuple(read_tree(each) for each in fields["tests"]))
        case "any":
            return AnyOf(tuple(read_tree(each) for each in fields["tests"]))
        case "not":
            return Not(read_tree(fields["test"]))
        case kind:
            raise ValueError(f"a tree of the kind {kind!r}")


def with_ids(tree: Predicate, lists: Mapping[str, UUID], segments: Mapping[str, UUID]) -> Predicate:
    """The tree with lists and segments by id, so that it means the same when they are called otherwise."""

    def change(test: Test) -> Predicate:
        match test:
            case ListTest(name) if name != ANY:
                return ListTest(show("list", lists[name]))
            case SegmentTest(name):
                return SegmentTest(show("segment", segments[name]))
            case _:
                return test

    return _replace(tree, change)


def expand(tree: Predicate, wholes: Mapping[SegmentId, Predicate]) -> Predicate:
    """A tree `with_ids` with the whole trees of other segments in the place of their ids."""

    def change(test: Test) -> Predicate:
        return wholes[_segment_id(test.segment)] if isinstance(test, SegmentTest) else test

    return _replace(tree, change)


def refs_of(tree: Predicate) -> frozenset[SegmentId]:
    """The segments that a tree `with_ids` names."""
    return frozenset(_segment_id(name) for name in segments_in(tree))


def list_ids(tree: Predicate) -> dict[str, UUID]:
    """What the names of lists in a tree `with_ids` stand for."""
    found = {name: read("list", name) for name in lists_in(tree)}
    return {name: list_id for name, list_id in found.items() if list_id is not None}


def kinds_in(tree: Predicate) -> frozenset[Kind]:
    """What a tree asks whether contacts belong to it."""
    return frozenset(kind for test in tests_in(tree) if (kind := kind_of(test)) is not None)


def kind_of(test: Test) -> Kind | None:
    """What a test asks whether contacts belong to it; None when it asks for something else."""
    match test:
        case TagTest() | Comparison("contact.tags"):
            return Kind.TAG
        case ListTest():
            return Kind.LIST
        case SegmentTest():
            return Kind.SEGMENT
        case _:
            return None


def _segment_id(name: str) -> SegmentId:
    found = read("segment", name)
    assert found is not None
    return SegmentId(found)


def _replace(tree: Predicate, change: Callable[[Test], Predicate]) -> Predicate:
    match tree:
        case All(tests):
            return All(tuple(_replace(test, change) for test in tests))
        case AnyOf(tests):
            return AnyOf(tuple(_replace(test, change) for test in tests))
        case Not(test):
            return Not(_replace(test, change))
        case Comparison() | DateTest() | TagTest() | ListTest() | SegmentTest() | EventTest():
            return change(tree)
        case unreachable:
            assert_never(unreachable)


def _comparison(value: Mapping[str, Any]) -> Comparison:
    return Comparison(value["path"], Operator(value["operator"]), value["value"])
