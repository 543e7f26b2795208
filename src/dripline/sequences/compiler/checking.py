"""What keeps a definition from running, and what its author should know before it does."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from dripline.kernel.errors import Problem
from dripline.sequences.compiler.doubting import (
    event_without_event,
    existing_of_nothing,
    never_a_date,
    never_passed,
    never_true,
)
from dripline.sequences.compiler.existing import Existing, not_there, refused_senders
from dripline.sequences.compiler.missing import true_when_missing
from dripline.sequences.compiler.reaching import skips_of_nothing, unreachable
from dripline.sequences.language.model import Definition


@dataclass(frozen=True, slots=True)
class Report:
    """Problems block activation; warnings do not."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check(
    definition: Definition,
    *,
    templates: Container[str],
    lists: Container[str],
    segments: Container[str],
    sequences: Container[str],
    senders: Callable[[str], str | None],
    itself: Container[str] = (),
) -> Report:
    """Everything there is to say about a definition.

    The containers hold every name that a template, a list, a segment or a sequence goes by, `itself` those of this
    very sequence; `senders` gives the reason why a sender may not be used, or None when it may.
    """
    existing = Existing(templates, lists, segments, sequences, itself, senders)
    problems = [
        *_without_steps(definition),
        *not_there(definition, existing),
        *refused_senders(definition, existing),
        *unreachable(definition),
    ]
    warnings = [
        *true_when_missing(definition),
        *skips_of_nothing(definition),
        *event_without_event(definition),
        *existing_of_nothing(definition),
        *never_true(definition),
        *never_passed(definition),
        *never_a_date(definition),
    ]
    return Report(tuple(problems), tuple(warnings))


def _without_steps(definition: Definition) -> Iterator[Problem]:
    if not definition.steps:
        yield Problem("steps", "there are no steps.", expected="at least one step")
