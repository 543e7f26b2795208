"""Triggers of this wire format: into ours, and back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import assert_never

from dripline.api.dialects.sequenzy.notes import Document, Notes, not_here
from dripline.api.dialects.sequenzy.requests import WireFilter, WireNewSequence
from dripline.kernel.durations import parse_duration
from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Operator
from dripline.sequences.language.model import (
    ApiTrigger,
    Baseline,
    ContactTrigger,
    EventTrigger,
    FrequencyTrigger,
    InactivityTrigger,
    ListTrigger,
    SegmentTrigger,
    TagTrigger,
    Trigger,
)

EVENT_RECEIVED = "event_received"
DEFAULT = "contact_added"
MOST_FILTERS = 10

OPERATORS: Mapping[str, Operator] = {
    "exists": Operator.EXISTS,
    "not_exists": Operator.NOT_EXISTS,
    "equals": Operator.EQUALS,
    "not_equals": Operator.NOT_EQUALS,
    "contains": Operator.CONTAINS,
    "greater_than": Operator.GREATER_THAN,
    "less_than": Operator.LESS_THAN,
}
_WORDS = {ours: theirs for theirs, ours in OPERATORS.items()}
_BASELINES = {"sequence_created_at": Baseline.SEQUENCE, "subscriber_created_at": Baseline.CONTACT}
_BASELINE_WORDS = {ours: theirs for theirs, ours in _BASELINES.items()}


def trigger_of(data: WireNewSequence, notes: Notes) -> Document:
    """The trigger as our definition writes it.

    Raises:
        NotImplementedHere: it is one of theirs that is none of ours.
    """
    word = data.trigger if data.trigger is not None else DEFAULT
    if word in _NOT_OURS:
        raise not_here(f"the trigger {word!r}")
    if word not in _TRIGGERS:
        notes.unknown_word("trigger", word, _TRIGGERS)
        return {"api": True}
    read, own = _TRIGGERS[word]
    for name in sorted(_FIELDS - own):
        if getattr(data, name) is not None:
            notes.warn(f"{_camel(name)} does not belong to the trigger {word}: it was passed over.")
    return read(data, notes)


def config_of(trigger: Trigger) -> tuple[str, Document]:
    """A trigger of ours in their words: its type, and its settings."""
    match trigger:
        case EventTrigger(event=name, where=where):
            return EVENT_RECEIVED, {"eventName": name, "propertyFilters": [_filter_of(each) for each in where]}
        case ApiTrigger():
            return "manual", {}
        case ContactTrigger():
            return DEFAULT, {"listScope": "any_contact"}
        case ListTrigger(list=ref):
            return DEFAULT, {"listId": ref, "listIds": [ref]}
        case TagTrigger(tag=tag):
            return "tag_added", {"tagName": tag, "tagNames": [tag]}
        case SegmentTrigger(segment=ref):
            return "segment_entered", {"segmentId": ref}
        case InactivityTrigger(event=name, days=days, baseline=baseline):
            word = _BASELINE_WORDS[baseline]
            return "inactivity", {"eventName": name, "inactiveDays": days, "inactivityBaseline": word}
        case FrequencyTrigger(event=name, count=count, within=within):
            window = parse_duration(within) / timedelta(days=1)
            shown = int(window) if window.is_integer() else window
            return "frequency", {"eventName": name, "minCount": count, "timeWindowDays": shown}
        case unreachable:
            assert_never(unreachable)


def _contact_added(data: WireNewSequence, notes: Notes) -> Document:
    lists = _names(data.list_ids, data.list_id)
    if data.list_scope is not None and lists:
        notes.fault("listScope", "does not go together with list ids.", expected="listScope, or listId or listIds")
    match data.list_scope:
        case "any_list":
            raise not_here("the listScope 'any_list'")
        case None | "any_contact":
            pass
        case word:
            notes.unknown_word("listScope", word, ("any_contact", "any_list"))
    if len(lists) > 1:
        raise not_here("a trigger on several lists")
    notes.came_from("trigger", "listIds" if data.list_ids else "listId" if lists else "trigger")
    return {"list": lists[0]} if lists else {"contact": "added"}


def _tag_added(data: WireNewSequence, notes: Notes) -> Document:
    tags = _names(data.tag_names, data.tag_name)
    if not tags:
        notes.missing("tagName", expected="the name of a tag")
    if len(tags) > 1:
        raise not_here("a trigger on several tags")
    notes.came_from("trigger", "tagNames" if data.tag_names else "tagName")
    return {"tag": tags[0] if tags else "-"}


def _segment_entered(data: WireNewSequence, notes: Notes) -> Document:
    notes.came_from("trigger", "segmentId")
    return {"segment": _needed(data.segment_id, "segmentId", "the id of a segment", notes)}


def _event_received(data: WireNewSequence, notes: Notes) -> Document:
    notes.came_from("trigger", "eventName")
    trigger: Document = {"event": _needed(data.event_name, "eventName", "the name of an event", notes)}
    filters = data.property_filters or []
    if len(filters) > MOST_FILTERS:
        notes.fault("propertyFilters", f"are too many: {len(filters)}.", expected=f"at most {MOST_FILTERS}")
    if filters:
        trigger["where"] = [_comparison(each, place, notes) for place, each in enumerate(filters)]
    return trigger


def _inactivity(data: WireNewSequence, notes: Notes) -> Document:
    notes.came_from("trigger", "trigger")
    inner: Document = {
        "event": _needed(data.event_name, "eventName", "the name of an event", notes),
        "days": _whole(data.inactive_days, "inactiveDays", notes),
    }
    if data.inactivity_baseline is not None:
        if data.inactivity_baseline in _BASELINES:
            inner["baseline"] = str(_BASELINES[data.inactivity_baseline])
        else:
            notes.unknown_word("inactivityBaseline", data.inactivity_baseline, _BASELINES)
    return {"inactivity": inner}


def _frequency(data: WireNewSequence, notes: Notes) -> Document:
    notes.came_from("trigger", "trigger")
    days = _whole(data.time_window_days, "timeWindowDays", notes)
    return {
        "frequency": {
            "event": _needed(data.event_name, "eventName", "the name of an event", notes),
            "count": _whole(data.min_count, "minCount", notes),
            "within": f"{days}d",
        }
    }


_Read = Callable[[WireNewSequence, Notes], Document]

# Each with the fields that belong to it.
_TRIGGERS: Mapping[str, tuple[_Read, frozenset[str]]] = {
    DEFAULT: (_contact_added, frozenset({"list_id", "list_ids", "list_scope"})),
    "tag_added": (_tag_added, frozenset({"tag_name", "tag_names"})),
    "segment_entered": (_segment_entered, frozenset({"segment_id", "stop_on_segment_exit"})),
    EVENT_RECEIVED: (_event_received, frozenset({"event_name", "property_filters"})),
    "inactivity": (_inactivity, frozenset({"event_name", "inactive_days", "inactivity_baseline"})),
    "frequency": (_frequency, frozenset({"event_name", "min_count", "time_window_days"})),
    "manual": (lambda _data, _notes: {"api": True}, frozenset()),
}
_NOT_OURS = frozenset({"segment_exited", "inbound_webhook"})
_FIELDS = frozenset().union(*(own for _, own in _TRIGGERS.values()))


def comparison(path: str, operator: Operator, value: Json) -> Document:
    """A comparison as our definition writes it. A number that came as text counts as a number where sizes count."""
    compared: Document = {"property": path, "operator": str(operator)}
    if not operator.takes_value:
        return compared
    sizes = operator in (Operator.GREATER_THAN, Operator.LESS_THAN)
    return {**compared, "value": _number(value) if sizes and isinstance(value, str) else value}


def _comparison(wanted: WireFilter, place: int, notes: Notes) -> Document:
    path = f"propertyFilters[{place}]"
    notes.came_from(f"trigger.where[{place}]", path)
    if "[]" in wanted.path:
        raise not_here("property filters that look into lists ('[]')")
    operator, value = wanted.operator, wanted.value
    if operator == "one_of":
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        if len(values) != 1:
            raise not_here("the operator 'one_of' with several values")
        operator, value = "equals", values[0]
    if operator not in OPERATORS:
        notes.unknown_word(f"{path}.operator", operator, (*OPERATORS, "one_of"))
        return comparison("event.x", Operator.EXISTS, None)
    return comparison(f"event.{wanted.path}", OPERATORS[operator], value)


def _filter_of(found: Comparison) -> Document:
    # Operators that this wire format does not have keep our name.
    word = _WORDS.get(found.operator, str(found.operator))
    value: Document = {"value": found.value} if found.operator.takes_value else {}
    return {"path": found.path.removeprefix("event."), "operator": word, **value}


def _number(text: str) -> Json:
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number or number in (float("inf"), float("-inf")):
        return text
    return int(number) if number.is_integer() else number


def _names(several: Sequence[str] | None, one: str | None) -> list[str]:
    """What was named, each once: several go before one."""
    named = several or ([one] if one is not None else [])
    return list(dict.fromkeys(name for name in named if name.strip()))


def _needed(text: str | None, path: str, expected: str, notes: Notes) -> str:
    if text is None or not text.strip():
        notes.missing(path, expected=expected)
        return "-"
    return text


def _whole(number: int | float | None, path: str, notes: Notes) -> int:
    if number is None:
        notes.missing(path, expected="a whole number from 1")
        return 1
    if number < 1 or number != int(number):
        notes.fault(path, f"expected a whole number from 1, found {number}.", expected="a whole number from 1")
        return 1
    return int(number)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
