"""Reading a definition, from text or from a document. All its faults are found at once."""

from collections.abc import Mapping, Sequence

from dripline.documents.conditions import read_predicates
from dripline.documents.converting import convert
from dripline.documents.faults import Faults
from dripline.documents.fields import Reader
from dripline.documents.nodes import Node
from dripline.documents.parsing import parse
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.sequences.language.heading import (
    read_conversion,
    read_enrollment,
    read_stop_condition,
    read_window,
)
from dripline.sequences.language.model import ApiTrigger, Definition
from dripline.sequences.language.shorthand import is_short
from dripline.sequences.language.steps import StepReader
from dripline.sequences.language.triggers import read_trigger

_EXPECTED = "a definition with 'trigger' and 'steps'"


def read_definition(text: str) -> Definition:
    """The definition that a YAML or JSON text writes.

    Raises:
        Invalid: it cannot be read. Names every fault with line, column and path.
    """
    faults = Faults()
    node = parse(text, faults)
    faults.raise_any()
    if node is None:
        raise Invalid.at("", "the definition is empty.", found="nothing", expected=_EXPECTED)
    return read_node(node)


def read_document(value: Mapping[str, Json]) -> Definition:
    """The definition that a parsed JSON document writes.

    Raises:
        Invalid: it cannot be read. Names every fault with its path.
    """
    return read_node(convert(value, Faults()))


def read_node(node: Node) -> Definition:
    """The definition that values with places write.

    Raises:
        Invalid: it cannot be read. Names every fault.
    """
    faults = Faults()
    root = Reader.of(node, "", faults, expected=_EXPECTED)
    if root is None:
        faults.raise_any()
        raise AssertionError("what is no mapping is a fault")
    definition = _read_root(root)
    faults.raise_any()
    return definition


def _read_root(root: Reader) -> Definition:
    steps = root.need_items("steps")
    trigger = read_trigger(root) if _needs_trigger(root, steps) else ApiTrigger()
    definition = Definition(
        trigger=trigger,
        enrollment=read_enrollment(root, trigger),
        exit_conditions=read_predicates(root.items("exitConditions") or (), "exitConditions", root.faults),
        stop_condition=read_stop_condition(root),
        conversion=read_conversion(root),
        sender=root.mailbox("sender"),
        window=read_window(root),
        steps=StepReader(root.faults).read(steps, "steps"),
    )
    root.finish()
    return definition


def _needs_trigger(root: Reader, steps: Sequence[Node]) -> bool:
    """Where all steps have a shorter form, what starts them is told elsewhere, if at all."""
    return root.find("trigger") is not None or not steps or not all(map(is_short, steps))
