"""Values as the cells of a table, and cells as values: what is written here is read back as the same value.

A cell that is JSON in itself (a number, true or false, a string in quotes, a list, an object) is that value; any other
text is text. Leading zeros and a plus sign make no JSON number, so numbers of phones and postcodes stay text; an
exponent needs its sign (`1.5E+3`, as spreadsheets write it), so that codes such as `12e4` stay text too. A blank cell
is no value.

Spreadsheets run a cell that begins with certain characters as a formula. Such a cell is written with an apostrophe
before it, and an apostrophe before such a character is not read.
"""

import math
import re

import msgspec

from dripline.kernel.values import LARGEST, SMALLEST, Json

# The last four are full-width forms, which some spreadsheets take for the plain ones.
_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_GUARD = "'"
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,19})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-][0-9]+)?")
_FLAGS = {"true": True, "false": False}
_BRACKETS = {'"': '"', "[": "]", "{": "}"}


def read_value(cell: str) -> Json:
    """The value that a cell holds; None when it is blank."""
    if not cell or cell.isspace():
        return None
    text = _unguarded(cell)
    if text[0] in "-0123456789":
        return _number(text)
    if _BRACKETS.get(text[0]) == text[-1] and len(text) > 1:
        return _json(text)
    return _FLAGS.get(text.lower(), text) if len(text) < 6 else text


def read_text(cell: str) -> str:
    """The text that a cell holds where only text is expected; empty when it is blank."""
    if not cell or cell.isspace():
        return ""
    text = _unguarded(cell)
    if text[0] == text[-1] == '"' and isinstance(value := _json(text), str):
        return value
    return text


def write_value(value: Json) -> str:
    """The cell that is read as this value by `read_value`."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _guarded(repr(value))
        case str():
            cell = _guarded(value)
            return cell if read_value(cell) == value else _to_json(value)
        case _:
            return _to_json(value)


def write_text(text: str) -> str:
    """The cell that is read as this text by `read_text`."""
    cell = _guarded(text)
    return cell if read_text(cell) == text else _to_json(text)


def _guarded(cell: str) -> str:
    return _GUARD + cell if cell[:1] in _FORMULA else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[0] == _GUARD and cell[1:2] in _FORMULA else cell


def _number(text: str) -> Json:
    if _INTEGER.fullmatch(text):
        whole = int(text)
        return whole if SMALLEST <= whole <= LARGEST else text
    if _DECIMAL.fullmatch(text) and len(text) < 400 and not math.isinf(number := float(text)):
        return number
    return text


def _json(text: str) -> Json:
    try:
        value: Json = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text
    return value


def _to_json(value: Json) -> str:
    return msgspec.json.encode(value).decode()
