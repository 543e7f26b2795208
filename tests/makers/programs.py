"""Makers of definitions, programs and facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from hypothesis import strategies as st

from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Operator
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.interpreter.program import Program
from dripline.sequences.language.model import (
    ApiTrigger,
    Condition,
    Definition,
    Delay,
    Email,
    EventTrigger,
    OnTrue,
    Step,
)
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition

_Made = TypeVar("_Made")

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class KnownFacts:
    """Facts from a mapping of dotted paths."""

    values: Mapping[str, Json]

    def look_up(self, path: str) -> Json:
        return self.values.get(path)


NOTHING = KnownFacts({})


def facts(**properties: Json) -> KnownFacts:
    """Facts about a contact with these properties."""
    return KnownFacts({f"contact.properties.{name}": value for name, value in properties.items()})


def a_program(text: str) -> Program:
    """The program that a YAML text compiles to."""
    return compile_definition(name_steps(read_definition(text)))


def make(
    kind: Callable[..., _Made], *arguments: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]
) -> st.SearchStrategy[_Made]:
    """What `st.builds` gives, for types whose annotations Hypothesis cannot evaluate."""
    return st.builds(lambda *values, **options: kind(*values, **options), *arguments, **named)


# Few names and few values, so that conditions often meet what is known.
PATHS = tuple(f"contact.properties.{name}" for name in "abc")
VALUES: st.SearchStrategy[Json] = st.sampled_from(["trial", "pro", 1, 2, True, False])
KNOWN = st.dictionaries(st.sampled_from(PATHS), VALUES | st.none(), max_size=3).map(KnownFacts)
DURATIONS = st.sampled_from(["0m", "30m", "2h", "3d", "1w", "1d12h"])


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Comparisons on one of a few properties."""
    operator = draw(st.sampled_from(Operator))
    value = draw(VALUES) if operator.takes_value else None
    return Comparison(draw(st.sampled_from(PATHS)), operator, value)


def _conditions(inner: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    none = st.just(())
    short = make(Condition, test=comparisons(), on_true=st.sampled_from(OnTrue))
    full = make(Condition, test=comparisons(), then=some, otherwise=some)
    then = make(Condition, test=comparisons(), then=some, otherwise=none)
    other = make(Condition, test=comparisons(), then=none, otherwise=some)
    return st.one_of(short, full, then, other)


_EMAILS = make(Email, template=st.sampled_from(["welcome", "tips", "bye"]))
_DELAYS = make(Delay, duration=DURATIONS)
STEPS: st.SearchStrategy[Step] = st.recursive(_EMAILS | _DELAYS, _conditions, max_leaves=8)

RUNNABLE: st.SearchStrategy[Definition] = make(
    Definition,
    trigger=st.sampled_from([ApiTrigger(), EventTrigger("signup.completed")]),
    exit_conditions=st.lists(comparisons(), max_size=2).map(tuple),
    steps=st.lists(STEPS, max_size=6).map(tuple),
).map(name_steps)
"""Definitions of everything that this release runs, with ids."""

PROGRAMS = RUNNABLE.map(compile_definition)
"""Programs of such definitions."""
