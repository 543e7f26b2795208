"""What time alone can change about a condition: the moments at which its tests flip."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from dripline.kernel.durations import parse_duration
from dripline.predicates.model import DateTest, EventTest, Predicate, Relation
from dripline.predicates.walking import tests_in


@dataclass(frozen=True, slots=True)
class DateBoundary:
    """A contact may flip when time passes t + `shift`, with t the date at `path`.

    t of `contact.createdAt` and `contact.updatedAt` has whole milliseconds: what is finer is cut off.
    """

    path: str
    shift: timedelta


@dataclass(frozen=True, slots=True)
class EventBoundary:
    """A contact may flip when time passes t + `shift`, with t the time at which an event of that name occurred.

    With no shift only events count that occurred after they were recorded, by a clock that runs ahead: all others are
    looked at when they are recorded.
    """

    event: str
    shift: timedelta


Boundary: TypeAlias = DateBoundary | EventBoundary
"""In a sweep from t0 to t1 those may flip for whom t0 < t + shift <= t1."""

_NONE = timedelta()


def boundaries(predicate: Predicate) -> tuple[Boundary, ...]:
    """Each boundary in the condition, once."""
    return tuple(dict.fromkeys(boundary for test in tests_in(predicate) for boundary in _of_test(test)))


def _of_test(test: Predicate) -> Iterator[Boundary]:
    match test:
        case DateTest(path, relation, duration):
            yield from (DateBoundary(path, shift) for shift in _shifts(relation, parse_duration(duration)))
        case EventTest(event=event, within=within) if within is not None:
            yield from (EventBoundary(event, shift) for shift in (_NONE, parse_duration(within)))
        case _:
            return


def _shifts(relation: Relation, duration: timedelta) -> tuple[timedelta, ...]:
    match relation:
        case Relation.IN_THE_LAST:
            return _NONE, duration
        case Relation.MORE_THAN_AGO:
            return (duration,)
        case Relation.IN_THE_NEXT:
            return -duration, _NONE
        case Relation.MORE_THAN_AHEAD:
            return (-duration,)
