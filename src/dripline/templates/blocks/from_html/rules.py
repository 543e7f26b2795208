"""Lines and empty space."""

from collections.abc import Iterator

from dripline.templates.blocks.from_html.pieces import Piece
from dripline.templates.blocks.from_html.styling import Surroundings, background, borders, colour, pixels, style_of
from dripline.templates.blocks.from_html.tree import Element
from dripline.templates.blocks.model import Divider, Spacer
from dripline.templates.blocks.theme import PLAIN_THEME


def divider(node: Element, around: Surroundings) -> Piece:
    sides = borders(node)
    line = sides.get("top") or sides.get("bottom")
    ink = line.color if line else background(node) or colour(node.get("color"))
    thick = line.width if line else pixels(node.get("size")) or pixels(style_of(node).get("height")) or 1
    return rule(ink, round(thick), around)


def rule(ink: str | None, thick: int, around: Surroundings) -> Piece:
    """A line of a colour; the theme's own is none."""
    own = ink if ink != PLAIN_THEME.border_color else None
    return Piece(Divider(color=own, thickness=max(1, min(20, thick))), around.paint)


def space(height: float, around: Surroundings) -> Iterator[Piece]:
    if height >= 1:
        yield Piece(Spacer(height=min(400, round(height))), around.paint)
