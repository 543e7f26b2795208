"""Values of filters: one text, in which each field has its own order of names, numbers and windows."""

from collections.abc import Callable
from dataclasses import dataclass

from dripline.documents.conditions import MOST_EVENTS
from dripline.documents.fields import Reader
from dripline.documents.nodes import Scalar
from dripline.kernel.durations import parse_duration
from dripline.predicates.model import Predicate


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter, whose value is read as what its field needs. After a fault a stand-in is given."""

    reader: Reader

    def text(self, expected: str) -> str:
        """The value, which must be a text that is not blank."""
        node = self.reader.need("value", expected=expected)
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if node is not None:
            self.wrong(expected)
        return ""

    def nothing(self) -> None:
        """Refuse a value: the operator takes none."""
        node = self.reader.find("value")
        if node is not None and not (isinstance(node, Scalar) and node.value == ""):
            self.reader.wrong("value", "this operator takes no value.", expected="no 'value'")

    def wrong(self, expected: str, hint: str | None = None) -> None:
        """Note that the value is not what it should be."""
        if (node := self.reader.find("value")) is not None:
            self.reader.faults.wrong(node, self.reader.place("value"), expected=expected, hint=hint)


Read = Callable[[Filter], Predicate]
"""Reads the value of a filter, and gives what it asks."""


def count_in(text: str) -> int:
    """The number; 0 when it is none that can be asked for."""
    text = text.strip()
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0
    return number if number <= MOST_EVENTS else 0


def is_duration(text: str) -> bool:
    """Whether the text is a duration."""
    try:
        parse_duration(text)
    except ValueError:
        return False
    return True
