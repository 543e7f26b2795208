"""Elements that Liquid chooses or repeats."""

import re

from dripline.templates.blocks.from_html.pieces import Piece, blocks_of, common_paint
from dripline.templates.blocks.from_html.spans import Part, Span
from dripline.templates.blocks.from_html.styling import Surroundings
from dripline.templates.blocks.from_html.walk import Walk
from dripline.templates.blocks.model import ConditionalGroup, Repeat

_LOOP = re.compile(r"([A-Za-z_]\w*) in ([A-Za-z_][\w.\-\[\]]*)(?: limit: ?(\d{1,4}))?", re.ASCII)
_MOST_ITEMS = 1_000


def span(given: Span, around: Surroundings, walk: Walk) -> list[Piece]:
    """The blocks of elements between tags; as HTML when the tags are none that blocks have."""
    match given.parts:
        case (Part(name="if" | "unless"), *_):
            found = _either(given.parts, around, walk)
        case (Part(name="for", says=says, nodes=inner),) if loop := _LOOP.fullmatch(says):
            found = _each(loop, walk.pieces(inner, around), around)
        case _:
            found = None
    return [walk.raw(given.nodes, around)] if found is None else found


def _each(loop: re.Match[str], pieces: list[Piece], around: Surroundings) -> list[Piece] | None:
    limit = min(int(loop[3]), _MOST_ITEMS) if loop[3] else _MOST_ITEMS
    if not limit or not pieces:
        return None if pieces else []
    paint = common_paint(pieces, around.paint)
    block = Repeat(source=loop[2], name=loop[1], limit=limit, blocks=blocks_of(pieces, paint))
    return [Piece(block, paint)]


def _either(parts: tuple[Part, ...], around: Surroundings, walk: Walk) -> list[Piece] | None:
    """The blocks of one choice; None when its tags are in no order that we know."""
    first, *others = parts
    then = walk.pieces(first.nodes, around)
    otherwise = _otherwise(tuple(others), around, walk)
    if otherwise is None or not (then or otherwise):
        return otherwise
    paint = common_paint([*then, *otherwise], around.paint)
    yes, no = blocks_of(then, paint), blocks_of(otherwise, paint)
    if first.name == "unless":
        yes, no = no, yes
    return [Piece(ConditionalGroup(test=first.says, blocks=yes, otherwise=no), paint)]


def _otherwise(parts: tuple[Part, ...], around: Surroundings, walk: Walk) -> list[Piece] | None:
    match parts:
        case ():
            return []
        case (Part(name="else", nodes=inner),):
            return walk.pieces(inner, around)
        case (Part(name="elsif"), *_):
            return _either(parts, around, walk)
        case _:
            return None
