"""What a condition is: tests of one person, and how they are joined."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from dripline.kernel.values import Json

ANY = "*"
"""What stands for every tag, list or event where a test names one: on any list, any event at all."""


class Operator(StrEnum):
    """The ways to compare. `truth.holds` says what each means."""

    EQUALS = "equals"
    NOT_EQUALS = "notEquals"
    CONTAINS = "contains"
    NOT_CONTAINS = "notContains"
    STARTS_WITH = "startsWith"
    ENDS_WITH = "endsWith"
    GREATER_THAN = "greaterThan"
    LESS_THAN = "lessThan"
    GREATER_OR_EQUAL = "greaterThanOrEquals"
    LESS_OR_EQUAL = "lessThanOrEquals"
    EXISTS = "exists"
    NOT_EXISTS = "notExists"

    @property
    def takes_value(self) -> bool:
        """Whether there is something to compare with; only `exists` and `notExists` take nothing."""
        return self not in (Operator.EXISTS, Operator.NOT_EXISTS)


class Comparison(msgspec.Struct, frozen=True, tag="comparison"):
    """Compares one fact with a value.

    `path` is dotted: `contact.properties.plan`, `event.order.total`. `value` is None for `exists` and `notExists`.
    """

    path: str
    operator: Operator
    value: Json = None

    def __eq__(self, other: object) -> bool:
        # For Python 1, 1.0 and true are one value; for a condition they are not.
        return isinstance(other, Comparison) and self._written() == other._written()

    def __hash__(self) -> int:
        return hash(self._written())

    def _written(self) -> tuple[str, str, bytes]:
        return self.path, self.operator, msgspec.json.encode(self.value)


class Relation(StrEnum):
    """Where a date lies, seen from now. A missing date, and a value that is none, lies nowhere."""

    IN_THE_LAST = "inTheLast"
    MORE_THAN_AGO = "moreThanAgo"
    IN_THE_NEXT = "inTheNext"
    MORE_THAN_AHEAD = "moreThanAhead"


class DateTest(msgspec.Struct, frozen=True, tag="date"):
    """Where the date at `path` lies, seen from now; `duration` as `7d`.

    With t the date and d the duration: `inTheLast` now - d < t <= now; `moreThanAgo` t <= now - d;
    `inTheNext` now < t <= now + d; `moreThanAhead` t > now + d.
    """

    path: str
    relation: Relation
    duration: str


class TagTest(msgspec.Struct, frozen=True, tag="tag"):
    """Whether the contact has the tag, in its normal form."""

    tag: str


class ListTest(msgspec.Struct, frozen=True, tag="list"):
    """Whether the contact is on the list, named by id, slug or name."""

    list: str


class SegmentTest(msgspec.Struct, frozen=True, tag="segment"):
    """Whether the contact is in the segment, named by id, slug or name."""

    segment: str


class EventTest(msgspec.Struct, frozen=True, tag="event"):
    """Whether the event happened at least so often, with properties that pass all of `where`.

    In a sequence only what happened since the enrollment counts, in a segment whatever happened. `within` is a
    duration such as `7d`: only what happened in it, back from now, counts (now - within < t).
    """

    event: str
    where: tuple[Comparison, ...] = ()
    at_least: int = 1
    within: str | None = None


class All(msgspec.Struct, frozen=True, tag="all"):
    """Every one of them is true. Of none, it is false: an empty filter matches nobody."""

    tests: tuple["Predicate", ...]


class AnyOf(msgspec.Struct, frozen=True, tag="any"):
    """At least one of them is true."""

    tests: tuple["Predicate", ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """It is not true."""

    test: "Predicate"


Predicate: TypeAlias = Comparison | DateTest | TagTest | ListTest | SegmentTest | EventTest | All | AnyOf | Not
