"""What an answer looks like: the blocks that a model may write here, and those that it leaves by their number."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from dripline.authoring.models.asking import Form
from dripline.authoring.writing.keeping import KEPT
from dripline.kernel.values import Json
from dripline.templates.blocks.fields import Field, Holds, fields_of
from dripline.templates.blocks.model import (
    Block,
    Button,
    Column,
    Columns,
    Divider,
    Group,
    Heading,
    Image,
    List,
    Spacer,
    Table,
    Text,
    type_of,
)
from dripline.templates.blocks.values import Styles

Shown = Mapping[str, Json]

_LOOK = ("styles",)
_WRITTEN: Mapping[type[msgspec.Struct], tuple[str, ...]] = {
    Heading: ("content", "level", *_LOOK),
    Text: ("content", "variant", *_LOOK),
    List: ("items", "ordered", *_LOOK),
    Button: ("text", "url", "buttonColor", "buttonTextColor", "fullWidth", *_LOOK),
    Image: ("src", "alt", "width", "href", *_LOOK),
    Table: ("rows", "headers"),
    Divider: ("color",),
    Spacer: ("height",),
    Group: ("blocks", *_LOOK),
    Columns: ("columns",),
    Column: ("blocks", "width", *_LOOK),
    Styles: ("textAlign", "textColor", "backgroundColor"),
}

WORDS = frozenset(type_of(kind) for kind in _WRITTEN if issubclass(kind, Block))
"""How the kinds of blocks are called that a model may write here."""

_BLOCK: Mapping[str, Any] = {"$ref": "#/$defs/block"}
_NULL: Mapping[str, Any] = {"type": "null"}


@cache
def blocks_form() -> Form:
    """The blocks of a mail."""
    kinds = [_object(kind, _word(type_of(kind))) for kind in _WRITTEN if issubclass(kind, Block)]
    kept = _closed({**_word(KEPT), "number": {"type": "integer"}})
    whole = _closed({"blocks": {"type": "array", "items": _BLOCK}})
    return Form("blocks", {**whole, "$defs": {"block": {"anyOf": [kept, *kinds]}}})


def numbered(blocks: Sequence[Shown]) -> tuple[list[Shown], list[Shown]]:
    """Blocks with a number each, those inside of others too, and all of them by their number, which begins at 1."""
    found: list[Shown] = []
    return [_numbered(block, found) for block in blocks], found


def _numbered(block: Shown, found: list[Shown]) -> Shown:
    found.append(block)
    number = len(found)
    return {"number": number, **{key: _shown(value, found) for key, value in block.items()}}


def _shown(value: Json, found: list[Shown]) -> Json:
    if isinstance(value, list):
        return [_shown(each, found) for each in value]
    if not isinstance(value, dict):
        return value
    return _numbered(value, found) if "type" in value else {key: _shown(each, found) for key, each in value.items()}


def _word(word: str) -> Mapping[str, Any]:
    return {"type": {"type": "string", "enum": [word]}}


def _object(kind: type[msgspec.Struct], word: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    fields = fields_of(kind)
    said = {"description": kind.__doc__} if kind.__doc__ else {}
    return {**_closed({**(word or {}), **{name: _field(fields[name]) for name in _WRITTEN[kind]}}), **said}


def _field(field: Field) -> Mapping[str, Any]:
    """A field that may be left out is null: a strict form needs every key."""
    schema = _held(field)
    return schema if field.is_required else {"anyOf": [schema, _NULL]}


def _held(field: Field) -> Mapping[str, Any]:
    match field.holds:
        case Holds.BLOCKS:
            return {"type": "array", "items": _BLOCK}
        case Holds.STRUCT | Holds.STRUCTS:
            assert field.struct is not None
            inner = _object(field.struct)
            return inner if field.holds is Holds.STRUCT else {"type": "array", "items": inner}
        case _:
            return dict(_value(field.says, field.values))


def _value(says: str, values: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if says.startswith("list of "):
        yield from (("type", "array"), ("items", dict(_value(says.removeprefix("list of "), values))))
        return
    if says.startswith("whole number"):
        yield "type", "integer"
    elif says.startswith("number"):
        yield "type", "number"
    else:
        yield "type", "boolean" if says == "true or false" else "string"
    yield from (("enum", list(values)),) if values else (("description", says),)


def _closed(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
