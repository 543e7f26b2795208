"""From a JSON document that was parsed already to values without places."""

from collections.abc import Mapping, Sequence

import msgspec

from dripline.documents.faults import Faults, quote, show_key
from dripline.documents.nodes import Entry, Fields, Items, Node, Scalar
from dripline.documents.parsing import (
    DEEPEST,
    EXPECTED_TEXT,
    LONGEST_KEY,
    MOST_BYTES,
    MOST_VALUES,
    what_cannot_be_stored,
)
from dripline.documents.scalars import EXPECTED_NUMBER, checked_number
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json


def convert(value: Json, faults: Faults) -> Node:
    """The same values as nodes. What cannot be stored is noted as a fault.

    Raises:
        Invalid: it is too large or too deep.
    """
    converter = _Converter(faults)
    node = converter.convert(value, "", 1)
    faults.raise_any()
    if (size := len(msgspec.json.encode(value))) > MOST_BYTES:
        raise Invalid.at("", f"the definition is too long: {size} bytes.", expected=f"at most {MOST_BYTES} bytes")
    return node


class _Converter:
    """Counts the values as it goes."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._values = 0

    def convert(self, value: Json, path: str, depth: int) -> Node:
        self._values += 1
        if self._values > MOST_VALUES:
            raise Invalid.at(path, "there are too many values.", expected=f"at most {MOST_VALUES} values")
        match value:
            case None | bool():
                return Scalar(value)
            case int() | float():
                return self._number(value, path)
            case str():
                self._check_text(value, path)
                return Scalar(value)
            case Mapping():
                _check_depth(path, depth)
                return Fields(tuple(self._entry(key, inner, path, depth) for key, inner in value.items()))
            case Sequence():
                _check_depth(path, depth)
                return Items(
                    tuple(self.convert(inner, f"{path}[{index}]", depth + 1) for index, inner in enumerate(value))
                )

    def _entry(self, key: str, value: Json, path: str, depth: int) -> Entry:
        self._check_text(key, path)
        if len(key) > LONGEST_KEY:
            self._faults.note(path, f"the key {quote(key)} is too long.", expected=f"at most {LONGEST_KEY} characters")
        return Entry(key, self.convert(value, f"{path}.{show_key(key)}" if path else show_key(key), depth + 1))

    def _number(self, value: int | float, path: str) -> Scalar:
        try:
            return Scalar(checked_number(value))
        except ValueError:
            self._faults.note(path, f"expected {EXPECTED_NUMBER}.", expected=EXPECTED_NUMBER)
            return Scalar(None)

    def _check_text(self, text: str, path: str) -> None:
        if (wrong := what_cannot_be_stored(text)) is not None:
            self._faults.note(path, f"the text holds {wrong}.", expected=EXPECTED_TEXT)


def _check_depth(path: str, depth: int) -> None:
    if depth > DEEPEST:
        raise Invalid.at(path, "this is nested too deep.", expected=f"at most {DEEPEST} levels")
