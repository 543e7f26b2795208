"""Reading triggers: what enrolls a contact."""

from collections.abc import Callable, Mapping

from dripline.sequences.language.conditions import read_filter
from dripline.sequences.language.faults import one_of, quote
from dripline.sequences.language.fields import Reader
from dripline.sequences.language.model import (
    ApiTrigger,
    ContactTrigger,
    EventTrigger,
    FrequencyTrigger,
    InactivityTrigger,
    ListTrigger,
    SegmentTrigger,
    TagTrigger,
    Trigger,
)
from dripline.sequences.language.nodes import Scalar

_MOST_DAYS = 3660
_MOST_TIMES = 1_000_000


def read_trigger(root: Reader) -> Trigger:
    """The trigger of a definition: exactly one kind."""
    expected = f"a mapping with {one_of(list(_KINDS))}"
    node = root.need("trigger", expected=expected)
    reader = Reader.of(node, "trigger", root.faults, expected=expected) if node is not None else None
    if reader is None:
        return ApiTrigger()
    kinds = [kind for kind in _KINDS if reader.entry(kind) is not None]
    if not kinds and all(entry.key == "where" for entry in reader.node.entries):
        reader.faults.note("trigger", "nothing here starts it.", reader.node.mark, expected=expected)
    for kind in kinds[1:]:
        reader.wrong(kind, f"there is one trigger; {quote(kinds[0])} is given already.")
    trigger = _KINDS[kinds[0]](reader) if kinds else ApiTrigger()
    if reader.find("where") is not None and kinds and kinds[0] != "event":
        reader.wrong("where", "'where' belongs to the trigger 'event'.")
    reader.finish()
    return trigger


def _event(reader: Reader) -> Trigger:
    return EventTrigger(reader.need_text("event"), read_filter(reader, "where"))


def _api(reader: Reader) -> Trigger:
    _need_word(reader, "api", True, "true")
    return ApiTrigger()


def _contact(reader: Reader) -> Trigger:
    _need_word(reader, "contact", "added", "'added'")
    return ContactTrigger()


def _list(reader: Reader) -> Trigger:
    return ListTrigger(reader.need_text("list"))


def _tag(reader: Reader) -> Trigger:
    return TagTrigger(reader.need_text("tag"))


def _segment(reader: Reader) -> Trigger:
    return SegmentTrigger(reader.need_text("segment"))


def _inactivity(reader: Reader) -> Trigger:
    inner = _need_inner(reader, "inactivity", "a mapping with 'event' and 'days'")
    if inner is None:
        return ApiTrigger()
    trigger = InactivityTrigger(inner.need_text("event"), inner.need_whole("days", least=1, most=_MOST_DAYS))
    inner.finish()
    return trigger


def _frequency(reader: Reader) -> Trigger:
    inner = _need_inner(reader, "frequency", "a mapping with 'event', 'count' and 'within'")
    if inner is None:
        return ApiTrigger()
    trigger = FrequencyTrigger(
        inner.need_text("event"),
        inner.need_whole("count", least=1, most=_MOST_TIMES),
        inner.need_duration("within"),
    )
    inner.finish()
    return trigger


_KINDS: Mapping[str, Callable[[Reader], Trigger]] = {
    "event": _event,
    "api": _api,
    "contact": _contact,
    "list": _list,
    "tag": _tag,
    "segment": _segment,
    "inactivity": _inactivity,
    "frequency": _frequency,
}


def _need_inner(reader: Reader, key: str, expected: str) -> Reader | None:
    node = reader.need(key, expected=expected)
    return Reader.of(node, reader.place(key), reader.faults, expected=expected) if node is not None else None


def _need_word(reader: Reader, key: str, word: bool | str, expected: str) -> None:
    node = reader.need(key, expected=expected)
    value = node.value if isinstance(node, Scalar) else None
    # 1 equals True, and is not the word.
    if node is not None and (value != word or type(value) is not type(word)):
        reader.faults.wrong(node, reader.place(key), expected=expected)
