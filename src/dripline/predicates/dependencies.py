"""What can change a condition: the keys of the facts after which it must be looked at again."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias, assert_never
from uuid import UUID

from dripline.predicates.model import (
    ANY,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Predicate,
    SegmentTest,
    TagTest,
)
from dripline.predicates.walking import Test, tests_in

Key: TypeAlias = tuple[str, str]
"""Kind and key of a fact, as its listeners are found by."""

# A new contact has no value yet, and that may be what is asked for.
_ADDED: Key = ("contact", "added")


def keys_of(predicate: Predicate, lists: Mapping[str, UUID], segments: Mapping[str, UUID]) -> set[Key]:
    """The keys of all facts that can make it true or false. What a name does not lead to changes nothing.

    Time can do so too: see `boundaries`.
    """
    return {_ADDED}.union(*(_keys(test, lists, segments) for test in tests_in(predicate)))


def _keys(test: Test, lists: Mapping[str, UUID], segments: Mapping[str, UUID]) -> Iterator[Key]:
    match test:
        case Comparison(path=path) | DateTest(path=path):
            yield from _keys_of_path(path)
        case TagTest(tag):
            yield from (("tag", tag), ("untag", tag))
        case ListTest(name):
            if (list_key := ANY if name == ANY else _shown(lists.get(name))) is not None:
                yield from (("list", list_key), ("unlist", list_key))
        case SegmentTest(name):
            if (segment_key := _shown(segments.get(name))) is not None:
                yield from (("segment", segment_key), ("unsegment", segment_key))
        case EventTest(event, where):
            yield ("event", event)
            for comparison in where:
                yield from _keys_of_path(comparison.path)
        case unreachable:
            assert_never(unreachable)


def _keys_of_path(path: str) -> Iterator[Key]:
    match path.split("."):
        case ["contact", "tags"]:
            yield from (("tag", ANY), ("untag", ANY))
        case ["contact", "subscribed"]:
            yield ("field", "unsubscribed")
        case ["contact", "properties", name, *inner]:
            # A name may have dots in it, and then it is the whole of it that changes.
            yield from (("property", ".".join([name, *inner[:count]])) for count in range(len(inner) + 1))
        case ["contact", name]:
            yield ("field", name)
        case _:
            # Of an event that has happened nothing changes.
            return


def _shown(found: UUID | None) -> str | None:
    return str(found) if found is not None else None
