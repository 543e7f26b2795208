"""JSON as it comes in: strict about what it says, clear about where it is wrong.

Of a name that comes twice in one object the last one counts. The type that a client declares for its body does not
matter, as long as the body is JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import TypeVar

import msgspec
from msgspec.inspect import DictType, EnumType, ListType, LiteralType, Metadata, StructType, Type, UnionType

from dripline.documents.faults import one_of
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json

Kind = TypeVar("Kind", bound=msgspec.Struct)

DEEPEST = 32

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"[{]}", b"(())")
_BYTE = re.compile(r"(?P<what>.*) \(byte (?P<at>\d+)\)")
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>.*)`)?", re.DOTALL)
_TYPES = re.compile(r"Expected (?P<expected>`.*?)(?:, got (?P<found>`.*`))?", re.DOTALL)
_CHOICE = re.compile(r"Invalid enum value (?P<found>.*)", re.DOTALL)
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[[^\]]*\]")
_WORDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
    "datetime": "a time such as 2026-03-01T12:00:00Z",
}


def read_body(body: bytes, kind: type[Kind]) -> Kind:
    """The request that a body holds.

    Raises:
        Invalid: it is no JSON, or not of this kind. Names the place.
    """
    return read_value(read_json(body), kind)


def read_value(value: Json, kind: type[Kind], path: str = "") -> Kind:
    """The request that a JSON value is, for a value found at `path`.

    Raises:
        Invalid: it is not of this kind. Names the place.
    """
    if isinstance(value, Mapping):
        _refuse_unknown(value, kind, path)
    return read_known(value, kind, path)


def read_known(value: Json, kind: type[Kind], path: str = "") -> Kind:
    """The same, passing over the fields that this kind does not have.

    Raises:
        Invalid: it is not of this kind. Names the place.
    """
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        raise Invalid.of([misfit(str(error), path, kind)]) from None


def read_json(body: bytes) -> Json:
    """The JSON value that a body holds.

    Raises:
        Invalid: it is none, is nested too deep, or holds NUL or half of a surrogate pair.
    """
    if not body.strip():
        raise Invalid.of([Problem("", "The body is empty.", found="nothing", expected="a JSON object")])
    _check_depth(body)
    try:
        value: Json = msgspec.json.decode(body)
    except UnicodeDecodeError as error:
        raise Invalid.of([_at(body, error.start, "The body is not UTF-8")]) from None
    except msgspec.DecodeError as error:
        _refuse_surrogates(body)
        raise Invalid.of([_malformed(body, str(error))]) from None
    if b"\\u0000" in body:
        _refuse_letters(value, re.compile("\0"), "holds the character NUL", "text without NUL")
    return value


def read_text(body: bytes) -> str:
    """The text that a body holds, for bodies that are a document by themselves.

    Raises:
        Invalid: it is no UTF-8, or holds NUL.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Invalid.of([_at(body, error.start, "The body is not UTF-8", "text in UTF-8")]) from None
    if "\0" in text:
        raise Invalid.of([_at(body, body.index(0), "The body holds the character NUL", "text without NUL")])
    return text


def _check_depth(body: bytes) -> None:
    """Refuse deep nesting before anything recursive sees it: one level of brackets goes with each replacement."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    brackets = _STRING.sub(b"", body).translate(_ONE_KIND, delete=_NOT_BRACKETS)
    for _ in range(DEEPEST):
        brackets = brackets.replace(b"()", b"")
    if brackets.count(b"(") > DEEPEST or b"()" in brackets:
        raise Invalid.of([Problem("", "The body is nested too deep.", expected=f"at most {DEEPEST} levels")])


def _refuse_surrogates(body: bytes) -> None:
    # The fast reader refuses them without saying where; the slow one keeps them, so that they can be found.
    if b"\\ud" not in body.lower():
        return
    try:
        value: Json = json.loads(body)
    except ValueError:
        return
    _refuse_letters(value, re.compile("[\ud800-\udfff]"), "holds half of a surrogate pair", "valid Unicode")


def _refuse_letters(value: Json, letters: re.Pattern[str], message: str, expected: str) -> None:
    for path, text in _texts(value, ""):
        if letters.search(text):
            raise Invalid.at(_printable(path), message, expected=expected)


def _texts(value: Json, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case Mapping():
            for name, inner in value.items():
                yield f"{path} (name of a field)".lstrip(), name
                yield from _texts(inner, _join(path, name))
        case Sequence():
            for index, inner in enumerate(value):
                yield from _texts(inner, f"{path}[{index}]")
        case _:
            return


def _malformed(body: bytes, message: str) -> Problem:
    if found := _BYTE.fullmatch(message):
        return _at(body, int(found["at"]), found["what"])
    return Problem("", f"The body is no JSON: {message}", expected="JSON (RFC 8259)")


def _at(body: bytes, offset: int, message: str, expected: str = "JSON (RFC 8259)") -> Problem:
    before = body[:offset].decode("utf-8", "replace")
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return Problem("", f"{message}.", line=line, column=column, expected=expected)


def _refuse_unknown(value: Mapping[str, Json], kind: type[msgspec.Struct], path: str) -> None:
    known = _fields(kind)
    if unknown := [name for name in value if name not in known]:
        raise Invalid.of([_unknown(name, known, path) for name in unknown[:20]])
    for name, inner in _objects(kind).items():
        if isinstance(found := value.get(name), Mapping):
            _refuse_unknown(found, inner, _join(path, name))


@cache
def _objects(kind: type[msgspec.Struct]) -> Mapping[str, type[msgspec.Struct]]:
    """The fields that are objects with fields of their own."""
    fields = msgspec.structs.fields(kind)
    return {each.encode_name: each.type for each in fields if isinstance(each.type, type) and _is_struct(each.type)}


def _is_struct(type_: type) -> bool:
    return issubclass(type_, msgspec.Struct)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


def _unknown(name: str, known: Sequence[str], path: str) -> Problem:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else None
    place = _printable(_join(path, name))
    return Problem(place, "is no field of this.", found=place, expected=", ".join(known), hint=hint)


def misfit(message: str, path: str, kind: object) -> Problem:
    """Our words for what the reader says about a value at `path` that is not of this kind."""
    found = _PLACE.fullmatch(message)
    assert found is not None
    place = _join(path, (found["path"] or "$").removeprefix("$").removeprefix("."))
    what = found["what"]
    if choice := _CHOICE.fullmatch(what):
        return _no_choice(choice["found"], place, _words_of(kind, found["path"] or ""))
    if types := _TYPES.fullmatch(what):
        expected, got = _in_words(types["expected"]), _in_words(types["found"] or "")
        return Problem(
            place, f"expected {expected}" + (f", found {got}" if got else ""), found=got or None, expected=expected
        )
    if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
        return Problem(_join(place, missing[1]), "is missing.", found="nothing", expected="a value")
    return Problem(place, what[:200])


def _no_choice(found: str, place: str, words: Sequence[str]) -> Problem:
    if not words:
        return Problem(place, f"is no word that is known here: {found[:100]}", found=found[:100])
    near = get_close_matches(found.strip("'"), words, n=1, cutoff=0.75)
    hint = f"Did you mean {near[0]}?" if near else None
    expected = one_of(words)
    return Problem(place, f"expected {expected}, found {found[:100]}.", found=found[:100], expected=expected, hint=hint)


def _words_of(kind: object, path: str) -> tuple[str, ...]:
    """The words that may stand at a path in a value of this kind."""
    types: tuple[Type, ...] = (msgspec.inspect.type_info(kind),)
    for step in _STEP.finditer(path):
        types = tuple(inner for each in types for inner in _inside(each, step["name"]))
    return tuple(word for each in types for word in _choices(each))


def _inside(found: Type, name: str | None) -> Iterator[Type]:
    """The types of a field, or of the elements where `name` is None."""
    match found:
        case UnionType(types):
            for each in types:
                yield from _inside(each, name)
        case Metadata(type=inner):
            yield from _inside(inner, name)
        case StructType(fields=fields) if name is not None:
            yield from (each.type for each in fields if each.encode_name == name)
        case ListType(item_type=item) | DictType(value_type=item) if name is None:
            yield item


def _choices(found: Type) -> Iterator[str]:
    match found:
        case UnionType(types):
            for each in types:
                yield from _choices(each)
        case Metadata(type=inner):
            yield from _choices(inner)
        case EnumType(cls=words):
            yield from (str(word.value) for word in words)
        case LiteralType(values=values):
            yield from map(str, values)


def _in_words(types: str) -> str:
    return re.sub(r"`([^`]*)`", lambda found: " or ".join(_WORDS.get(t, t) for t in found[1].split(" | ")), types)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name and not name.startswith("[") else f"{path}{name}"


def _printable(text: str) -> str:
    """The text, safe to write back: no surrogates, no control characters, not long."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)[:200]
