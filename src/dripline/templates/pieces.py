"""Layouts and partials: what templates of a workspace are made with.

A layout stands around the body of a template, a partial stands in it. Both are put into a template when it is saved:
what is sent never depends on them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json
from dripline.templates.liquid.checking import problem_at
from dripline.templates.liquid.inlining import Partials, partials_in
from dripline.templates.liquid.segments import Kind, Segment, segments
from dripline.templates.model import SourceKind

CONTENT = "{{ content }}"
"""What a layout says where the body of a template shall stand."""

_CONTENT = re.compile(r"\{\{-?\s*content\s*-?\}\}")


class PieceKind(StrEnum):
    LAYOUT = "layout"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Piece:
    """A layout or a partial as it stands. `partials` are the slugs of all that stand in it."""

    kind: PieceKind
    slug: str
    name: str
    source_kind: SourceKind
    source: str
    partials: tuple[str, ...]
    version: int
    created_at: datetime
    updated_at: datetime


def around(layout: str, content: str) -> str:
    """A layout, which has one place for it, with the content in that place."""
    place = content_places(layout)[0]
    return layout[: place.start] + content + layout[place.end :]


def content_places(source: str) -> list[Segment]:
    """Where in a text the content of a layout may stand."""
    return [
        segment
        for segment in segments(source)
        if segment.kind == Kind.OUTPUT and _CONTENT.fullmatch(source, segment.start, segment.end)
    ]


def check_place(source: str, path: str) -> None:
    """Refuse a layout that has no place for the content, or more than one.

    Raises:
        Invalid: with line and column.
    """
    places = content_places(source)
    if not places:
        raise Invalid.at(path, f"has no {CONTENT}", expected=f"{CONTENT} where the body of a template shall stand")
    if len(places) > 1:
        raise Invalid.of(
            [problem_at(source, places[1].start, path=path, message=f"has {CONTENT} more than once", found=CONTENT)]
        )


def blocks_around(layout: Sequence[Any], blocks: Sequence[Any]) -> list[Any]:
    """The blocks of a layout with those of a template in the place of the block that is `{{ content }}`."""
    found: list[Any] = []
    for block in layout:
        if _is_place(block):
            found += blocks
        elif isinstance(block, Mapping):
            found.append({key: _within(value, blocks) for key, value in block.items()})
        else:
            found.append(block)
    return found


def check_block_place(blocks: Sequence[Any]) -> None:
    """The same as `check_place` for a layout of blocks.

    Raises:
        Invalid: with the path of the block.
    """
    places = list(_places(blocks, "blocks"))
    if not places:
        expected = f'{{"type": "html", "content": "{CONTENT}"}} where the blocks of a template shall stand'
        raise Invalid.at("blocks", f"have no block that is {CONTENT}", expected=expected)
    if len(places) > 1:
        raise Invalid.at(places[1], f"is the second block that is {CONTENT}", expected="one")


def expand_blocks(value: Any, path: str, partials: Partials) -> Any:
    """A value in a list of blocks, with the partials in all its texts."""
    match value:
        case str():
            return partials.expand(value, path)
        case Mapping():
            return {key: expand_blocks(inner, f"{path}.{key}", partials) for key, inner in value.items()}
        case list() | tuple():
            return [expand_blocks(inner, f"{path}[{index}]", partials) for index, inner in enumerate(value)]
        case _:
            return value


def partials_in_blocks(value: Json) -> frozenset[str]:
    """The slugs of the partials that the texts in a list of blocks name."""
    return frozenset(slug for text in _texts(value) for slug in partials_in(text))


def problems_of_piece(piece: PieceKind, slug: str, problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong with a template that a layout or a partial is put into, told to the author of the latter."""
    return [
        Problem(piece, f"the template {slug!r}, which uses it, cannot be made with it: {problem}")
        for problem in problems
    ]


def _within(value: Any, blocks: Sequence[Any]) -> Any:
    if isinstance(value, list | tuple):
        return blocks_around(value, blocks)
    if isinstance(value, Mapping):
        return {key: _within(inner, blocks) for key, inner in value.items()}
    return value


def _places(value: Any, path: str) -> Iterator[str]:
    if _is_place(value):
        yield path
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _places(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _places(inner, f"{path}[{index}]")


def _is_place(block: Any) -> bool:
    if not isinstance(block, Mapping) or block.get("type") not in ("html", "text"):
        return False
    content = block.get("content", block.get("html"))
    return isinstance(content, str) and _CONTENT.fullmatch(content.strip()) is not None


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in cast("Sequence[Json]", value):
                yield from _texts(inner)
        case _:
            pass
