"""Delays of this wire format into ours: lengths, and dates to wait for."""

import math
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from dripline.api.dialects.sequenzy.notes import Document, Notes, not_here
from dripline.kernel.durations import LONGEST, format_duration
from dripline.kernel.values import Json

_MINUTES = {"days": 1440, "hours": 60, "minutes": 1}
_MOST_MINUTES = LONGEST // timedelta(minutes=1)


class WireUntil(msgspec.Struct, frozen=True, rename="camel"):
    """A date to wait for: of the event that enrolled, or an attribute of the contact."""

    field: str
    source: str = "event"
    direction: str = "after"
    days: int | float = 0
    hours: int | float = 0
    minutes: int | float = 0
    offset: int | float = 0
    missing_action: str = "continue"
    past_action: str = "continue"


def delay_of(step: Mapping[str, Json], path: str, notes: Notes) -> Document | None:
    """The delay before a step, or None when there is none. Parts of a minute count as a whole one."""
    given, milliseconds = step.get("delay"), step.get("delayMs")
    minutes = 0.0
    if isinstance(given, Mapping):
        minutes = sum(_number(given, unit, f"{path}.delay", notes) * size for unit, size in _MINUTES.items())
        for name in given.keys() - _MINUTES.keys():
            notes.warn(f"{path}.delay.{name} is not known here: it was passed over.")
    elif given is not None:
        notes.warn(f"{path}.delay is no object with days, hours and minutes: it was passed over.")
    elif milliseconds is not None:
        minutes = _number(step, "delayMs", path, notes) / 60_000
    if minutes > _MOST_MINUTES:
        notes.fault(f"{path}.delay", "is too long.", expected=f"at most {LONGEST.days} days")
        return None
    if not minutes.is_integer():
        notes.warn(f"{path}.delay was made a whole number of minutes.")
    length = timedelta(minutes=math.ceil(minutes))
    return {"action": "delay", "duration": format_duration(length)} if length else None


def until_of(wanted: WireUntil, path: str, notes: Notes) -> Document:
    """The delay until a date.

    Raises:
        NotImplementedHere: it asks for a time before or after the date.
    """
    if wanted.direction != "after" or any((wanted.days, wanted.hours, wanted.minutes, wanted.offset)):
        raise not_here("waitUntil with a time before or after the date")
    if wanted.source not in ("event", "attribute"):
        notes.unknown_word(f"{path}.source", wanted.source, ("event", "attribute"))
    root = "event" if wanted.source == "event" else "contact.properties"
    return {
        "action": "delay",
        "until": f"{root}.{wanted.field}",
        "onMissing": wanted.missing_action,
        "onPast": wanted.past_action,
    }


def _number(parts: Mapping[str, Json], name: str, path: str, notes: Notes) -> float:
    value = parts.get(name)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        notes.fault(f"{path}.{name}", "expected a number from 0.", expected="a number from 0", found=value)
        return 0.0
    return float(value)
