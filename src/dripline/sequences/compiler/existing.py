"""What a definition names that does not exist, or may not be used."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from dripline.kernel.errors import Problem
from dripline.predicates.model import ANY, ListTest, Predicate, SegmentTest
from dripline.sequences.compiler.places import EXITS, Place, each_of, steps_of, tests_at
from dripline.sequences.language.model import (
    AddToList,
    Condition,
    Definition,
    Email,
    Enroll,
    ListTrigger,
    RemoveFromList,
    SegmentTrigger,
    StopCondition,
    StopKind,
)


@dataclass(frozen=True, slots=True)
class Existing:
    """Everything that can be named, by every name it goes by, and those of the sequence itself.

    `senders` gives the reason why a sender may not be used, or None when it may.
    """

    templates: Container[str]
    lists: Container[str]
    segments: Container[str]
    sequences: Container[str]
    itself: Container[str]
    senders: Callable[[str], str | None]


def not_there(definition: Definition, existing: Existing) -> Iterator[Problem]:
    """One problem for each name that leads to nothing."""
    known = {
        "template": existing.templates,
        "list": existing.lists,
        "segment": existing.segments,
        "sequence": existing.sequences,
    }
    for place, kind, name in _names(definition):
        if kind == "sequence" and name in existing.itself:
            yield place.problem("this is the sequence itself; who is in it is not enrolled once more.", found=name)
        elif name not in known[kind]:
            yield place.problem(f"there is no {kind} {name!r}.", found=name, expected=f"a {kind} that exists")


def refused_senders(definition: Definition, existing: Existing) -> Iterator[Problem]:
    """One problem for each sender that may not be used."""
    for place, sender in _senders(definition):
        if (reason := existing.senders(sender)) is not None:
            yield place.problem(reason, found=sender)


_Named = tuple[Place, str, str]


def _names(definition: Definition) -> Iterator[_Named]:
    """The place, the kind and the name of everything that is named."""
    yield from _in_head(definition)
    for place, predicate in each_of(EXITS, definition.exit_conditions):
        yield from _in_condition(place, predicate)
    for place, step, _ in steps_of(definition):
        match step:
            case Email(template=str(name)):
                yield place.under("template"), "template", name
            case AddToList(list=name) | RemoveFromList(list=name):
                yield place.under("list"), "list", name
            case Enroll(sequence=name):
                yield place.under("sequence"), "sequence", name
            case Condition(test=test):
                yield from _in_condition(place, test)
            case _:
                pass


def _in_condition(place: Place, predicate: Predicate) -> Iterator[_Named]:
    for inner, test in tests_at(place, predicate):
        match test:
            case ListTest(name):
                yield inner.under("list"), "list", name
            case SegmentTest(name):
                yield inner.under("segment"), "segment", name
            case _:
                pass


def _in_head(definition: Definition) -> Iterator[_Named]:
    match definition.trigger:
        case ListTrigger(list=name) if name != ANY:
            yield Place("trigger.list"), "list", name
        case SegmentTrigger(segment=name):
            yield Place("trigger.segment"), "segment", name
        case _:
            pass
    match definition.stop_condition:
        case StopCondition(type=StopKind.ADDED_TO_LIST | StopKind.REMOVED_FROM_LIST, value=name) if name != ANY:
            yield Place("stopCondition.value"), "list", name
        case _:
            pass


def _senders(definition: Definition) -> Iterator[tuple[Place, str]]:
    if definition.sender is not None:
        yield Place("sender"), definition.sender
    for place, step, _ in steps_of(definition):
        if isinstance(step, Email) and step.sender is not None:
            yield place.under("sender"), step.sender
