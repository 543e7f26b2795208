"""The catalogue of blocks: every kind with its fields and one example, made from the types themselves."""

from collections.abc import Mapping
from functools import cache
from inspect import getdoc
from typing import Any

import msgspec

from dripline.templates.blocks.examples import EXAMPLES
from dripline.templates.blocks.fields import Field, Holds, fields_of
from dripline.templates.blocks.model import KINDS, Block, type_of
from dripline.templates.blocks.spelling import ALIASES


class FieldEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One field: its type in words, its default in JSON, the words it may hold, and the fields of what is in it."""

    name: str
    type: str
    required: bool
    default: Any
    values: list[str]
    aliases: list[str]
    fields: list["FieldEntry"]


class KindEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One kind of block."""

    type: str
    description: str
    required: list[str]
    optional: list[str]
    fields: list[FieldEntry]
    example: Mapping[str, Any]


@cache
def catalogue() -> tuple[KindEntry, ...]:
    """Every kind, the simple ones first."""
    return tuple(_kind(kind) for kind in KINDS)


def _kind(kind: type[Block]) -> KindEntry:
    fields = _fields(kind)
    return KindEntry(
        type=type_of(kind),
        description=" ".join((getdoc(kind) or "").split()),
        required=[field.name for field in fields if field.required],
        optional=[field.name for field in fields if not field.required],
        fields=fields,
        example=EXAMPLES[type_of(kind)],
    )


def _fields(kind: type[msgspec.Struct]) -> list[FieldEntry]:
    others = ALIASES.get(kind, {})
    return [
        _entry(field, [alias for alias, meant in others.items() if meant == key])
        for key, field in fields_of(kind).items()
    ]


def _entry(field: Field, aliases: list[str]) -> FieldEntry:
    inner = _fields(field.struct) if field.struct is not None and field.holds is not Holds.VALUE else []
    return FieldEntry(
        name=field.key,
        type=field.says,
        required=field.is_required,
        default=msgspec.to_builtins(field.default),
        values=list(field.values),
        aliases=aliases,
        fields=inner,
    )
