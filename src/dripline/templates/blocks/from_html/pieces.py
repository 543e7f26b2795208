"""Blocks on their way into a mail: each with the colour behind it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import msgspec

from dripline.templates.blocks.checking import LONGEST_TEXT
from dripline.templates.blocks.look import NARROW, SIDE
from dripline.templates.blocks.model import (
    Block,
    Blocks,
    Button,
    Divider,
    Group,
    Heading,
    Image,
    List,
    RawHtml,
    Spacer,
    Table,
    Text,
)
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.blocks.values import PLAIN, Align, Styles

Leaf: TypeAlias = Heading | Text | Button | Image | Divider | Spacer | List | Table | RawHtml
_LEAVES = (Heading, Text, Button, Image, Divider, List, Table, RawHtml)

# A wider picture goes from edge to edge.
_WIDEST_WITH_SPACE = PLAIN_THEME.width - 2 * SIDE

# A block holds no longer text, and Liquid in it may be longer than its stand-in.
_LONGEST_TOGETHER = LONGEST_TEXT // 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A block and the colour behind it.

    It `joins` a text before it of the same look; it `is_silent` if it shows nothing.
    """

    block: Block
    paint: str
    joins: bool = False
    is_silent: bool = False


def blocks_of(pieces: Iterable[Piece], paint: str) -> Blocks:
    """The blocks as they stand where the colour behind them is `paint`: those on another one in a group of it."""
    blocks: list[Block] = []
    for behind, group in groupby(_joined(_settled(list(pieces))), key=lambda piece: piece.paint):
        inner = tuple(piece.block for piece in group)
        blocks += inner if behind == paint else (_painted(inner, behind),)
    return tuple(blocks)


def spaced(pieces: Sequence[Piece], room: dict[str, int], *, is_column: bool, is_exact: bool) -> list[Piece]:
    """The pieces; one that stands alone takes the space around it for its own, where it has none.

    `is_exact`: the space is all there is, so that no space means none.
    """
    if len(pieces) != 1 or not isinstance(pieces[0].block, _LEAVES):
        return list(pieces)
    [piece] = pieces
    block, styles = piece.block, piece.block.styles
    usual = _usual(block, is_column=is_column)
    changed: dict[str, int] = {}
    for side, wide in room.items():
        name = f"padding_{side}"
        is_said = wide > 0 or is_exact or (isinstance(block, Image) and (block.width or 0) > _WIDEST_WITH_SPACE)
        if getattr(styles, name) is None and usual[side] != wide and is_said:
            changed[name] = wide
    if not changed:
        return [piece]
    new = msgspec.structs.replace(block, styles=msgspec.structs.replace(styles, **changed))
    return [Piece(new, piece.paint)]


def common_paint(pieces: Sequence[Piece], otherwise: str) -> str:
    """The colour behind some pieces, if it is one for all of them."""
    paints = {piece.paint for piece in pieces if not piece.is_silent}
    return paints.pop() if len(paints) == 1 else otherwise


def with_styles(**given: object) -> Styles:
    """Styles of what is given; None is nothing."""
    kept = {name: value for name, value in given.items() if value is not None}
    return Styles(**kept) if kept else PLAIN  # type: ignore[arg-type]


def unless(value: Align | None, usual: Align) -> Align | None:
    """An alignment; nothing where it is the usual one."""
    return value if value is not usual else None


def _usual(block: Block, *, is_column: bool) -> dict[str, int]:
    """The space around a block of which nothing is said."""
    side = NARROW if is_column else SIDE
    match block:
        case Heading():
            top, bottom = 8, 12
        case Text(content=content):
            top, bottom = 0, 4 if "<p" in content else 16
        case List():
            top, bottom = 0, 4
        case Button():
            top, bottom = 8, 20
        case Divider():
            top, bottom = 8, 24
        case _:
            top, bottom = 0, 16
    return {"top": top, "right": side, "bottom": bottom, "left": side}


def _settled(pieces: list[Piece]) -> Iterator[Piece]:
    """The pieces; those that show nothing stand on the colour of what is before them, or else after them."""
    behind = next((piece.paint for piece in pieces if not piece.is_silent), None)
    for piece in pieces:
        behind = behind if piece.is_silent else piece.paint
        yield piece if behind is None or not piece.is_silent else Piece(piece.block, behind)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces; paragraphs that look alike are one text."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and (text := _together(last, piece)) is not None:
            joined[-1] = text
        else:
            joined.append(piece)
    return joined


def _together(first: Piece, second: Piece) -> Piece | None:
    one, other = first.block, second.block
    if not (first.joins and second.joins and first.paint == second.paint):
        return None
    if not (isinstance(one, Text) and isinstance(other, Text)):
        return None
    if (one.variant, one.styles) != (other.variant, other.styles):
        return None
    if len(one.content) + len(other.content) > _LONGEST_TOGETHER:
        return None
    return Piece(msgspec.structs.replace(one, content=one.content + other.content), first.paint, joins=True)


def _painted(blocks: Blocks, paint: str) -> Block:
    if len(blocks) == 1 and isinstance(blocks[0], (Heading, Text, Button, Image, List, Table, RawHtml)):
        [block] = blocks
        painted: Block = msgspec.structs.replace(
            block, styles=msgspec.structs.replace(block.styles, background_color=paint)
        )
        return painted
    match blocks:
        case (Spacer(height=height), *inner) if inner:
            # The space above is the group's own; so much it has anyway.
            top = None if height == NARROW else height
            return Group(blocks=tuple(inner), styles=with_styles(background_color=paint, padding_top=top))
        case _:
            return Group(blocks=blocks, styles=Styles(background_color=paint))
