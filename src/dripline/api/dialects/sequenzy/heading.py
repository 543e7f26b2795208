"""What a sequence is besides trigger and steps, in this wire format: who enters again, what ends it, when it mails."""

from collections.abc import Mapping

import msgspec

from dripline.api.dialects.sequenzy.notes import Document, Notes, not_here
from dripline.api.dialects.sequenzy.requests import WireStopCondition, WireWindow
from dripline.kernel.values import Json
from dripline.sequences.language.model import Day, Definition, EnrollmentMode, EventTrigger, StopKind, Window

# Events whose runs belong to a product: a contact may be in several at a time, one for each.
OF_A_PRODUCT = frozenset({"ecommerce.back_in_stock", "ecommerce.replenishment_due"})

_STOPS_NOT_OURS = frozenset({"entered_segment", "field_changed"})
_MIDNIGHT, _LAST_MINUTE = "24:00", "23:59"
_DAYS: Mapping[str, Day] = {day.value: day for day in Day} | {day.name.lower(): day for day in Day}


def enrollment_of(
    mode: str | None, field: str | msgspec.UnsetType | None, event: str | None, notes: Notes
) -> Document | None:
    """Who may enter again. `event` is the name of the event that the trigger waits for, None for other triggers."""
    word = mode if mode is not None else _default(event)
    if word not in list(EnrollmentMode):
        notes.unknown_word("enrollmentMode", word, EnrollmentMode)
        return None
    # An empty path asks for the built-in ones.
    path = None if field is msgspec.UNSET or not (field or "").strip() else field
    if word == EnrollmentMode.MATCHING_FIELD:
        if event is None:
            notes.fault("enrollmentMode", "matching_field needs the trigger event_received.", found=word)
            return None
    elif path is not None:
        expected = "no enrollmentFieldPath, or the mode matching_field"
        notes.fault("enrollmentFieldPath", "belongs to the mode matching_field.", expected=expected)
        return None
    notes.came_from("enrollment.field", "enrollmentFieldPath")
    return {"mode": word, **({"field": path} if path is not None else {})}


def stop_of(stop: WireStopCondition | None, notes: Notes) -> Document | None:
    """What ends a run at once; None for nothing.

    Raises:
        NotImplementedHere: it is of a kind that this installation does not have.
    """
    if stop is None or stop.type == "none":
        return None
    if stop.type in _STOPS_NOT_OURS:
        raise not_here(f"the stop condition {stop.type!r}")
    if stop.match_config is not None:
        raise not_here("stop conditions with a matchConfig")
    if stop.type not in list(StopKind):
        notes.unknown_word("stopCondition.type", stop.type, (*StopKind, "none"))
        return None
    if stop.value is None or not stop.value.strip():
        notes.missing("stopCondition.value", expected="the tag, the event or the list")
        return None
    notes.came_from("stopCondition", "stopCondition", alike=True)
    return {"type": stop.type, "value": stop.value}


def window_of(window: WireWindow | None, notes: Notes) -> Document | None:
    """When mail may go out; None for always. The end of a day, 24:00, is the beginning of the next."""
    if window is None or not window.enabled:
        return None
    opens, closes = window.start_time, window.end_time
    for name, text in (("startTime", opens), ("endTime", closes)):
        if text is None:
            notes.missing(f"sendingWindow.{name}", expected="a local time such as 09:00")
    if closes == _MIDNIGHT:
        closes = "00:00" if opens != "00:00" else _LAST_MINUTE
    notes.came_from("window", "sendingWindow")
    for ours, theirs in (("from", "startTime"), ("to", "endTime"), ("timezone", "timezone")):
        notes.came_from(f"window.{ours}", f"sendingWindow.{theirs}")
    days: Document = {"days": _days(window.days, notes)} if window.days else {}
    return {**days, "from": opens, "to": closes, "timezone": window.timezone or "contact"}


def stop_shown(definition: Definition) -> Json:
    """The stop condition in their words, or null."""
    stop = definition.stop_condition
    return {"type": str(stop.type), "value": stop.value} if stop is not None else None


def mode_shown(definition: Definition) -> tuple[str, str | None]:
    """Mode and field path in their words."""
    return str(definition.enrollment.mode), definition.enrollment.field


def window_shown(window: Window | None) -> Json:
    """The window in their words, or null."""
    if window is None:
        return None
    whole_day = (window.opens, window.closes) == ("00:00", _LAST_MINUTE)
    return {
        "enabled": True,
        "timezone": window.timezone,
        "startTime": window.opens,
        "endTime": _MIDNIGHT if window.closes == "00:00" or whole_day else window.closes,
        "days": [day.name.lower() for day in window.days],
    }


def event_of(definition: Definition) -> str | None:
    """The event that the trigger waits for, if it waits for one."""
    return definition.trigger.event if isinstance(definition.trigger, EventTrigger) else None


def _default(event: str | None) -> str:
    return EnrollmentMode.MATCHING_FIELD if event in OF_A_PRODUCT else EnrollmentMode.UNLIMITED


def _days(days: list[str], notes: Notes) -> list[Json]:
    found: list[Json] = []
    for place, day in enumerate(days):
        if day.lower() in _DAYS:
            found.append(str(_DAYS[day.lower()]))
        else:
            notes.unknown_word(f"sendingWindow.days[{place}]", day, [each.name.lower() for each in Day])
    return found
