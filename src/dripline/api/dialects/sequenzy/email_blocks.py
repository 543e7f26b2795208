"""The catalogue of blocks in the form that clients of this wire format read."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import get

from dripline.api.dialects.sequenzy.errors import NOT_FOUND
from dripline.api.parameters import KindRef
from dripline.api.routes.email_blocks import kind_named
from dripline.templates.blocks.catalogue import FieldEntry, KindEntry, catalogue


class WireBlockField(msgspec.Struct, frozen=True, rename="camel"):
    """One field of a block; `itemFields` are those of the entries of a list, `fields` those of a mapping."""

    name: str
    type: str
    required: bool
    values: Sequence[str]
    item_fields: Sequence["WireBlockField"]
    fields: Sequence["WireBlockField"]


class WireBlockType(msgspec.Struct, frozen=True, rename="camel"):
    """One kind of block."""

    type: str
    creatable: bool
    required: Sequence[str]
    optional: Sequence[str]
    fields: Sequence[WireBlockField]
    example: Mapping[str, Any]
    notes: str


class WireBlockTypes(msgspec.Struct, frozen=True, rename="camel"):
    """All kinds of blocks."""

    success: bool
    block_types: Sequence[WireBlockType]


class WireOneBlockType(msgspec.Struct, frozen=True, rename="camel"):
    """One kind of block, by itself."""

    success: bool
    block_type: WireBlockType


@get("/email-blocks", sync_to_thread=False)
def list_wire_email_blocks() -> WireBlockTypes:
    """Every kind of block with its fields and an example."""
    return WireBlockTypes(True, [_shape(kind) for kind in catalogue()])


@get("/email-blocks/{kind:str}", sync_to_thread=False, responses=NOT_FOUND)
def get_wire_email_block(kind: KindRef) -> WireOneBlockType:
    """One kind of block."""
    return WireOneBlockType(True, _shape(kind_named(kind)))


def _shape(kind: KindEntry) -> WireBlockType:
    fields = [_field(field) for field in kind.fields]
    return WireBlockType(kind.type, True, kind.required, kind.optional, fields, kind.example, kind.description)


def _field(field: FieldEntry) -> WireBlockField:
    inner = [_field(each) for each in field.fields]
    is_list = field.type.startswith("list of ")
    return WireBlockField(
        name=field.name,
        type=field.type,
        required=field.required,
        values=field.values,
        item_fields=inner if is_list else [],
        fields=[] if is_list else inner,
    )


ROUTES = [list_wire_email_blocks, get_wire_email_block]
