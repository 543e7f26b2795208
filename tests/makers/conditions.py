"""Makers of conditions, and of the people that they ask about: mostly values that are easily mistaken for others."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from hypothesis import strategies as st

from dripline.kernel.values import Json
from dripline.predicates.model import (
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
from tests.makers.programs import NOON, make

TAGS = ("vip", "saas.monthly", "past-due")
LISTS = ("newsletter", "customers")
SEGMENTS = ("power-users", "churned")
EVENTS = ("order.placed", "email.opened")
DURATIONS = ("0m", "1h", "7d")

# Around now, and around the borders of the durations; with and without a zone, in part no dates at all.
_NEAR = [NOON + sign * size for sign in (1, -1) for size in (timedelta(), timedelta(hours=1), timedelta(days=7))]
TIMES = [at + timedelta(microseconds=more) for at in _NEAR for more in (-1000, -1, 0, 1, 999, 1000)]
_DATES = (
    *(at.isoformat() for at in TIMES),
    *(at.isoformat(timespec="milliseconds").replace("+00:00", "z") for at in TIMES),
    "2030-01-01",
    "2029-12-25",
    "2030-01-01 12:00",
    "2030-01-01t12:00:00Z",
    "2030-01-01T14:00:00+02:00",
    "2030-01-01T12:00:00.123456789Z",
    "2030-01-01T12:00:00.123456Z",
    "2030-01-01T12:00:60Z",
    "2030-01-01T24:00:00Z",
    "2029-02-29",
    "2028-02-29",
    "1900-02-29",
    "2030-04-31",
    "0000-01-01",
    "0001-01-01",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59-23:59",
    "2030-01-01\n",
    "20300101",
    "now",
    "infinity",
)
_LETTERS = (
    "a",
    "A",
    "ß",
    "ẞ",
    "ss",
    "\u03c3",
    "ς",
    "Σ",
    "İ",
    "i",
    "I",
    "\u0131",
    "k",
    "K",
    "\u212a",
    "s",
    "\u017f",
    "Å",
    "å",
)
_MORE_LETTERS = ("\u212b", "\U00010400", "\U00010428", "e\u0301", "É", "é", "%", "_", "\\", "'", '"', "{", " ", "$1")
_WORDS = st.lists(st.sampled_from(_LETTERS + _MORE_LETTERS), max_size=3).map("".join)
DATES = st.sampled_from(_DATES)
TEXTS = _WORDS | DATES | st.sampled_from(("1", "1.0", "true", "null", "trial", "Trial", "", *TAGS))
NUMBERS: st.SearchStrategy[int | float] = st.sampled_from(
    (0, 1, -1, 1.0, -0.0, 0.1, 1.5, 2**53, 2**53 + 1, 2.0**53, 2**63, 9.223372036854776e18, 9223372036854776000)
) | st.sampled_from((2**64 - 1, -(2**63), 1e300, 1e-300, 1e22, 1e23, 123456789012345678, 0.30000000000000004))
SCALARS: st.SearchStrategy[Json] = st.booleans() | NUMBERS | TEXTS
NAMES = ("a", "b", "a.b", "b.c", "a.b.c", "c", "plan")
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
# Few different values on the outside, so that conditions often meet what they ask for.
_FEW: st.SearchStrategy[Json] = st.sampled_from(
    (1, 2, True, "trial", "Trial", "2030-01-01", "2029-12-25T12:00Z", "vip")
)
PROPERTIES: st.SearchStrategy[Mapping[str, Json]] = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(_FEW, DATES, VALUES), min_size=1, max_size=6
)

_INNER = st.sampled_from(NAMES) | st.sampled_from((*NAMES, "a.a", "b.b.c", "missing", "a.b.c.a.b.c"))
_FIXED = ("email", "userId", "timezone", "unsubscribed", "subscribed", "suppressed", "createdAt", "updatedAt", "tags")
OWN_PATHS = _INNER.map("contact.properties.{}".format) | st.sampled_from([f"contact.{name}" for name in _FIXED])
EVENT_PATHS = _INNER.map("event.{}".format)


def related(found: Json) -> st.SearchStrategy[Json]:
    """Values that are easily taken for another one, or stand in some relation to it."""
    near: list[Json] = [found, [found]]
    match found:
        case bool():
            near += [int(found), str(found).lower()]
        case int() | float():
            near += [float(found), int(found), str(found), found + 1, found - 1, found * 1.0000000000000002]
        case str():
            near += [found[1:], found[:-1], found[1:2], found.swapcase(), found.upper(), found.lower(), f"{found}a"]
        case Mapping():
            near += [*found, *found.values(), dict(list(found.items())[1:])]
        case Sequence():
            near += [*found, list(found[1:]), *(str(element) for element in found)]
    return st.sampled_from(near) | VALUES


def pairs() -> st.SearchStrategy[tuple[Json, Json]]:
    """A value that is found, and one that it is compared with."""
    found = TEXTS | VALUES | st.lists(SCALARS, min_size=1, max_size=3)
    alike = found.flatmap(lambda each: st.tuples(st.just(each), related(each)))
    return st.one_of(alike, st.tuples(DATES, DATES), st.tuples(NUMBERS, NUMBERS))


def comparisons(
    paths: st.SearchStrategy[str] = OWN_PATHS, values: st.SearchStrategy[Json] = VALUES
) -> st.SearchStrategy[Comparison]:
    """Comparisons of what is at these paths with these values."""
    with_value = [operator for operator in Operator if operator.takes_value]
    without = [operator for operator in Operator if not operator.takes_value]
    return make(Comparison, paths, st.sampled_from(with_value), values) | make(
        Comparison, paths, st.sampled_from(without)
    )


def event_tests(values: st.SearchStrategy[Json] = VALUES) -> st.SearchStrategy[EventTest]:
    """Tests of events, in part with a filter, a number and a window."""
    where = st.lists(comparisons(EVENT_PATHS | OWN_PATHS, _FEW | values), max_size=2).map(tuple)
    within = st.none() | st.sampled_from(DURATIONS)
    return make(EventTest, st.sampled_from(EVENTS), st.just(()) | where, st.integers(1, 3), within)


def predicates(
    values: st.SearchStrategy[Json] = VALUES, *, unknown: bool = True, empty: bool = True
) -> st.SearchStrategy[Predicate]:
    """Conditions of every kind: also with names that lead nowhere, and also those that join nothing."""
    nowhere = ("nowhere",) if unknown else ()
    single: st.SearchStrategy[Predicate] = st.one_of(
        comparisons(OWN_PATHS, _FEW | values),
        make(DateTest, st.just("contact.createdAt") | OWN_PATHS, st.sampled_from(Relation), st.sampled_from(DURATIONS)),
        make(TagTest, st.sampled_from((*TAGS, "*"))),
        make(ListTest, st.sampled_from((*LISTS, "*", *nowhere))),
        make(SegmentTest, st.sampled_from((*SEGMENTS, *nowhere))),
        event_tests(values),
    )

    def joined(inner: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
        several = st.lists(inner, min_size=0 if empty else 1, max_size=3).map(tuple)
        return make(All, several) | make(AnyOf, several) | make(Not, inner)

    return st.recursive(single, joined, max_leaves=5)
