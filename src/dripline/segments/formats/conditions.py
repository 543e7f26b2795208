"""Rules of conditions with a field (or property), an operator and a value: in groups, or as a bare list.

    {"operator": "and", "conditions": [{"field": "properties.plan", "op": "eq", "value": "pro"}]}
    {"operator": "or", "conditions": [{"property": "properties.plan", "operator": "equals", "value": "pro"}]}
    [{"field": "createdAt", "operator": "after", "value": "2030-01-01"}]

A condition in the product's own grammar may stand among them.
"""

from collections.abc import Mapping

from dripline.documents.conditions import STAND_IN, read_compared, read_path, read_predicate
from dripline.documents.faults import Faults, did_you_mean, one_of
from dripline.documents.fields import Reader
from dripline.documents.nodes import Items, Node, Scalar
from dripline.predicates.model import All, DateTest, EventTest, Not, Operator, Predicate, Relation
from dripline.predicates.paths import Scope
from dripline.predicates.truth import moment
from dripline.segments.formats.joining import read_all, read_joined

_WORDS: Mapping[str, Operator] = {
    **{str(operator): operator for operator in Operator},
    "eq": Operator.EQUALS,
    "neq": Operator.NOT_EQUALS,
    "not_equals": Operator.NOT_EQUALS,
    "not_contains": Operator.NOT_CONTAINS,
    "starts_with": Operator.STARTS_WITH,
    "ends_with": Operator.ENDS_WITH,
    "gt": Operator.GREATER_THAN,
    "gte": Operator.GREATER_OR_EQUAL,
    "lt": Operator.LESS_THAN,
    "lte": Operator.LESS_OR_EQUAL,
    "after": Operator.GREATER_THAN,
    "before": Operator.LESS_THAN,
    "not_exists": Operator.NOT_EXISTS,
}
_DATES = ("after", "before")
_ORDER = (Operator.GREATER_THAN, Operator.GREATER_OR_EQUAL, Operator.LESS_THAN, Operator.LESS_OR_EQUAL)
_OF_EVENTS = {"occurred": True, "exists": True, "not_occurred": False, "not_exists": False, "notExists": False}

_EVENTS = "events."
_LAST_ACTIVE = ("lastActiveAt", "contact.lastActiveAt")
_EXPECTED = "a condition with 'field', 'operator' and 'value', or a group with 'operator' and 'conditions'"


def read_list(node: Items, path: str, faults: Faults) -> Predicate:
    """Conditions that must all hold."""
    if not node.items:
        faults.note(path, "an empty filter matches nobody.", node.mark, expected="at least one condition")
    return All(read_all(node.items, path, faults, _read_node))


def read_conditions(reader: Reader) -> Predicate:
    """A group of conditions, or one alone."""
    keys = {entry.key for entry in reader.node.entries}
    if "conditions" in keys:
        return read_joined(reader, "operator", "conditions", _read_node)
    if "field" in keys:
        return _read_condition(reader, "field")
    if "property" in keys:
        return _read_condition(reader, "property")
    return read_predicate(reader, Scope.SEGMENT)


def _read_node(node: Node, path: str, faults: Faults) -> Predicate:
    reader = Reader.of(node, path, faults, expected=_EXPECTED)
    if reader is None:
        return STAND_IN
    predicate = read_conditions(reader)
    reader.finish()
    return predicate


def _read_condition(reader: Reader, key: str) -> Predicate:
    node = reader.find(key)
    field = node.value if isinstance(node, Scalar) else None
    if isinstance(field, str) and field.startswith(_EVENTS):
        return _read_event(reader, field.removeprefix(_EVENTS))
    if field in _LAST_ACTIVE:
        return _refuse_activity(reader, key)
    path = read_path(reader, Scope.SEGMENT, key)
    word = _read_word(reader, (*_WORDS, *Relation))
    if word in list(Relation):
        return DateTest(path, Relation(word), reader.need_duration("value"))
    if word is None:
        reader.entry("value")
        return STAND_IN
    comparison = read_compared(reader, path, _WORDS[word])
    _check_order(reader, word)
    return comparison


def _read_event(reader: Reader, name: str) -> Predicate:
    if not name:
        reader.wrong("field", "the event has no name.", expected="events.<name>")
    word = _read_word(reader, tuple(_OF_EVENTS))
    happened = EventTest(name, within=reader.duration("within"))
    if word is None:
        reader.entry("value")
        return happened
    return happened if _OF_EVENTS[word] else Not(happened)


def _refuse_activity(reader: Reader, key: str) -> Predicate:
    for other in ("op", "operator", "value", "within"):
        reader.entry(other)
    expected = "a condition with 'event' and 'within', such as {event: app.opened, within: 30d}"
    reader.wrong(key, "the time of the last activity is not kept; ask for events instead.", expected=expected)
    return STAND_IN


def _read_word(reader: Reader, words: tuple[str, ...]) -> str | None:
    """The word of the operator, whichever key it stands at; None only after a fault."""
    key = "op" if reader.find("op") is not None else "operator"
    node = reader.need(key, expected=one_of(words))
    word = node.value if isinstance(node, Scalar) else None
    if isinstance(word, str) and word in words:
        return word
    if node is not None:
        hint = did_you_mean(word, words) if isinstance(word, str) else None
        reader.faults.wrong(node, reader.place(key), expected=one_of(words), hint=hint)
    return None


def _check_order(reader: Reader, word: str) -> None:
    """Only numbers and dates lie in an order."""
    node = reader.find("value")
    value = node.value if isinstance(node, Scalar) else None
    if value is None or _WORDS[word] not in _ORDER:
        return
    is_date = isinstance(value, str) and moment(value) is not None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if word in _DATES and not is_date:
        reader.wrong("value", f"{word} needs a date.", expected="a date or time such as '2030-01-31'")
    elif not (is_date or is_number):
        reader.wrong("value", f"{word} needs a number or a date.", expected="a number, or a date such as '2030-01-31'")
