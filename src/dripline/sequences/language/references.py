"""What a definition names: templates, lists, segments, sequences."""

from collections.abc import Iterator
from dataclasses import dataclass

from dripline.predicates.model import ANY, Predicate
from dripline.predicates.walking import lists_in, segments_in
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
from dripline.sequences.language.walking import walk


@dataclass(frozen=True, slots=True)
class Named:
    """What a definition names, as it names it: by id, slug or name."""

    lists: frozenset[str]
    segments: frozenset[str]
    sequences: frozenset[str]


def names_in(definition: Definition) -> Named:
    """Everything that a definition names besides templates: in its trigger, its conditions and its actions."""
    lists: set[str] = set()
    segments: set[str] = set()
    sequences: set[str] = set()
    match definition.trigger:
        case ListTrigger(list=name):
            lists.add(name)
        case SegmentTrigger(segment=name):
            segments.add(name)
        case _:
            pass
    match definition.stop_condition:
        case StopCondition(type=StopKind.ADDED_TO_LIST | StopKind.REMOVED_FROM_LIST, value=name):
            lists.add(name)
        case _:
            pass
    for placed in walk(definition):
        match placed.step:
            case AddToList(list=name) | RemoveFromList(list=name):
                lists.add(name)
            case Enroll(sequence=name):
                sequences.add(name)
            case _:
                pass
    for condition in conditions_in(definition):
        lists |= lists_in(condition)
        segments |= segments_in(condition)
    return Named(frozenset(lists - {ANY}), frozenset(segments), frozenset(sequences))


def templates_of(definition: Definition) -> set[str]:
    """The templates that a definition names."""
    steps = (placed.step for placed in walk(definition))
    return {step.template for step in steps if isinstance(step, Email) and step.template is not None}


def conditions_in(definition: Definition) -> Iterator[Predicate]:
    """The conditions of the head and of the steps."""
    yield from definition.exit_conditions
    for placed in walk(definition):
        if isinstance(placed.step, Condition):
            yield placed.step.test
