"""Plain values as JSON knows them, and the limits that keep them storable."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from dripline.kernel.errors import Invalid

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

_SURROGATE = re.compile("[\ud800-\udfff]")
# JSON knows no largest number, but the tools that read it do.
SMALLEST, LARGEST = -(2**63), 2**64 - 1
MOST_BYTES = 32_768
DEEPEST = 8


def check_text(text: str, path: str, *, longest: int = 10_000) -> str:
    """The text itself, when PostgreSQL can keep it.

    Raises:
        Invalid: it holds NUL or a lone surrogate, or is longer than `longest` characters.
    """
    if "\0" in text:
        raise Invalid.at(path, "holds the character NUL", expected="text without NUL")
    if not text.isascii() and _SURROGATE.search(text):
        raise Invalid.at(path, "holds half of a surrogate pair", expected="valid Unicode")
    if len(text) > longest:
        raise Invalid.at(path, f"is too long: {len(text)} characters", expected=f"at most {longest} characters")
    return text


def check_properties(value: Mapping[str, Json], path: str) -> Mapping[str, Json]:
    """The properties themselves, when they fit: at most 32 kB as JSON, at most 8 levels, no NUL.

    Raises:
        Invalid: names the place that does not fit.
    """
    _check(value, path, 1)
    size = len(msgspec.json.encode(value))
    if size > MOST_BYTES:
        raise Invalid.at(path, f"is too large: {size} bytes", expected=f"at most {MOST_BYTES} bytes of JSON")
    return value


def _check(value: Json, path: str, depth: int) -> None:
    match value:
        case str():
            check_text(value, path, longest=MOST_BYTES)
        case bool() | float() | None:
            pass
        case int():
            if not SMALLEST <= value <= LARGEST:
                raise Invalid.at(path, "is a number beyond 64 bits", expected="a smaller number, or text")
        case Mapping():
            _check_depth(path, depth)
            for name, inner in value.items():
                check_text(name, f"{path} (name of a property)", longest=256)
                _check(inner, f"{path}.{name}", depth + 1)
        case Sequence():
            _check_depth(path, depth)
            for index, inner in enumerate(value):
                _check(inner, f"{path}[{index}]", depth + 1)


def _check_depth(path: str, depth: int) -> None:
    if depth > DEEPEST:
        raise Invalid.at(path, "is nested too deep", expected=f"at most {DEEPEST} levels")
