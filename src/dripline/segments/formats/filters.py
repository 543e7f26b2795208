"""Rules of filters with a field, an operator and a value that is a text: in one list, or in groups within groups.

{"filters": [{"field": "tag", "operator": "contains", "value": "vip"}], "filterJoinOperator": "and"}
{"root": {"kind": "group", "joinOperator": "or", "children": [{"kind": "filter", "field": "tag", …}]}}
"""

from dripline.documents.conditions import STAND_IN
from dripline.documents.faults import Faults, did_you_mean, one_of, quote
from dripline.documents.fields import Reader
from dripline.documents.nodes import Node, Scalar
from dripline.predicates.model import Predicate
from dripline.segments.formats.fields import FIELDS, NOT_KEPT
from dripline.segments.formats.joining import read_joined
from dripline.segments.formats.values import Filter

_EXPECTED = "a filter with 'field', 'operator' and 'value'"


def read_filters(reader: Reader) -> Predicate:
    """Filters in one list."""
    _read_format(reader, "v1")
    reader.find("root")
    return read_joined(reader, "filterJoinOperator", "filters", _read_filter)


def read_root(reader: Reader) -> Predicate:
    """A group with filters and groups in it, at `root` or by itself."""
    if reader.find("children") is not None:
        return _read_group(reader)
    _read_format(reader, "v2")
    root = reader.inner("root", expected="a group with 'children'")
    if root is None:
        reader.need("root", expected="a group with 'children'")
        return STAND_IN
    group = _read_group(root)
    root.finish()
    return group


def _read_format(reader: Reader, expected: str) -> None:
    text = reader.text("format")
    if text is not None and text != expected:
        reader.wrong("format", f"the format is {quote(text)}, but these are rules of {expected}.", expected=expected)


def _read_group(reader: Reader) -> Predicate:
    _read_kind(reader, "group")
    return read_joined(reader, "joinOperator", "children", _read_child)


def _read_child(node: Node, path: str, faults: Faults) -> Predicate:
    reader = Reader.of(node, path, faults, expected=f"{_EXPECTED}, or a group with 'children'")
    if reader is None:
        return STAND_IN
    if reader.find("children") is None:
        return _read_filter(node, path, faults)
    group = _read_group(reader)
    reader.finish()
    return group


def _read_kind(reader: Reader, expected: str) -> None:
    # Editors give each part an id of their own.
    reader.entry("id")
    kind = reader.text("kind")
    if kind is not None and kind != expected:
        reader.wrong("kind", f"expected {quote(expected)}, found {quote(kind)}.", expected=expected)


def _read_filter(node: Node, path: str, faults: Faults) -> Predicate:
    reader = Reader.of(node, path, faults, expected=_EXPECTED)
    if reader is None:
        return STAND_IN
    _read_kind(reader, "filter")
    predicate = _read_field(reader)
    for key in ("field", "operator", "value"):
        reader.entry(key)
    reader.finish()
    return predicate


def _read_field(reader: Reader) -> Predicate:
    name = reader.need_text("field")
    if name in NOT_KEPT:
        reader.wrong("field", f"{quote(name)} cannot be asked here: {NOT_KEPT[name]}", expected=one_of(list(FIELDS)))
    elif name and name not in FIELDS:
        reader.wrong(
            "field",
            f"the field {quote(name)} is unknown.",
            expected=one_of(list(FIELDS)),
            hint=did_you_mean(name, FIELDS),
        )
    if name not in FIELDS:
        return STAND_IN
    operators = FIELDS[name]
    node = reader.need("operator", expected=one_of(list(operators)))
    word = node.value if isinstance(node, Scalar) else None
    if isinstance(word, str) and word in operators:
        return operators[word](Filter(reader))
    if node is not None:
        hint = did_you_mean(word, operators) if isinstance(word, str) else None
        reader.faults.wrong(node, reader.place("operator"), expected=one_of(list(operators)), hint=hint)
    return STAND_IN
