"""Joining what stands in a group: by `and` or by `or`, and never nothing."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from dripline.documents.faults import Faults
from dripline.documents.fields import Reader
from dripline.documents.nodes import Items, Node
from dripline.predicates.model import All, AnyOf, Predicate

ReadNode = Callable[[Node, str, Faults], Predicate]


class Joining(StrEnum):
    """Whether all must hold, or one."""

    AND = "and"
    OR = "or"


def read_joined(reader: Reader, operator: str, key: str, read: ReadNode) -> Predicate:
    """The conditions in the list at a key, joined by the word at another; by `and` when there is none."""
    joining = reader.choice(operator, Joining)
    nodes = reader.need_items(key)
    if isinstance(reader.find(key), Items) and not nodes:
        reader.wrong(key, "an empty filter matches nobody.", expected="at least one condition")
    tests = read_all(nodes, reader.place(key), reader.faults, read)
    return AnyOf(tests) if joining is Joining.OR else All(tests)


def read_all(nodes: Sequence[Node], path: str, faults: Faults, read: ReadNode) -> tuple[Predicate, ...]:
    """The conditions of a list."""
    return tuple(read(node, f"{path}[{index}]", faults) for index, node in enumerate(nodes))
