"""Elements that hold blocks: what they add to them, and what is seen of them when they are empty."""

from collections.abc import Sequence

from dripline.templates.blocks.from_html.pieces import Piece, blocks_of, spaced, with_styles
from dripline.templates.blocks.from_html.rules import rule, space
from dripline.templates.blocks.from_html.styling import (
    Surroundings,
    background,
    borders,
    inset,
    pixels,
    style_of,
)
from dripline.templates.blocks.from_html.tree import Element, is_blank
from dripline.templates.blocks.from_html.walk import Walk
from dripline.templates.blocks.model import Button, Card, Image
from dripline.templates.blocks.theme import PLAIN_THEME


def box(node: Element, around: Surroundings, walk: Walk, shell: Element | None) -> list[Piece]:
    """What stands in an element, with its frame, its lines and the space in it."""
    if is_blank(node):
        return empty(node, around, walk)
    under = around.under(node)
    lines = borders(node)
    inner = node if background(node) is not None or lines else _shell(node, shell)
    pieces = walk.pieces(node.children, under, inner)
    if len(pieces) == 1 and isinstance(pieces[0].block, Button | Image):
        lines = {}
    if len(lines) == 4 and pieces:
        return [_card(node, pieces, under, around)]
    pieces = spaced(pieces, room(node), is_column=around.is_column, is_exact=_is_compiled(node))
    above = [rule(lines["top"].color, lines["top"].width, around)] if "top" in lines else []
    below = [rule(lines["bottom"].color, lines["bottom"].width, around)] if "bottom" in lines else []
    return [*above, *pieces, *below]


def empty(node: Element, around: Surroundings, walk: Walk) -> list[Piece]:
    """What an element shows of which nothing is read: a line, or empty space."""
    lines = borders(node)
    line = lines.get("top") or lines.get("bottom")
    if line is not None:
        return [rule(line.color, line.width, around)]
    high = _height(node)
    fill = background(node)
    if high is not None and high <= 5 and fill is not None and fill != around.paint:
        return [rule(fill, max(1, round(high)), around)]
    if high is not None:
        return list(space(high, around))
    return walk.pieces([child for child in node.children if isinstance(child, Element)], around.under(node))


def room(node: Element) -> dict[str, int]:
    """The space that an element keeps around what is in it."""
    inside, outside = inset(node), inset(node, "margin")
    both = {side: inside.get(side, 0) + outside.get(side, 0) for side in inside.keys() | outside.keys()}
    return both if node.tag != "hr" else {side: wide for side, wide in outside.items() if side in ("top", "bottom")}


def _shell(node: Element, shell: Element | None) -> Element | None:
    seen = [child for child in node.children if not is_blank(child)]
    return shell if len(seen) == 1 else None


def _card(node: Element, pieces: Sequence[Piece], under: Surroundings, around: Surroundings) -> Piece:
    line = borders(node)["top"]
    inside = inset(node)
    radius = pixels(style_of(node).get("border-radius")) or 0
    top, bottom = inside.get("top"), inside.get("bottom")
    styles = with_styles(
        background_color=under.paint if under.paint != around.paint else None,
        border_color=line.color if line.color != PLAIN_THEME.border_color else None,
        border_width=line.width if line.width != 1 else None,
        border_radius=min(100, round(radius)) if round(radius) != 8 else None,
        padding_top=top if top != 24 else None,
        padding_bottom=bottom if bottom != 12 else None,
    )
    return Piece(Card(blocks=blocks_of(pieces, under.paint), styles=styles), around.paint)


def _height(node: Element) -> float | None:
    return pixels(style_of(node).get("height")) or pixels(node.get("height"))


def _is_compiled(node: Element) -> bool:
    """Whether a cell was made by a compiler of MJML: its padding is all there is."""
    style = style_of(node)
    return node.tag == "td" and style.get("word-break") == "break-word" and style.get("font-size") in ("0", "0px")
