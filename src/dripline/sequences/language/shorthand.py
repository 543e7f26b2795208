"""The shorter forms of steps that other products have, spelled out in the keys of this language.

`send: welcome` and `delay: 3d` are whole steps; `type: email` names its template in `templateId`, and may bring the
`delay` before it along.
"""

from dripline.documents.nodes import Entry, Fields, Node, Scalar
from dripline.kernel.durations import parse_duration

_SHORT = {"send": ("email", "template"), "delay": ("delay", "duration")}


def spelled_out(node: Node) -> tuple[Node, ...]:
    """The step or steps that a node writes; the node itself when it is in the language's own form."""
    if not isinstance(node, Fields) or _entry(node, "action") is not None:
        return (node,)
    if (kind := _entry(node, "type")) is not None:
        return _typed(node, kind)
    match [entry for entry in node.entries if entry.key in _SHORT]:
        case [entry] if _entry(node, _SHORT[entry.key][1]) is None:
            return (_short(node, entry),)
        case _:
            return (node,)


def is_short(node: Node) -> bool:
    """Whether a step is written in another form than the language's own."""
    return spelled_out(node) != (node,)


def _short(node: Fields, entry: Entry) -> Node:
    action, key = _SHORT[entry.key]
    others = (each for each in node.entries if each is not entry)
    return Fields((_word(action, entry), Entry(key, entry.value, entry.mark), *others), node.mark)


def _typed(node: Fields, kind: Entry) -> tuple[Node, ...]:
    others = [each for each in node.entries if each is not kind]
    before: list[Node] = []
    if isinstance(kind.value, Scalar) and kind.value.value == "email":
        delays = [each for each in others if each.key == "delay"]
        before = [_short(Fields((each,), node.mark), each) for each in delays if _lasts(each.value)]
        names_template = _entry(node, "template") is not None
        others = [each if names_template else _renamed(each) for each in others if each.key != "delay"]
    action = Entry("action", kind.value, kind.mark)
    return (*before, Fields((action, *others), node.mark))


def _renamed(entry: Entry) -> Entry:
    return Entry("template", entry.value, entry.mark) if entry.key == "templateId" else entry


def _word(action: str, entry: Entry) -> Entry:
    return Entry("action", Scalar(action, entry.mark), entry.mark)


def _entry(node: Fields, key: str) -> Entry | None:
    return next((entry for entry in node.entries if entry.key == key), None)


def _lasts(node: Node) -> bool:
    """Whether a delay is longer than nothing. What is no duration is left to the reader, who says so."""
    match node:
        case Scalar(None):
            return False
        case Scalar(str() as text):
            try:
                return bool(parse_duration(text))
            except ValueError:
                return True
        case _:
            return True
