"""Printing a JSON document as YAML: blocks, two spaces, plain words where they are safe, else double quotes."""

import re
from collections.abc import Iterator, Mapping, Sequence

from dripline.kernel.values import Json

# Words that every YAML reader takes for texts; older ones take `yes` and `off` for truth values.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*|(?:[0-9]+[mhdw])+", re.ASCII)
_NOT_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_LONGEST_PLAIN = 80
# What the reader refuses or takes for a line break, and what nobody would see.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def emit(document: Mapping[str, Json]) -> str:
    """The document as YAML text. Texts may hold anything that can be stored."""
    return "".join(f"{line}\n" for line in _mapping(document, ""))


def emit_items(values: Sequence[Json], column: int) -> list[str]:
    """The lines of elements of a list whose dashes stand in a column, counted from 0."""
    return list(_list(values, " " * column))


def emit_entry(key: str, value: Json, column: int) -> list[str]:
    """The lines of one key with its value, at a column counted from 0."""
    return list(_mapping({key: value}, " " * column))


def emit_value(value: Json, column: int) -> tuple[str, list[str]]:
    """What stands behind the colon of a key at a column, and the lines below it."""
    head, *below = _entry("", value, " " * column)
    return head, below


def emit_flow(value: Json) -> str:
    """The value on one line, in the spelling that JSON and YAML share."""
    match value:
        case str():
            return _quoted(value)
        case Mapping():
            return "{" + ", ".join(f"{_quoted(key)}: {emit_flow(inner)}" for key, inner in value.items()) + "}"
        case Sequence():
            return "[" + ", ".join(map(emit_flow, value)) + "]"
        case _:
            return "".join(_entry("", value, "")).lstrip()


def _mapping(value: Mapping[str, Json], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        yield from _entry(f"{indent}{_text(key)}:", inner, indent)


def _list(value: Sequence[Json], indent: str) -> Iterator[str]:
    for inner in value:
        match inner:
            case Mapping() if inner:
                # The first key stands beside the dash, the others below it.
                first, *others = _mapping(inner, f"{indent}  ")
                yield f"{indent}- {first[len(indent) + 2 :]}"
                yield from others
            case _:
                yield from _entry(f"{indent}-", inner, indent)


def _entry(head: str, value: Json, indent: str) -> Iterator[str]:
    match value:
        case str() if _is_literal(value):
            yield f"{head} {'|' if value.endswith(chr(10)) else '|-'}"
            yield from (f"{indent}  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
        case str():
            yield f"{head} {_text(value)}"
        case Mapping() if value:
            yield head
            yield from _mapping(value, f"{indent}  ")
        case Mapping():
            yield f"{head} {{}}"
        case Sequence() if value:
            yield head
            yield from _list(value, f"{indent}  ")
        case Sequence():
            yield f"{head} []"
        case None:
            yield f"{head} null"
        case bool():
            yield f"{head} {'true' if value else 'false'}"
        case int() | float():
            yield f"{head} {value!r}"


def _text(text: str) -> str:
    if len(text) <= _LONGEST_PLAIN and _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return '"' + _ESCAPED.sub(_escaped, text) + '"'


def _escaped(match: re.Match[str]) -> str:
    letter = match.group()
    return _ESCAPES.get(letter) or f"\\u{ord(letter):04x}"


def _is_literal(text: str) -> bool:
    """Whether a text of several lines can stand as it is: nothing in it that YAML would change or hide."""
    lines = text.removesuffix("\n").split("\n")
    return (
        "\n" in text
        and bool(lines[0])
        and bool(lines[-1])
        and not lines[0].startswith(" ")
        and not any(line.endswith(" ") or _INVISIBLE.search(line) for line in lines)
    )
