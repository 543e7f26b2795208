"""The fields of blocks as data: for the reader, the catalogue and the reference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Meta
from msgspec.structs import FieldInfo

from dripline.templates.blocks.model import KINDS

_ANY_NUMBER = 1_000_000
_COMMON = ("id", "styles")
_KINDS = frozenset(KINDS)
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}


class Holds(StrEnum):
    """What a field holds: one value, blocks, one mapping with fields of its own, or a list of such."""

    VALUE = "value"
    BLOCKS = "blocks"
    STRUCT = "struct"
    STRUCTS = "structs"


@dataclass(frozen=True, slots=True)
class Field:
    """A field by both its names. `reads` is its type, `says` the same for people, `words` what a text in it must be."""

    name: str
    key: str
    reads: Any
    holds: Holds
    is_required: bool
    default: object
    says: str
    words: str
    values: tuple[str, ...]
    struct: type[msgspec.Struct] | None
    least: int
    most: int

    @property
    def expected(self) -> str:
        return one_of_values(self.values) if self.values else self.says


def one_of_values(values: tuple[str, ...]) -> str:
    return f"one of {', '.join(values)}"


@cache
def fields_of(kind: type[msgspec.Struct]) -> Mapping[str, Field]:
    """The fields by the name that they have in JSON, in their order; what all blocks have comes last."""
    fields = {info.encode_name: _field(info) for info in msgspec.structs.fields(kind)}
    last = [key for key in fields if key in _COMMON]
    return {key: fields[key] for key in [*(key for key in fields if key not in _COMMON), *last]}


def _field(info: FieldInfo) -> Field:
    core, metas = _bare(info.type)
    item = get_args(core)[0] if get_origin(core) is tuple else None
    holds, struct = _holds(core, item)
    least = next((meta.min_length for meta in metas if meta.min_length is not None), 0)
    most = next((meta.max_length for meta in metas if meta.max_length is not None), _ANY_NUMBER)
    return Field(
        name=info.name,
        key=info.encode_name,
        reads=info.type,
        holds=holds,
        is_required=info.required,
        default=None if info.required else info.default,
        says=_says(info.type),
        words=next(_words(info.type), ""),
        values=_values(core),
        struct=struct,
        least=least,
        most=most,
    )


def _holds(core: Any, item: Any) -> tuple[Holds, type[msgspec.Struct] | None]:
    if _is_struct(core):
        return Holds.STRUCT, core
    if item is not None and _is_struct(item):
        return Holds.STRUCTS, item
    return (Holds.BLOCKS, None) if _is_block(item) else (Holds.VALUE, None)


def _is_struct(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, msgspec.Struct)


def _is_block(type_: Any) -> bool:
    return type_ is not None and set(get_args(type_)) >= _KINDS


def _bare(type_: Any) -> tuple[Any, list[Meta]]:
    """The type without what is said about it, and without None."""
    if get_origin(type_) is Annotated:
        inner, *metas = get_args(type_)
        core, others = _bare(inner)
        return core, [*(meta for meta in metas if isinstance(meta, Meta)), *others]
    if get_origin(type_) in (Union, UnionType) and NoneType in get_args(type_):
        [inner] = [each for each in get_args(type_) if each is not NoneType]
        return _bare(inner)
    return type_, []


def _words(type_: Any) -> Iterator[str]:
    """What the texts of a type must be, however deep they lie in it."""
    core, metas = _bare(type_)
    yield from (meta.extra["kind"] for meta in metas if meta.extra)
    if get_origin(core) is tuple:
        yield from _words(get_args(core)[0])


def _values(core: Any) -> tuple[str, ...]:
    return tuple(core) if isinstance(core, type) and issubclass(core, Enum) else ()


def _says(type_: Any) -> str:
    core, metas = _bare(type_)
    if get_origin(core) is tuple:
        item = get_args(core)[0]
        return "list of blocks" if _is_block(item) else f"list of {_plural(_says(item))}"
    if values := _values(core):
        return one_of_values(values)
    if _is_struct(core):
        return "styles" if core.__name__ == "Styles" else "mapping"
    if said := [meta.extra["kind"] for meta in metas if meta.extra]:
        return str(said[0])
    return f"{_PLAIN[core]}{_range(metas)}" if core in _PLAIN else "condition"


def _plural(says: str) -> str:
    return says if says.startswith(("inline", "list")) else f"{says}s"


def _range(metas: list[Meta]) -> str:
    for meta in metas:
        if meta.ge is not None and meta.le is not None:
            return f" from {meta.ge:g} to {meta.le:g}"
    return ""
