"""A trigger that is given beside a definition, as other products do it, written into its text."""

from collections.abc import Mapping, Sequence

from dripline.documents.conditions import read_comparisons
from dripline.documents.converting import convert
from dripline.documents.emitting import emit_entry, emit_flow
from dripline.documents.faults import Faults
from dripline.documents.fields import Reader, plain
from dripline.documents.layout import Pairs, lay_out
from dripline.documents.nodes import Fields, Items, Node, Scalar
from dripline.documents.parsing import parse
from dripline.documents.splicing import Splice, as_lines, column_of, splice
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Operator
from dripline.predicates.paths import is_known
from dripline.sequences.language.model import EventTrigger, Trigger
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.triggers import read_trigger_at
from dripline.sequences.language.writing import trigger_to_json

_FOREIGN = ("type", "eventName", "conditions")
_EXPECTED = "a trigger such as {'event': 'signup'}"


def read_triggers(value: Sequence[Json]) -> Trigger | None:
    """The trigger that a list of at most one says; None for an empty list.

    An event may be named by `event`, or by `eventName` under the `type` `event`. Its `conditions` are a list of
    comparisons, one comparison, or the values that properties of the event shall equal.

    Raises:
        Invalid: there are several, or it is none. Names every fault with its path.
    """
    faults = Faults()
    nodes = convert(list(value), faults)
    assert isinstance(nodes, Items)
    triggers = [_read(node, f"triggers[{index}]", faults) for index, node in enumerate(nodes.items)]
    if len(triggers) > 1:
        faults.note("triggers", "a sequence has one trigger.", expected="at most one", found=f"{len(triggers)}")
    faults.raise_any()
    return triggers[0] if triggers else None


def with_trigger(text: str, trigger: Trigger) -> str:
    """The text of a definition with this trigger in it; all else stays as it is written.

    Raises:
        Invalid: the text cannot be read, or says another trigger.
    """
    root = parse(text, Faults())
    if not isinstance(root, Fields) or not root.entries:
        return text
    if any(entry.key == "trigger" for entry in root.entries):
        _compare(text, trigger)
        return text
    return _insert(text, trigger_to_json(trigger))


def _insert(text: str, trigger: Mapping[str, Json]) -> str:
    root = lay_out(text)
    assert isinstance(root, Pairs)
    first = root.pairs[0].start
    if root.in_braces:
        return splice(text, [Splice(first, first, f'"trigger": {emit_flow(trigger)}, ')])
    column = column_of(text, first)
    # What stands before the first key on its line now stands before ours.
    block = as_lines(text, emit_entry("trigger", trigger, column))[column:]
    return splice(text, [Splice(first, first, block + " " * column)])


def _compare(text: str, trigger: Trigger) -> None:
    inside = read_definition(text).trigger
    if inside != trigger:
        found, expected = emit_flow(trigger_to_json(trigger)), emit_flow(trigger_to_json(inside))
        raise Invalid.at("triggers", "the definition says another trigger.", found=found, expected=expected)


def _read(node: Node, path: str, faults: Faults) -> Trigger | None:
    reader = Reader.of(node, path, faults, expected=_EXPECTED)
    if reader is None:
        return None
    keys = {entry.key for entry in reader.node.entries}
    if keys.isdisjoint(_FOREIGN):
        return read_trigger_at(node, path, faults)
    if reader.find("type") is not None and reader.json("type") != "event":
        reader.wrong("type", "this type is not known.", expected="'event'")
    name = reader.need_text("event" if "event" in keys else "eventName")
    trigger = EventTrigger(name, _conditions(reader))
    reader.finish()
    return trigger


def _conditions(reader: Reader) -> tuple[Comparison, ...]:
    node, place = reader.find("conditions"), reader.place("conditions")
    match node:
        case None:
            return ()
        case Items(items) if items:
            return read_comparisons(items, place, reader.faults)
        case Fields(entries) if any(entry.key == "operator" for entry in entries):
            return read_comparisons([node], place, reader.faults)
        case Fields(entries) if entries:
            return tuple(_equals(reader, entry.key, entry.value, f"{place}.{entry.key}") for entry in entries)
        case Items() | Fields():
            reader.wrong("conditions", "an empty filter matches nothing.", expected="at least one condition")
        case Scalar():
            reader.wrong("conditions", "these are no conditions.", expected="values by the names of properties")
    return ()


def _equals(reader: Reader, name: str, node: Node, path: str) -> Comparison:
    if not isinstance(node, Scalar) or node.value is None:
        reader.faults.wrong(node, path, expected="text, a number, or true or false")
    return Comparison(name if is_known(name) else f"event.{name}", Operator.EQUALS, plain(node))
