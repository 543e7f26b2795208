"""What keeps a definition from running, and what its author should know before it does."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from dripline.kernel.errors import Problem
from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Operator
from dripline.predicates.truth import holds, moment
from dripline.sequences.compiler.support import name_of, not_run_yet
from dripline.sequences.interpreter.explaining import describe
from dripline.sequences.language.model import (
    ApiTrigger,
    Condition,
    Definition,
    Email,
    EventTrigger,
    Exit,
    OnTrue,
    Split,
    Step,
)
from dripline.sequences.language.paths import is_always_there
from dripline.sequences.language.walking import PlacedStep, nested, walk


@dataclass(frozen=True, slots=True)
class Report:
    """Problems block activation; warnings do not."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check(definition: Definition, *, templates: Container[str], senders: Callable[[str], str | None]) -> Report:
    """Everything there is to say about a definition.

    `templates` holds every name that a template goes by; `senders` gives the reason why a sender may not be used, or
    None when it may.
    """
    problems = [
        *_without_steps(definition),
        *not_run_yet(definition),
        *_unknown_templates(definition, templates),
        *_refused_senders(definition, senders),
        *_unreachable(definition),
    ]
    warnings = [
        *_true_when_missing(definition),
        *_skips_of_nothing(definition),
        *_event_without_event(definition),
        *_never_true(definition),
    ]
    return Report(tuple(problems), tuple(warnings))


def _without_steps(definition: Definition) -> Iterator[Problem]:
    if not definition.steps:
        yield Problem("steps", "there are no steps.", expected="at least one step")


def _unknown_templates(definition: Definition, templates: Container[str]) -> Iterator[Problem]:
    for placed in walk(definition):
        if isinstance(placed.step, Email) and placed.step.template is not None:
            name = placed.step.template
            if name not in templates:
                message = f"there is no template {name!r}."
                yield _at(placed, "template", message, found=name, expected="a template that exists")


def _refused_senders(definition: Definition, senders: Callable[[str], str | None]) -> Iterator[Problem]:
    if definition.sender is not None and (reason := senders(definition.sender)) is not None:
        yield Problem("sender", reason, found=definition.sender)
    for placed in walk(definition):
        sender = placed.step.sender if isinstance(placed.step, Email) else None
        if sender is not None and (reason := senders(sender)) is not None:
            yield _at(placed, "sender", reason, found=sender)


def _unreachable(definition: Definition) -> Iterator[Problem]:
    for placed in walk(definition):
        if placed.following and _always_leaves(placed.step):
            message = f"{name_of(placed.following[0])}no contact can get here: the step before always exits."
            yield Problem(_path_after(placed.path), message)


def _path_after(path: str) -> str:
    head, _, index = path.removesuffix("]").rpartition("[")
    return f"{head}[{int(index) + 1}]"


def _always_leaves(step: Step) -> bool:
    match step:
        case Exit():
            return True
        case Condition(on_true=OnTrue()):
            return False
        case Condition() | Split():
            return all(any(map(_always_leaves, steps)) for _, steps in nested(step))
        case _:
            return False


def _true_when_missing(definition: Definition) -> Iterator[Problem]:
    for index, comparison in enumerate(definition.exit_conditions):
        if _holds_for_missing(comparison):
            yield Problem(f"exitConditions[{index}]", _missing_message(comparison, "exits before its first mail"))
    for placed in walk(definition):
        match placed.step:
            case Condition(test=Comparison() as test, on_true=OnTrue.EXIT) if _holds_for_missing(test):
                yield _at(placed, None, _missing_message(test, "exits here"))
            case _:
                pass


def _holds_for_missing(comparison: Comparison) -> bool:
    return not is_always_there(comparison.path) and holds(comparison.operator, None, comparison.value)


def _missing_message(comparison: Comparison, consequence: str) -> str:
    name = comparison.path.removeprefix("contact.properties.")
    return (
        f"{describe(comparison)} is true for contacts without `{name}`, so such a contact {consequence}. "
        f"An event can create a contact that has no properties; send them in the same call (`contact`)."
    )


def _skips_of_nothing(definition: Definition) -> Iterator[Problem]:
    for placed in walk(definition):
        step = placed.step
        if isinstance(step, Condition) and step.on_true is OnTrue.SKIP and not placed.following:
            yield _at(placed, "onTrue", "there is no step after this one to skip.")


def _event_without_event(definition: Definition) -> Iterator[Problem]:
    if not isinstance(definition.trigger, ApiTrigger):
        return
    for path, step, comparison in _comparisons(definition):
        if comparison.path.startswith("event."):
            message = f"{step}{comparison.path} is missing unless the call that enrolls gives an event."
            yield Problem(f"{path}.property", message, found=comparison.path)


def _never_true(definition: Definition) -> Iterator[Problem]:
    for path, step, comparison in _comparisons(definition):
        if comparison.operator in _ORDER and not _has_order(comparison.value):
            needs = "it needs a number, or an ISO date or time."
            yield Problem(f"{path}.value", f"{step}{describe(comparison)} is never true: {needs}")


_ORDER = (Operator.GREATER_THAN, Operator.LESS_THAN)


def _has_order(value: Json) -> bool:
    if isinstance(value, str):
        return moment(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _comparisons(definition: Definition) -> Iterator[tuple[str, str, Comparison]]:
    """Each comparison with its path and the words that name its step."""
    if isinstance(definition.trigger, EventTrigger):
        for index, comparison in enumerate(definition.trigger.where):
            yield f"trigger.where[{index}]", "", comparison
    for index, comparison in enumerate(definition.exit_conditions):
        yield f"exitConditions[{index}]", "", comparison
    for placed in walk(definition):
        match placed.step:
            case Condition(test=Comparison() as test):
                yield placed.path, name_of(placed.step), test
            case _:
                pass


def _at(
    placed: PlacedStep, key: str | None, message: str, *, found: str | None = None, expected: str | None = None
) -> Problem:
    path = f"{placed.path}.{key}" if key else placed.path
    return Problem(path, f"{name_of(placed.step)}{message}", found=found, expected=expected)
