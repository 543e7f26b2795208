"""Sequences that start each other: what a definition brings about, and the way by which it comes back. Pure."""

from collections.abc import Collection, Iterator, Mapping

from dripline.events.listening import FactKey
from dripline.kernel.ids import SequenceId
from dripline.kernel.tags import normal_tag
from dripline.sequences.language.model import (
    AddTag,
    AddToList,
    Definition,
    Email,
    Enroll,
    RemoveFromList,
    RemoveTag,
    Step,
)
from dripline.sequences.language.walking import walk
from dripline.sequences.model import References


def causes(definition: Definition, references: References) -> frozenset[FactKey]:
    """The facts that the steps of a sequence bring about and that may start others."""
    return frozenset(key for placed in walk(definition) for key in _causes_of(placed.step, references))


def enrolls(definition: Definition, references: References) -> frozenset[SequenceId]:
    """The sequences that the steps of a sequence enroll in."""
    steps = (placed.step for placed in walk(definition))
    named = {step.sequence for step in steps if isinstance(step, Enroll)}
    return frozenset(SequenceId(references.sequences[name]) for name in named if name in references.sequences)


def circle(start: SequenceId, follows: Mapping[SequenceId, Collection[SequenceId]]) -> tuple[SequenceId, ...] | None:
    """The shortest way from a sequence back to itself, both ends included; None when there is none.

    `follows` has for each sequence those that it starts.
    """
    ways: list[tuple[SequenceId, ...]] = [(start,)]
    seen: set[SequenceId] = set()
    while ways:
        way = ways.pop(0)
        for following in sorted(follows.get(way[-1], ())):
            if following == start:
                return (*way, start)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return None


def _causes_of(step: Step, references: References) -> Iterator[FactKey]:
    match step:
        case AddTag(tag=tag):
            yield "tag", normal_tag(tag)
        case RemoveTag(tag=tag):
            yield "untag", normal_tag(tag)
        case AddToList(list=name) if name in references.lists:
            yield "list", str(references.lists[name])
        case RemoveFromList(list=name) if name in references.lists:
            yield "unlist", str(references.lists[name])
        case Email():
            yield "event", "email.sent"
        case _:
            pass
