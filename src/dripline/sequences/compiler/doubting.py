"""Conditions and dates that can be run and will hardly do what their author means."""

from collections.abc import Iterator, Mapping

from dripline.kernel.errors import Problem
from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, DateTest, Operator
from dripline.predicates.paths import FIXED
from dripline.predicates.truth import holds, moment
from dripline.sequences.compiler.places import Place, each_of, filters_of, steps_of, tests_of
from dripline.sequences.interpreter.explaining import describe
from dripline.sequences.language.model import (
    ApiTrigger,
    ContactTrigger,
    Definition,
    Delay,
    EventTrigger,
    FrequencyTrigger,
    ListTrigger,
    SegmentTrigger,
    TagTrigger,
    Trigger,
)


def event_without_event(definition: Definition) -> Iterator[Problem]:
    """One warning for each look at the event that enrolled, where none did."""
    if (why := why_no_event(definition.trigger)) is None:
        return
    for place, path in _looks(definition):
        if path.startswith("event."):
            yield place.problem(f"{path} is missing {why}.", found=path)


def why_no_event(trigger: Trigger) -> str | None:
    """Why a run that starts by this trigger has no event to look at; None when it has one."""
    match trigger:
        case EventTrigger() | FrequencyTrigger():
            return None
        case ApiTrigger():
            return "unless the call that enrolls gives an event"
        case _:
            return "because this trigger comes without an event"


def existing_of_nothing(definition: Definition) -> Iterator[Problem]:
    """A warning where those who match already shall be enrolled, by a trigger that is no state to be in."""
    if definition.enrollment.existing and not isinstance(
        definition.trigger, ListTrigger | TagTrigger | SegmentTrigger | ContactTrigger
    ):
        yield Problem("enrollment.existing", "with this trigger there is nobody who matches already.")


def never_true(definition: Definition) -> Iterator[Problem]:
    """One warning for each comparison that no value passes."""
    for place, comparison in _comparisons(definition):
        if (needs := _needs(comparison)) is not None:
            yield place.under("value").problem(f"{describe(comparison)} is never true: it needs {needs}.")


def never_passed(definition: Definition) -> Iterator[Problem]:
    """One warning for each filter of events that no event passes, because it wants two values at once."""
    for place, where in filters_of(definition):
        wanted: dict[str, Json] = {}
        for comparison in where:
            if comparison.operator is Operator.EQUALS:
                first = wanted.setdefault(comparison.path, comparison.value)
                if not holds(Operator.EQUALS, first, comparison.value):
                    message = f"no event passes: {comparison.path} would have to equal two values."
                    yield place.problem(message, found=comparison.path)


def never_a_date(definition: Definition) -> Iterator[Problem]:
    """One warning for each delay until something that is no date to come."""
    for place, step, _ in steps_of(definition):
        if isinstance(step, Delay) and step.until in FIXED:
            yield place.under("until").problem(f"{step.until} is never a date to come.", found=step.until)


def _looks(definition: Definition) -> Iterator[tuple[Place, str]]:
    """Every path that a run looks at, with its place."""
    for place, test in tests_of(definition):
        if isinstance(test, Comparison | DateTest):
            yield place.under("property"), test.path
    for place, step, _ in steps_of(definition):
        if isinstance(step, Delay) and step.until is not None:
            yield place.under("until"), step.until


def _comparisons(definition: Definition) -> Iterator[tuple[Place, Comparison]]:
    for place, test in tests_of(definition):
        if isinstance(test, Comparison):
            yield place, test
    for place, where in filters_of(definition):
        yield from each_of(place, where)


_ORDER = "a number, or an ISO date or time"
_NEEDS: Mapping[Operator, str] = {
    Operator.GREATER_THAN: _ORDER,
    Operator.LESS_THAN: _ORDER,
    Operator.GREATER_OR_EQUAL: _ORDER,
    Operator.LESS_OR_EQUAL: _ORDER,
    Operator.STARTS_WITH: "a text",
    Operator.ENDS_WITH: "a text",
}


def _needs(comparison: Comparison) -> str | None:
    """What the value would have to be, for anything to pass; None when it is that."""
    needs = _NEEDS.get(comparison.operator)
    if needs is None:
        return None
    is_right = _has_order(comparison.value) if needs is _ORDER else isinstance(comparison.value, str)
    return None if is_right else needs


def _has_order(value: Json) -> bool:
    if isinstance(value, str):
        return moment(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)
