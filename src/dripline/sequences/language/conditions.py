"""Reading conditions: comparisons, and the other things that a condition step may ask."""

from collections.abc import Sequence

from dripline.kernel.values import Json
from dripline.predicates.model import Comparison, Operator
from dripline.sequences.language.faults import Faults, one_of
from dripline.sequences.language.fields import Reader
from dripline.sequences.language.model import EventTest, ListTest, SegmentTest, TagTest, Test
from dripline.sequences.language.nodes import Node, Scalar

_KINDS = ("property", "segment", "event", "tag", "list")
_EXPECTED_VALUE = "text, a number, or true or false"
_STAND_IN = Comparison("", Operator.EXISTS)


def read_comparisons(nodes: Sequence[Node], path: str, faults: Faults) -> tuple[Comparison, ...]:
    """A list of comparisons."""
    return tuple(_read_item(node, f"{path}[{index}]", faults) for index, node in enumerate(nodes))


def read_filter(reader: Reader, key: str) -> tuple[Comparison, ...]:
    """The comparisons of a filter, which is never empty: an empty one would match nothing."""
    nodes = reader.items(key)
    if nodes is None:
        return ()
    if not nodes:
        reader.wrong(key, "an empty filter matches nothing.", expected="at least one condition")
    return read_comparisons(nodes, reader.place(key), reader.faults)


def read_test(reader: Reader) -> Test:
    """What a condition step asks: exactly one of property, segment, event, tag, list."""
    kinds = [kind for kind in _KINDS if reader.find(kind) is not None]
    if not kinds:
        expected = one_of(_KINDS)
        reader.faults.note(reader.place("property"), "the condition asks nothing.", reader.node.mark, expected=expected)
    for kind in kinds[1:]:
        reader.wrong(kind, f"a condition asks one thing; this one asks for {one_of(kinds[:1])} already.")
    kind = kinds[0] if kinds else "property"
    if kind != "property":
        _refuse_comparison(reader, kind)
    match kind:
        case "segment":
            return SegmentTest(reader.need_text("segment"))
        case "event":
            return EventTest(reader.need_text("event"))
        case "tag":
            return TagTest(reader.need_text("tag"))
        case "list":
            return ListTest(reader.need_text("list"))
        case _:
            return read_comparison(reader) if kinds else _ask_for_comparison(reader)


def read_comparison(reader: Reader) -> Comparison:
    """`property`, `operator` and, where the operator takes one, `value`."""
    path = reader.need_property_path("property")
    operator = reader.need_choice("operator", Operator)
    entry = reader.entry("value")
    if operator is None:
        return _STAND_IN
    if not operator.takes_value:
        if entry is not None:
            reader.wrong("value", f"{operator} takes no value.", expected="no 'value'")
        return Comparison(path, operator)
    node = reader.need("value", expected=_EXPECTED_VALUE)
    return Comparison(path, operator, _read_value(reader, node) if node is not None else None)


def _read_item(node: Node, path: str, faults: Faults) -> Comparison:
    reader = Reader.of(node, path, faults, expected="a condition with 'property' and 'operator'")
    if reader is None:
        return _STAND_IN
    comparison = read_comparison(reader)
    reader.finish()
    return comparison


def _read_value(reader: Reader, node: Node) -> Json:
    if isinstance(node, Scalar):
        return node.value
    reader.faults.wrong(node, reader.place("value"), expected=_EXPECTED_VALUE)
    return None


def _refuse_comparison(reader: Reader, kind: str) -> None:
    for key in ("operator", "value"):
        if reader.find(key) is not None:
            reader.wrong(key, f"{key!r} belongs to 'property', not to {kind!r}.")


def _ask_for_comparison(reader: Reader) -> Comparison:
    for key in ("operator", "value"):
        reader.entry(key)
    return _STAND_IN
