"""The words of structured sequences for what the language says: amounts and units of delays, types of triggers."""

from collections.abc import Mapping
from enum import StrEnum

from dripline.kernel.durations import LONGEST, UNITS, parse_duration
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json


class Unit(StrEnum):
    """What a delay is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


class TriggerType(StrEnum):
    """What starts a sequence. `manual` is another word for `api`; the last two are only ever read."""

    LIST_ADD = "list_add"
    API = "api"
    MANUAL = "manual"
    EVENT = "event"
    CONTACT_ADDED = "contact_added"
    TAG = "tag"
    SEGMENT = "segment"
    INACTIVITY = "inactivity"
    FREQUENCY = "frequency"


_LETTERS = {Unit.MINUTES: "m", Unit.HOURS: "h", Unit.DAYS: "d"}
_KEYS = {"list": TriggerType.LIST_ADD, "contact": TriggerType.CONTACT_ADDED}


def duration_of(amount: int, unit: Unit) -> str:
    """The duration that an amount of units is; empty for none.

    Raises:
        Invalid: it is longer than a delay may be.
    """
    most = LONGEST // UNITS[_LETTERS[unit]]
    if amount > most:
        raise Invalid.at("delayAmount", "is too long a delay", found=f"{amount} {unit}", expected=f"at most {most}")
    return f"{amount}{_LETTERS[unit]}" if amount else ""


def amount_of(duration: str) -> tuple[int, Unit]:
    """A duration as it was written where it has one unit, else in the largest unit that it is a whole number of."""
    length = parse_duration(duration)
    units = {unit: UNITS[letter] for unit, letter in _LETTERS.items()}
    written = next((unit for unit, letter in _LETTERS.items() if duration.strip("0123456789") == letter), None)
    largest = next(unit for unit in reversed(Unit) if not length % units[unit])
    return length // units[written or largest], written or largest


def trigger_type_of(trigger: Mapping[str, Json]) -> TriggerType:
    """The type of a trigger, as JSON in the language's own keys."""
    kind = next(key for key in trigger if key != "where")
    return _KEYS.get(kind) or TriggerType(kind)
