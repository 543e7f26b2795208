"""Where things stand in a definition, as paths and as the words that begin a message."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dripline.kernel.errors import Problem
from dripline.predicates.model import All, AnyOf, Comparison, EventTest, Not, Predicate
from dripline.predicates.walking import Test
from dripline.sequences.language.model import Condition, Definition, EventTrigger, Step, Wait
from dripline.sequences.language.walking import walk

_Each = TypeVar("_Each", bound=Predicate)


@dataclass(frozen=True, slots=True)
class Place:
    """A path such as `steps[2].then[0]`, and the words that name its step; no words outside of steps."""

    path: str
    words: str = ""

    def under(self, key: str) -> "Place":
        """The place of a key here."""
        return Place(f"{self.path}.{key}", self.words)

    def problem(self, message: str, *, found: str | None = None, expected: str | None = None) -> Problem:
        """A problem at this place."""
        return Problem(self.path, f"{self.words}{message}", found=found, expected=expected)


EXITS = Place("exitConditions")


def place_of(step: Step, path: str) -> Place:
    """The place of a step, named by its id."""
    return Place(path, name_of(step))


def name_of(step: Step) -> str:
    """The words that begin a message about a step."""
    return f"step {step.id!r}: " if step.id is not None else ""


def steps_of(definition: Definition) -> Iterator[tuple[Place, Step, Sequence[Step]]]:
    """Every step with its place and the steps after it in its list."""
    for placed in walk(definition):
        yield place_of(placed.step, placed.path), placed.step, placed.following


def tests_of(definition: Definition) -> Iterator[tuple[Place, Test]]:
    """Every single test that is asked of a run: those of the exit conditions, then those of steps."""
    for place, predicate in each_of(EXITS, definition.exit_conditions):
        yield from tests_at(place, predicate)
    for place, step, _ in steps_of(definition):
        if isinstance(step, Condition):
            yield from tests_at(place, step.test)


def tests_at(place: Place, predicate: Predicate) -> Iterator[tuple[Place, Test]]:
    """Every single test of a condition at a place, each with its own."""
    match predicate:
        case All(tests):
            for inner, test in each_of(place.under("all"), tests):
                yield from tests_at(inner, test)
        case AnyOf(tests):
            for inner, test in each_of(place.under("any"), tests):
                yield from tests_at(inner, test)
        case Not(test):
            yield from tests_at(place.under("not"), test)
        case _:
            yield place, predicate


def filters_of(definition: Definition) -> Iterator[tuple[Place, Sequence[Comparison]]]:
    """Every list of comparisons that an event has to pass, to start a run or to count."""
    if isinstance(definition.trigger, EventTrigger):
        yield Place("trigger.where"), definition.trigger.where
    for place, step, _ in steps_of(definition):
        if isinstance(step, Wait):
            yield place.under("where"), step.where
    for place, test in tests_of(definition):
        if isinstance(test, EventTest):
            yield place.under("where"), test.where


def each_of(place: Place, predicates: Sequence[_Each]) -> Iterator[tuple[Place, _Each]]:
    """The elements of a list at a place, each with its own."""
    for index, predicate in enumerate(predicates):
        yield Place(f"{place.path}[{index}]", place.words), predicate
