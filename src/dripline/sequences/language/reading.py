"""Reading a definition, from text or from a document. All its faults are found at once."""

from collections.abc import Mapping

from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.sequences.language.conditions import read_comparisons
from dripline.sequences.language.documents import convert
from dripline.sequences.language.faults import Faults
from dripline.sequences.language.fields import Reader
from dripline.sequences.language.heading import (
    read_conversion,
    read_enrollment,
    read_stop_condition,
    read_window,
)
from dripline.sequences.language.model import Definition
from dripline.sequences.language.nodes import Node
from dripline.sequences.language.parsing import parse
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
    return _read(node)


def read_document(value: Mapping[str, Json]) -> Definition:
    """The definition that a parsed JSON document writes.

    Raises:
        Invalid: it cannot be read. Names every fault with its path.
    """
    return _read(convert(value, Faults()))


def _read(node: Node) -> Definition:
    faults = Faults()
    root = Reader.of(node, "", faults, expected=_EXPECTED)
    if root is None:
        faults.raise_any()
        raise AssertionError("what is no mapping is a fault")
    definition = _read_root(root)
    faults.raise_any()
    return definition


def _read_root(root: Reader) -> Definition:
    trigger = read_trigger(root)
    definition = Definition(
        trigger=trigger,
        enrollment=read_enrollment(root, trigger),
        exit_conditions=read_comparisons(root.items("exitConditions") or (), "exitConditions", root.faults),
        stop_condition=read_stop_condition(root),
        conversion=read_conversion(root),
        sender=root.mailbox("sender"),
        window=read_window(root),
        steps=StepReader(root.faults).read(root.need_items("steps"), "steps"),
    )
    root.finish()
    return definition
