"""The JSON Schema of conditions."""

from collections.abc import Mapping

from dripline.documents.conditions import MOST_EVENTS
from dripline.predicates.model import Operator, Relation
from dripline.sequences.language.schema.forms import (
    DURATION,
    NAME,
    PATH,
    Schema,
    an_object,
    has,
    has_one,
    is_word,
    listed,
    one_of,
    ref,
    when,
    whole,
)

SCALAR: Schema = {"type": ["string", "number", "boolean"]}

_VALUELESS = [str(operator) for operator in Operator if not operator.takes_value]
_VALUED = [str(word) for word in (*Operator, *Relation) if str(word) not in _VALUELESS]
_RELATIONS = [str(relation) for relation in Relation]
_KINDS = ("property", "event", "tag", "list", "segment", "all", "any", "not")
# The keys beside a kind, and the kind that they belong to.
_OWNERS = {"operator": "property", "value": "property", "where": "event", "atLeast": "event", "within": "event"}

KEYS: Mapping[str, Schema] = {
    "property": PATH,
    "operator": one_of([*Operator, *Relation]),
    "value": SCALAR,
    "event": NAME,
    "where": listed(ref("comparison"), least=1),
    "atLeast": whole(1, MOST_EVENTS),
    "within": DURATION,
    "tag": NAME,
    "list": NAME,
    "segment": NAME,
    "all": listed(ref("predicate"), least=1),
    "any": listed(ref("predicate"), least=1),
    "not": ref("predicate"),
}
"""The keys of a condition."""

_VALUE_RULES: tuple[Schema, ...] = (
    when(is_word("operator", *_VALUELESS), {"not": {"required": ["value"]}}),
    when(is_word("operator", *_VALUED), has("value")),
    when(is_word("operator", *_RELATIONS), {"properties": {"value": DURATION}}),
)

RULES: tuple[Schema, ...] = (
    has_one(*_KINDS),
    *(when(has(key), has(owner)) for key, owner in _OWNERS.items()),
    when(has("property"), has("operator")),
    *_VALUE_RULES,
)
"""What holds for the keys of a condition, wherever they stand."""

FILTER = listed(ref("comparison"), least=1)

DEFINITIONS: Mapping[str, Schema] = {
    "predicate": an_object(KEYS, rules=RULES, about="Asks exactly one thing, or joins others."),
    "comparison": an_object(
        {"property": PATH, "operator": one_of(Operator), "value": SCALAR},
        needed=("property", "operator"),
        rules=_VALUE_RULES,
        about="Compares something with a value.",
    ),
}
