"""Writing a definition: as JSON, and as canonical YAML. Reading either gives the same definition back."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import assert_never

from dripline.documents.condition_writing import comparisons_to_json, predicate_to_json
from dripline.documents.emitting import emit
from dripline.kernel.values import Json
from dripline.predicates.model import Comparison
from dripline.sequences.language.discounts import NOT_IN_A_POOL
from dripline.sequences.language.model import (
    ACTIONS,
    ApiTrigger,
    Baseline,
    Condition,
    ContactTrigger,
    Conversion,
    Definition,
    Delay,
    Discount,
    DiscountProvider,
    Enrollment,
    EventTrigger,
    FrequencyTrigger,
    InactivityTrigger,
    ListTrigger,
    OnPast,
    Onward,
    SegmentTrigger,
    SetProperty,
    Split,
    SplitBranch,
    Step,
    StopCondition,
    TagTrigger,
    Trigger,
    Wait,
    Window,
)
from dripline.sequences.language.reading import read_document

_Object = dict[str, Json]


def write_definition(definition: Definition) -> str:
    """The definition as YAML: one spelling, keys in the order of the reference, nothing that is absent."""
    return emit(to_json(definition))


def to_json(definition: Definition) -> Mapping[str, Json]:
    """The definition as a JSON document, in the grammar that its author writes."""
    return _kept(
        trigger=trigger_to_json(definition.trigger),
        enrollment=_enrollment(definition.enrollment),
        exitConditions=[predicate_to_json(each) for each in definition.exit_conditions] or None,
        stopCondition=_stop_condition(definition.stop_condition),
        conversion=_conversion(definition.conversion),
        sender=definition.sender,
        window=_window(definition.window),
    ) | {"steps": _steps(definition.steps)}


def from_json(value: Mapping[str, Json]) -> Definition:
    """The definition that `to_json` gave.

    Raises:
        Invalid: it is no definition.
    """
    return read_document(value)


def trigger_to_json(trigger: Trigger) -> Mapping[str, Json]:
    """A trigger as it is written in a definition."""
    match trigger:
        case EventTrigger(event, where):
            return _kept(event=event, where=_filter(where))
        case ApiTrigger():
            return {"api": True}
        case ContactTrigger():
            return {"contact": "added"}
        case ListTrigger(name):
            return {"list": name}
        case TagTrigger(name):
            return {"tag": name}
        case SegmentTrigger(name):
            return {"segment": name}
        case InactivityTrigger(event, days, baseline):
            kept = str(baseline) if baseline is not Baseline.SEQUENCE else None
            return {"inactivity": _kept(event=event, days=days, baseline=kept)}
        case FrequencyTrigger(event, count, within):
            return {"frequency": {"event": event, "count": count, "within": within}}
        case unreachable:
            assert_never(unreachable)


def _enrollment(enrollment: Enrollment) -> _Object | None:
    if enrollment == Enrollment():
        return None
    return _kept(mode=str(enrollment.mode), field=enrollment.field, existing=enrollment.existing or None)


def _stop_condition(stop: StopCondition | None) -> _Object | None:
    return {"type": str(stop.type), "value": stop.value} if stop is not None else None


def _conversion(conversion: Conversion | None) -> _Object | None:
    return _kept(event=conversion.event, within=conversion.within) if conversion is not None else None


def _window(window: Window | None) -> _Object | None:
    if window is None:
        return None
    days: Sequence[Json] = [str(day) for day in window.days]
    return {"days": days, "from": window.opens, "to": window.closes, "timezone": window.timezone}


def _filter(comparisons: Sequence[Comparison]) -> Sequence[Json] | None:
    return comparisons_to_json(comparisons) or None


def _steps(steps: Sequence[Step]) -> Sequence[Json]:
    return [{"action": ACTIONS[type(step)]} | _step(step) for step in steps]


def _step(step: Step) -> _Object:
    match step:
        case Condition():
            on_true = str(step.on_true) if step.on_true is not None else None
            ways = {"then": _steps(step.then) or None, "else": _steps(step.otherwise) or None}
            return _kept(id=step.id) | dict(predicate_to_json(step.test)) | _kept(onTrue=on_true, **ways)
        case Split():
            return _kept(id=step.id) | {"branches": [_branch(branch) for branch in step.branches]}
        case Wait():
            where = _filter(step.where)
            outcome = str(step.on_timeout)
            return _kept(id=step.id, event=step.event, where=where, timeout=step.timeout, onTimeout=outcome)
        case Delay():
            on_missing = str(step.on_missing) if step.on_missing is not Onward.CONTINUE else None
            on_past = str(step.on_past) if step.on_past is not OnPast.CONTINUE else None
            when = _kept(duration=step.duration, until=step.until, at=step.at)
            return _kept(id=step.id) | when | _kept(onMissing=on_missing, onPast=on_past)
        case Discount():
            return {key: value for key, value in _plain_fields(step).items() if key not in _not_said(step)}
        case SetProperty():
            return _kept(id=step.id) | {"property": step.property, "value": step.value}
        case _:
            return _plain_fields(step)


def _not_said(discount: Discount) -> set[str]:
    """The keys of a discount that would say nothing, or that do not belong to it."""
    keys = {"onError"} if discount.on_error is Onward.CONTINUE else set()
    if discount.provider is DiscountProvider.POOL:
        keys |= {*NOT_IN_A_POOL}
        if discount.percent_off is None and discount.amount_off is None:
            keys.add("discountType")
    return keys


def _branch(branch: SplitBranch) -> _Object:
    return _kept(name=branch.name) | {"weight": branch.weight, "steps": _steps(branch.steps)}


def _plain_fields(step: Step) -> _Object:
    """Every field that is there, in camel case."""
    return _kept(**{_camel(name): _plain(getattr(step, name)) for name in step.__struct_fields__})


def _plain(value: Json) -> Json:
    match value:
        case StrEnum():
            return str(value)
        case tuple():
            return list(value)
        case _:
            return value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _kept(**entries: Json) -> _Object:
    """The entries that are there."""
    return {key: value for key, value in entries.items() if value is not None}
