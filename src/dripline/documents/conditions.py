"""Reading conditions: the one grammar of steps, exit conditions, filters and segments.

A condition is a mapping that asks exactly one thing: `property`, `event`, `tag`, `list` or `segment`; or it joins
others: `all`, `any`, `not`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dripline.documents.faults import Faults, did_you_mean, one_of, quote
from dripline.documents.fields import LONGEST_CONTENT, Reader
from dripline.documents.nodes import Items, Node, Scalar
from dripline.kernel.tags import normal_tag
from dripline.kernel.values import Json
from dripline.predicates.model import (
    ANY,
    All,
    AnyOf,
    Comparison,
    DateTest,
    EventTest,
    ListTest,
    Not,
    Operator,
    Predicate,
    Relation,
    SegmentTest,
    TagTest,
)
from dripline.predicates.paths import Scope, full, nearest

DEEPEST = 8
MOST_TESTS = 100
MOST_EVENTS = 1_000_000

_EXPECTED_VALUE = "text, a number, or true or false"
_OPERATORS = (*Operator, *Relation)
STAND_IN = Comparison("", Operator.EXISTS)
"""What is given for a condition with a fault."""


def read_predicate(reader: Reader, scope: Scope = Scope.EVENT) -> Predicate:
    """The condition in the keys of a mapping, which may hold other keys too."""
    return _Conditions(reader.faults, scope).read(reader, 1)


def read_predicates(
    nodes: Sequence[Node], path: str, faults: Faults, scope: Scope = Scope.EVENT
) -> tuple[Predicate, ...]:
    """A list of conditions."""
    return _Conditions(faults, scope).read_all(nodes, path, 1)


def read_comparisons(
    nodes: Sequence[Node], path: str, faults: Faults, scope: Scope = Scope.EVENT
) -> tuple[Comparison, ...]:
    """A list of comparisons, without anything else."""
    return tuple(_read_item(node, f"{path}[{index}]", faults, scope) for index, node in enumerate(nodes))


def read_filter(reader: Reader, key: str) -> tuple[Comparison, ...]:
    """The comparisons of a filter of events, which is never empty: an empty one would match nothing."""
    nodes = reader.items(key)
    if nodes is None:
        return ()
    if not nodes:
        reader.wrong(key, "an empty filter matches nothing.", expected="at least one condition")
    return read_comparisons(nodes, reader.place(key), reader.faults)


def read_tag(reader: Reader, key: str) -> str:
    """A tag that must be there, in its normal form."""
    text = reader.need_text(key)
    tag = normal_tag(text)
    if text and not tag:
        reader.wrong(key, f"nothing of {quote(text)} is left as a tag.", expected="letters, digits, dots or hyphens")
    return tag


@dataclass(slots=True)
class _Conditions:
    """Reads conditions with all that is inside them, and counts the tests."""

    faults: Faults
    scope: Scope
    tests: int = 0

    def read(self, reader: Reader, depth: int) -> Predicate:
        kinds = [kind for kind in _KINDS if reader.find(kind) is not None]
        if not kinds:
            return _ask(reader)
        for kind in kinds[1:]:
            reader.wrong(kind, f"a condition asks one thing; this one asks for {quote(kinds[0])} already.")
        _refuse_foreign(reader, kinds[0])
        if (read := _TESTS.get(kinds[0])) is None:
            return self._join(reader, kinds[0], depth)
        self._count(reader)
        return read(reader, self.scope)

    def read_all(self, nodes: Sequence[Node], path: str, depth: int) -> tuple[Predicate, ...]:
        return tuple(self._read_node(node, f"{path}[{index}]", depth) for index, node in enumerate(nodes))

    def _read_node(self, node: Node, path: str, depth: int) -> Predicate:
        reader = Reader.of(node, path, self.faults, expected=f"a condition with {one_of(_KINDS)}")
        if reader is None:
            return STAND_IN
        if depth > DEEPEST:
            self.faults.note(path, "this is nested too deep.", node.mark, expected=f"at most {DEEPEST} levels")
            return STAND_IN
        predicate = self.read(reader, depth)
        reader.finish()
        return predicate

    def _join(self, reader: Reader, kind: str, depth: int) -> Predicate:
        if kind == "not":
            node = reader.need("not", expected="a condition")
            return Not(self._read_node(node, reader.place("not"), depth + 1) if node is not None else STAND_IN)
        nodes = reader.need_items(kind)
        if isinstance(reader.find(kind), Items) and not nodes:
            reader.wrong(kind, "an empty filter matches nobody.", expected="at least one condition")
        tests = self.read_all(nodes, reader.place(kind), depth + 1)
        return All(tests) if kind == "all" else AnyOf(tests)

    def _count(self, reader: Reader) -> None:
        self.tests += 1
        if self.tests == MOST_TESTS + 1:
            expected = f"at most {MOST_TESTS} tests, nested ones counted"
            self.faults.note(reader.path, "there are too many tests.", reader.node.mark, expected=expected)


def _read_event(reader: Reader, _: Scope) -> EventTest:
    at_least = reader.whole("atLeast", least=1, most=MOST_EVENTS)
    return EventTest(
        event=reader.need_text("event"),
        where=read_filter(reader, "where"),
        at_least=at_least if at_least is not None else 1,
        within=reader.duration("within"),
    )


def _read_tag(reader: Reader, _: Scope) -> TagTest:
    node = reader.find("tag")
    is_any = isinstance(node, Scalar) and node.value == ANY
    return TagTest(ANY if is_any else read_tag(reader, "tag"))


def _read_list(reader: Reader, _: Scope) -> ListTest:
    return ListTest(reader.need_text("list"))


def _read_segment(reader: Reader, _: Scope) -> SegmentTest:
    return SegmentTest(reader.need_text("segment"))


def _read_property(reader: Reader, scope: Scope) -> Predicate:
    path = read_path(reader, scope)
    node = reader.need("operator", expected=one_of(_OPERATORS))
    word = node.value if isinstance(node, Scalar) else None
    if word in list(Operator):
        return read_compared(reader, path, Operator(word))
    if word in list(Relation):
        return DateTest(path, Relation(word), reader.need_duration("value"))
    if node is not None:
        hint = did_you_mean(word, _OPERATORS) if isinstance(word, str) else None
        reader.faults.wrong(node, reader.place("operator"), expected=one_of(_OPERATORS), hint=hint)
    return _stand_in(reader)


_TESTS: Mapping[str, Callable[[Reader, Scope], Predicate]] = {
    "property": _read_property,
    "event": _read_event,
    "tag": _read_tag,
    "list": _read_list,
    "segment": _read_segment,
}
_KINDS = (*_TESTS, "all", "any", "not")
# The keys beside a kind, and the kind that they belong to.
_FOREIGN = {"operator": "property", "value": "property", "where": "event", "atLeast": "event", "within": "event"}


def _ask(reader: Reader) -> Predicate:
    for key in _FOREIGN:
        reader.entry(key)
    place = reader.place("property")
    reader.faults.note(place, "the condition asks nothing.", reader.node.mark, expected=one_of(_KINDS))
    return STAND_IN


def _refuse_foreign(reader: Reader, kind: str) -> None:
    for key, owner in _FOREIGN.items():
        if owner != kind and reader.find(key) is not None:
            reader.wrong(key, f"{quote(key)} belongs to {quote(owner)}, not to {quote(kind)}.")


def _read_item(node: Node, path: str, faults: Faults, scope: Scope) -> Comparison:
    reader = Reader.of(node, path, faults, expected="a condition with 'property' and 'operator'")
    if reader is None:
        return STAND_IN
    where = read_path(reader, scope)
    operator = reader.need_choice("operator", Operator)
    comparison = read_compared(reader, where, operator) if operator is not None else _stand_in(reader)
    reader.finish()
    return comparison


def read_path(reader: Reader, scope: Scope, key: str = "property") -> str:
    """The path that must stand at a key, in full; empty only after a fault."""
    if scope is Scope.EVENT:
        return reader.need_property_path(key)
    text = reader.need_text(key, longest=LONGEST_CONTENT)
    path = full(text, scope)
    if text and path is None:
        reader.wrong(key, f"there is nothing at {quote(text)}.", expected=scope.expected, hint=_hint(text))
    return path or ""


def _hint(text: str) -> str | None:
    if text.startswith("event."):
        return "What belongs to an event is asked in 'where' beside 'event'."
    meant = nearest(text)
    return f"Did you mean {quote(meant)}?" if meant is not None else None


def read_compared(reader: Reader, path: str, operator: Operator) -> Comparison:
    """The comparison with `value`, which must be there for exactly those operators that take one."""
    entry = reader.entry("value")
    if not operator.takes_value:
        if entry is not None:
            reader.wrong("value", f"{operator} takes no value.", expected="no 'value'")
        return Comparison(path, operator)
    node = reader.need("value", expected=_EXPECTED_VALUE)
    value = _read_value(reader, node) if node is not None else None
    if path == "contact.tags" and isinstance(value, str) and operator in (Operator.CONTAINS, Operator.NOT_CONTAINS):
        value = read_tag(reader, "value")
    return Comparison(path, operator, value)


def _read_value(reader: Reader, node: Node) -> Json:
    if isinstance(node, Scalar):
        return node.value
    reader.faults.wrong(node, reader.place("value"), expected=_EXPECTED_VALUE)
    return None


def _stand_in(reader: Reader) -> Comparison:
    reader.entry("value")
    return STAND_IN
