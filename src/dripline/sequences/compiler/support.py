"""What this release reads and keeps, but does not run."""

from collections.abc import Iterator
from typing import assert_never

from dripline.kernel.errors import Problem
from dripline.predicates.model import Comparison
from dripline.sequences.language.model import (
    ACTIONS,
    ApiTrigger,
    Condition,
    ContactTrigger,
    Definition,
    Delay,
    Email,
    EnrollmentMode,
    EventTest,
    EventTrigger,
    FrequencyTrigger,
    InactivityTrigger,
    ListTest,
    ListTrigger,
    SegmentTest,
    SegmentTrigger,
    Step,
    TagTest,
    TagTrigger,
    Test,
    Trigger,
)
from dripline.sequences.language.walking import PlacedStep, walk


def not_run_yet(definition: Definition) -> tuple[Problem, ...]:
    """One problem for each place that this release reads and keeps, but does not run."""
    found = [*_in_head(definition)]
    for placed in walk(definition):
        found += _in_step(placed)
    return tuple(_problem(path, what, placed) for path, what, placed in found)


def name_of(step: Step) -> str:
    """The words that begin a message about a step."""
    return f"step {step.id!r}: " if step.id is not None else ""


_Found = tuple[str, str, PlacedStep | None]


def _problem(path: str, what: str, placed: PlacedStep | None) -> Problem:
    step = name_of(placed.step) if placed is not None else ""
    return Problem(path, f"{step}{what} is read and kept, but this release does not run it yet.")


def _in_head(definition: Definition) -> Iterator[_Found]:
    if (kind := _unsupported_trigger(definition.trigger)) is not None:
        yield f"trigger.{kind}", f"the trigger {kind!r}", None
    if definition.enrollment.mode is EnrollmentMode.MATCHING_FIELD:
        yield "enrollment.mode", "the enrollment mode 'matching_field'", None
    if definition.enrollment.existing:
        yield "enrollment.existing", "enrolling those who match already ('existing')", None
    if definition.stop_condition is not None:
        yield "stopCondition", "a stop condition", None
    if definition.conversion is not None:
        yield "conversion", "a conversion", None
    if definition.window is not None:
        yield "window", "a sending window", None


def _unsupported_trigger(trigger: Trigger) -> str | None:
    match trigger:
        case EventTrigger() | ApiTrigger():
            return None
        case ContactTrigger():
            return "contact"
        case ListTrigger():
            return "list"
        case TagTrigger():
            return "tag"
        case SegmentTrigger():
            return "segment"
        case InactivityTrigger():
            return "inactivity"
        case FrequencyTrigger():
            return "frequency"
        case unreachable:
            assert_never(unreachable)


def _in_step(placed: PlacedStep) -> Iterator[_Found]:
    match placed.step:
        case Email() as step:
            if step.template is None:
                yield placed.path, "an email with its content inline (without 'template')", placed
            elif step.preview_text is not None:
                yield f"{placed.path}.previewText", "a 'previewText' beside a template", placed
        case Delay() as step:
            if step.until is not None:
                yield f"{placed.path}.until", "a delay 'until' a date", placed
            elif step.at is not None:
                yield f"{placed.path}.at", "a delay to a time of day ('at')", placed
        case Condition() as step:
            if (kind := _unsupported_test(step.test)) is not None:
                yield f"{placed.path}.{kind}", f"a condition on {kind!r}", placed
        case step:
            yield f"{placed.path}.action", f"the action {ACTIONS[type(step)]!r}", placed


def _unsupported_test(test: Test) -> str | None:
    match test:
        case Comparison():
            return None
        case SegmentTest():
            return "segment"
        case EventTest():
            return "event"
        case TagTest():
            return "tag"
        case ListTest():
            return "list"
        case unreachable:
            assert_never(unreachable)
