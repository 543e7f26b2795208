"""Reading what stands beside trigger and steps: enrollment, exits, stop, conversion, window."""

from dripline.documents.faults import one_of
from dripline.documents.fields import Reader
from dripline.sequences.language.model import (
    EVERY_DAY,
    Conversion,
    Day,
    Enrollment,
    EnrollmentMode,
    EventTrigger,
    StopCondition,
    StopKind,
    Trigger,
    Window,
)
from dripline.sequences.language.triggers import read_any_tag

_STOP_KINDS = (*StopKind, "none")
_OF_TAGS = (StopKind.HAS_TAG, StopKind.DOES_NOT_HAVE_TAG)


def read_enrollment(root: Reader, trigger: Trigger) -> Enrollment:
    """Who may enter again. Without it: everybody, when no enrollment is active."""
    reader = root.inner("enrollment")
    if reader is None:
        return Enrollment()
    mode = reader.choice("mode", EnrollmentMode) or EnrollmentMode.UNLIMITED
    enrollment = Enrollment(mode, reader.text("field"), reader.flag("existing") or False)
    if mode is EnrollmentMode.MATCHING_FIELD and not isinstance(trigger, EventTrigger):
        reader.wrong("mode", "'matching_field' needs the trigger 'event'.")
    if mode is not EnrollmentMode.MATCHING_FIELD and enrollment.field is not None:
        reader.wrong("field", "'field' belongs to the mode 'matching_field'.")
    reader.finish()
    return enrollment


def read_stop_condition(root: Reader) -> StopCondition | None:
    """What stops an enrollment at once; `none` is as good as absent."""
    reader = root.inner("stopCondition")
    if reader is None:
        return None
    node = reader.need("type", expected=one_of(_STOP_KINDS))
    if node is None or reader.json("type") == "none":
        reader.json("value")
        reader.finish()
        return None
    kind = reader.read_choice(node, reader.place("type"), StopKind)
    value = read_any_tag(reader, "value") if kind in _OF_TAGS else reader.need_text("value")
    reader.finish()
    return StopCondition(kind, value) if kind is not None else None


def read_conversion(root: Reader) -> Conversion | None:
    """What counts as success."""
    reader = root.inner("conversion")
    if reader is None:
        return None
    conversion = Conversion(reader.need_text("event"), reader.duration("within"))
    reader.finish()
    return conversion


def read_window(root: Reader) -> Window | None:
    """When mail may go out. It may cross midnight; it may not be empty."""
    reader = root.inner("window")
    if reader is None:
        return None
    days = _read_days(reader)
    for key in ("from", "to"):
        reader.need(key, expected="a time of day such as '09:00'")
    opens, closes = reader.time_of_day("from") or "", reader.time_of_day("to") or ""
    if opens and opens == closes:
        reader.wrong("to", "the window opens and closes at the same time.", expected="another time than 'from'")
    zone = reader.zone("timezone") or "contact"
    reader.finish()
    return Window(opens, closes, days, zone)


def _read_days(reader: Reader) -> tuple[Day, ...]:
    nodes = reader.items("days")
    if nodes is None:
        return EVERY_DAY
    if not nodes:
        reader.wrong("days", "a window without days never opens.", expected="at least one day")
    place = reader.place("days")
    found = {reader.read_choice(node, f"{place}[{index}]", Day) for index, node in enumerate(nodes)}
    return tuple(day for day in Day if day in found)
