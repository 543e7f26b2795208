"""Reading triggers: what enrolls a contact."""

from collections.abc import Callable, Mapping

from dripline.documents.conditions import read_filter, read_tag
from dripline.documents.faults import Faults, one_of, quote
from dripline.documents.fields import Reader
from dripline.documents.nodes import Node, Scalar
from dripline.predicates.model import ANY
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

MOST_DAYS = 3660
MOST_TIMES = 1_000_000


def read_trigger(root: Reader) -> Trigger:
    """The trigger of a definition: exactly one kind."""
    node = root.need("trigger", expected=_EXPECTED)
    return read_trigger_at(node, "trigger", root.faults) if node is not None else ApiTrigger()


def read_trigger_at(node: Node, path: str, faults: Faults) -> Trigger:
    """The trigger that a node says; a stand-in after a fault."""
    reader = Reader.of(node, path, faults, expected=_EXPECTED)
    if reader is None:
        return ApiTrigger()
    kinds = [kind for kind in _KINDS if reader.entry(kind) is not None]
    if not kinds and all(entry.key == "where" for entry in reader.node.entries):
        faults.note(path, "nothing here starts it.", reader.node.mark, expected=_EXPECTED)
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
    return TagTrigger(read_any_tag(reader, "tag"))


def _segment(reader: Reader) -> Trigger:
    return SegmentTrigger(reader.need_text("segment"))


def _inactivity(reader: Reader) -> Trigger:
    inner = _need_inner(reader, "inactivity", "a mapping with 'event' and 'days'")
    if inner is None:
        return ApiTrigger()
    trigger = InactivityTrigger(
        inner.need_text("event"),
        inner.need_whole("days", least=1, most=MOST_DAYS),
        inner.choice("baseline", Baseline) or Baseline.SEQUENCE,
    )
    inner.finish()
    return trigger


def _frequency(reader: Reader) -> Trigger:
    inner = _need_inner(reader, "frequency", "a mapping with 'event', 'count' and 'within'")
    if inner is None:
        return ApiTrigger()
    trigger = FrequencyTrigger(
        inner.need_text("event"),
        inner.need_whole("count", least=1, most=MOST_TIMES),
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

_EXPECTED = f"a mapping with {one_of(list(_KINDS))}"


def read_any_tag(reader: Reader, key: str) -> str:
    """A tag in its normal form, or `*`, which is any."""
    return ANY if reader.json(key) == ANY else read_tag(reader, key)


def _need_inner(reader: Reader, key: str, expected: str) -> Reader | None:
    node = reader.need(key, expected=expected)
    return Reader.of(node, reader.place(key), reader.faults, expected=expected) if node is not None else None


def _need_word(reader: Reader, key: str, word: bool | str, expected: str) -> None:
    node = reader.need(key, expected=expected)
    value = node.value if isinstance(node, Scalar) else None
    # 1 equals True, and is not the word.
    if node is not None and (value != word or type(value) is not type(word)):
        reader.faults.wrong(node, reader.place(key), expected=expected)
