"""Reading the rules of a segment, in whichever published format they are written."""

from collections.abc import Mapping

from dripline.documents.conditions import DEEPEST, MOST_TESTS, STAND_IN, read_predicate
from dripline.documents.converting import convert
from dripline.documents.faults import Faults
from dripline.documents.fields import Reader
from dripline.documents.nodes import Fields, Items, Node
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.predicates.model import Predicate
from dripline.predicates.paths import Scope
from dripline.predicates.walking import depth_of, tests_in
from dripline.segments.formats.conditions import read_conditions, read_list
from dripline.segments.formats.filters import read_filters, read_root

# The keys by which the published formats are told from our own, and from each other.
_GROUP, _FILTERS, _ROOT = {"conditions", "field"}, {"filters", "filterJoinOperator"}, {"root", "children"}
_EXPECTED = "a condition, a group with 'conditions', 'filters' or 'root', or a list of conditions"


def read_rules(value: Json, path: str = "rules") -> Predicate:
    """The condition that rules write, in the grammar of conditions or in a published format. They stand at `path`.

    Raises:
        Invalid: they cannot be read. Names every fault with its path.
    """
    faults = Faults()
    document = convert({path: value}, faults)
    assert isinstance(document, Fields)
    predicate = _read(document.entries[0].value, path, faults)
    faults.raise_any()
    _check_size(predicate, path)
    return predicate


def format_of(value: Json) -> str:
    """Which format rules are in that can be read: `list`, `group`, `v1`, `v2`, or `condition`, the one of our own."""
    if not isinstance(value, Mapping):
        return "list"
    if value.keys() & _GROUP:
        return "group"
    if value.keys() & _FILTERS:
        return "v1"
    return "v2" if value.keys() & _ROOT else "condition"


def _read(node: Node, path: str, faults: Faults) -> Predicate:
    if isinstance(node, Items):
        return read_list(node, path, faults)
    reader = Reader.of(node, path, faults, expected=_EXPECTED)
    if reader is None:
        return STAND_IN
    keys = {entry.key for entry in reader.node.entries}
    if keys & _GROUP:
        predicate = read_conditions(reader)
    elif keys & _FILTERS:
        predicate = read_filters(reader)
    elif keys & _ROOT:
        predicate = read_root(reader)
    else:
        predicate = read_predicate(reader, Scope.SEGMENT)
    reader.finish()
    return predicate


def _check_size(predicate: Predicate, path: str) -> None:
    if (count := sum(1 for _ in tests_in(predicate))) > MOST_TESTS:
        raise Invalid.at(path, f"there are too many conditions: {count}.", expected=f"at most {MOST_TESTS}")
    if depth_of(predicate) > DEEPEST:
        raise Invalid.at(path, "the conditions are nested too deep.", expected=f"at most {DEEPEST} levels")
