"""Makers of definitions, programs and facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

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
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.interpreter.program import Program
from dripline.sequences.language.model import (
    AddTag,
    AddToList,
    ApiTrigger,
    Condition,
    Day,
    Definition,
    Delay,
    Discount,
    Email,
    Enroll,
    EventTrigger,
    Exit,
    OnPast,
    OnTrue,
    Onward,
    RemoveFromList,
    RemoveTag,
    SetProperty,
    Split,
    SplitBranch,
    Step,
    Wait,
    Webhook,
    Window,
)
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition

_Made = TypeVar("_Made")

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class KnownFacts:
    """Facts from a mapping of dotted paths. `events` says when the first event of each name was recorded."""

    values: Mapping[str, Json] = field(default_factory=dict)
    now: datetime = NOON
    tags: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    events: Mapping[str, datetime] = field(default_factory=dict)
    drawn: float = 0.0

    def look_up(self, path: str) -> Json:
        return self.values.get(path)

    def has_tag(self, tag: str) -> bool:
        return tag in self.tags

    def is_on_list(self, name: str) -> bool:
        return name in self.lists

    def is_in_segment(self, name: str) -> bool:
        return name in self.segments

    def count(self, test: EventTest) -> int:
        return int(self.first(test) is not None)

    def first(self, test: EventTest) -> datetime | None:
        return self.events.get(test.event)

    def draw(self, step: str) -> float:
        return self.drawn


NOTHING = KnownFacts()


def facts(**properties: Json) -> KnownFacts:
    """Facts about a contact with these properties."""
    return KnownFacts({f"contact.properties.{name}": value for name, value in properties.items()})


def seen_at(known: KnownFacts, now: datetime) -> KnownFacts:
    """What is known at a time: of the events, those that were recorded by then."""
    return replace(known, now=now, events={name: at for name, at in known.events.items() if at <= now})


def a_program(text: str) -> Program:
    """The program that a YAML text compiles to."""
    return compile_definition(name_steps(read_definition(text)))


def make(
    kind: Callable[..., _Made], *arguments: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]
) -> st.SearchStrategy[_Made]:
    """What `st.builds` gives, for types whose annotations Hypothesis cannot evaluate."""
    return st.builds(lambda *values, **options: kind(*values, **options), *arguments, **named)


# Few names and few values, so that conditions often meet what is known.
_NAMES = ("a", "b")
_DATES = (*(f"contact.properties.{name}" for name in _NAMES), "event.at", "contact.createdAt")
_TIMES = ("00:00", "02:30", "09:00", "23:59")
_WORDS = st.sampled_from(_NAMES)
PATHS = tuple(f"contact.properties.{name}" for name in "abc")
VALUES: st.SearchStrategy[Json] = st.sampled_from(
    ["trial", "pro", 1, 2, True, False, "2029-12-30", "2030-01-03", "2030-01-05T09:30:00Z"]
)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Nowhere/None"])
DURATIONS = st.sampled_from(["0m", "30m", "2h", "3d", "1w", "1d12h"])


@st.composite
def known_facts(draw: st.DrawFn) -> KnownFacts:
    """What is known of a contact who came at noon; events are recorded before or after that."""
    values = draw(st.dictionaries(st.sampled_from(PATHS), VALUES | st.none(), max_size=3))
    events = draw(st.dictionaries(_WORDS, st.integers(-48, 400), max_size=2))
    return KnownFacts(
        values | {"contact.timezone": draw(st.none() | ZONES), "contact.createdAt": "2029-12-24T09:00:00.000Z"},
        tags=draw(st.frozensets(_WORDS)),
        lists=draw(st.frozensets(_WORDS)),
        segments=draw(st.frozensets(_WORDS)),
        events={name: NOON + timedelta(hours=hours) for name, hours in events.items()},
        drawn=draw(st.floats(0, 1, exclude_max=True)),
    )


KNOWN = known_facts()


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Comparisons on one of a few properties."""
    operator = draw(st.sampled_from(Operator))
    value = draw(VALUES) if operator.takes_value else None
    return Comparison(draw(st.sampled_from(PATHS)), operator, value)


_SINGLE_TESTS: st.SearchStrategy[Predicate] = st.one_of(
    comparisons(),
    make(DateTest, st.sampled_from(PATHS), st.sampled_from(Relation), DURATIONS),
    make(TagTest, _WORDS),
    make(ListTest, _WORDS),
    make(SegmentTest, _WORDS),
    make(EventTest, _WORDS),
)


def _joined(inner: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    some = st.lists(inner, min_size=1, max_size=2).map(tuple)
    return st.one_of(make(All, some), make(AnyOf, some), make(Not, inner))


PREDICATES = st.recursive(_SINGLE_TESTS, _joined, max_leaves=3)


def _nested(inner: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    none = st.just(())
    way = make(SplitBranch, weight=st.integers(1, 100), steps=some | none)
    return st.one_of(
        make(Condition, test=PREDICATES, on_true=st.sampled_from(OnTrue)),
        make(Condition, test=PREDICATES, then=some, otherwise=some | none),
        make(Condition, test=PREDICATES, then=none, otherwise=some),
        make(Split, branches=st.lists(way, min_size=2, max_size=3).map(tuple)),
    )


_EMAILS = make(Email, template=st.sampled_from(["welcome", "tips", "bye"]))
_DELAYS = st.one_of(
    make(Delay, duration=DURATIONS, at=st.none() | st.sampled_from(_TIMES)),
    make(
        Delay,
        until=st.sampled_from(_DATES),
        at=st.none() | st.sampled_from(_TIMES),
        on_missing=st.sampled_from(Onward),
        on_past=st.sampled_from(OnPast),
    ),
    make(Wait, event=_WORDS, timeout=DURATIONS, on_timeout=st.sampled_from(Onward)),
)
_ACTS = st.one_of(
    make(AddTag, tag=_WORDS),
    make(RemoveTag, tag=_WORDS),
    make(AddToList, list=_WORDS),
    make(RemoveFromList, list=_WORDS),
    make(SetProperty, property=st.sampled_from("abc"), value=VALUES | st.none()),
    make(Enroll, sequence=_WORDS),
)
_EFFECTS = st.one_of(
    make(Discount, percent_off=st.integers(1, 100), on_error=st.sampled_from(Onward)),
    make(Webhook, url=st.just("https://example.com/x"), body=st.none() | VALUES, on_error=st.sampled_from(Onward)),
)
_EXITS = make(Exit, reason=st.none() | _WORDS)
STEPS: st.SearchStrategy[Step] = st.recursive(
    st.one_of(_EMAILS, _DELAYS, _ACTS, _EFFECTS, _EXITS), _nested, max_leaves=8
)
PLAIN_STEPS: st.SearchStrategy[Step] = _EMAILS | make(Delay, duration=DURATIONS)
"""Steps that ask for no facts."""

WINDOWS = make(
    Window,
    opens=st.just("08:00"),
    closes=st.sampled_from(["00:00", "09:00", "23:59"]),
    days=st.sets(st.sampled_from(Day), min_size=1).map(lambda days: tuple(day for day in Day if day in days)),
    timezone=st.sampled_from(["contact", "Europe/Berlin", "UTC"]),
)

RUNNABLE: st.SearchStrategy[Definition] = make(
    Definition,
    trigger=st.sampled_from([ApiTrigger(), EventTrigger("signup.completed")]),
    exit_conditions=st.lists(PREDICATES, max_size=1).map(tuple),
    window=st.none() | WINDOWS,
    steps=st.lists(STEPS, max_size=6).map(tuple),
).map(name_steps)
"""Definitions of everything that this release runs, with ids."""

PROGRAMS = RUNNABLE.map(compile_definition)
"""Programs of such definitions."""
