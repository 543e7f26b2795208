"""Links that look like buttons."""

from collections.abc import Sequence

from dripline.templates.blocks.from_html.phrases import phrase
from dripline.templates.blocks.from_html.pieces import Piece, unless, with_styles
from dripline.templates.blocks.from_html.styling import (
    Surroundings,
    background,
    borders,
    colour,
    image_behind,
    inset,
    pixels,
    style_of,
)
from dripline.templates.blocks.from_html.tree import Element, Node, Words, is_blank
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.model import Button
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.blocks.values import Align, ButtonVariant, Styles


def buttons(nodes: Sequence[Node], around: Surroundings, veil: Veil) -> list[Piece]:
    """The buttons, if some nodes are nothing but several of them."""
    seen = [node for node in nodes if not is_blank(node)]
    if len(seen) < 2 or not all(isinstance(node, Element) and node.tag == "a" for node in seen):
        return []
    found = [button(node, around, veil, None) for node in seen if isinstance(node, Element)]
    return [piece for piece in found if piece is not None] if all(found) else []


def button(node: Element, around: Surroundings, veil: Veil, shell: Element | None) -> Piece | None:
    """A link that looks like a button; None for one that looks like a link."""
    style = style_of(node)
    own = background(node)
    line = borders(node).get("bottom") or (borders(shell).get("bottom") if shell else None)
    fill = own or (background(shell) if shell is not None else None)
    is_block = style.get("display", "inline").lower() in ("block", "inline-block", "table-cell", "inline-flex")
    is_roomy = any(wide >= 4 for wide in inset(node).values()) or (line is not None and line.width >= 5)
    is_shaped = is_block or is_roomy or pixels(style.get("line-height")) is not None
    is_boxed = shell is not None and (around.is_wrapped or _is_box(shell))
    is_button = (fill and (is_shaped or is_boxed)) or (line is not None and is_shaped and is_roomy)
    if not is_button or not _can_be_button(node, veil):
        return None
    under = around.under(node)
    ink = colour(style.get("color")) or _ink_inside(node) or under.ink
    return Piece(
        Button(
            text=phrase(node.children, under, veil),
            url=node.get("href"),
            variant=ButtonVariant.PRIMARY if fill else ButtonVariant.OUTLINE,
            **_button_colours(fill, line.color if line else None, ink),
            full_width=_is_full(node, around, shell),
            styles=_button_styles(node, shell, around),
        ),
        around.outside if shell is not None and background(shell) == around.paint else around.paint,
    )


def _can_be_button(node: Element, veil: Veil) -> bool:
    """Whether a button can hold all of a link: its target, and words without images in them or behind them."""
    is_target = bool(node.get("href").strip()) and not veil.has_letters(node.get("href"))
    return is_target and not _has_image(node) and image_behind(node) is None and node.opening is None


def _is_box(shell: Element) -> bool:
    """Whether an element around a link looks like a button rather than like a band."""
    style = style_of(shell)
    return "border-radius" in style or style.get("display", "") == "inline-block"


def _button_colours(fill: str | None, line: str | None, ink: str | None) -> dict[str, str | None]:
    main = fill or line
    usual = PLAIN_THEME.accent_text_color if fill else main
    return {
        "button_color": main if main != PLAIN_THEME.accent_color else None,
        "button_text_color": ink if ink != usual else None,
    }


def _button_styles(node: Element, shell: Element | None, around: Surroundings) -> Styles:
    said = style_of(node).get("border-radius") or (style_of(shell).get("border-radius") if shell else None)
    radius = pixels((said or "0").split()[0]) or 0
    return with_styles(
        text_align=unless(around.align, Align.LEFT),
        border_radius=min(100, round(radius)) if round(radius) != 6 else None,
    )


def _is_full(node: Element, around: Surroundings, shell: Element | None) -> bool:
    style = style_of(node)
    outer = style_of(shell) if shell is not None else {}
    fills = style.get("display") == "block" and "width" not in style and shell is None and not around.is_wrapped
    return fills or "100%" in (style.get("width"), node.get("width"), outer.get("width"))


def _ink_inside(node: Element) -> str | None:
    """The colour of the words, when an element around all of them says it."""
    inner = [child for child in node.children if not (isinstance(child, Words) and not child.text.strip())]
    if len(inner) == 1 and isinstance(inner[0], Element):
        return colour(style_of(inner[0]).get("color")) or colour(inner[0].get("color")) or _ink_inside(inner[0])
    return None


def _has_image(node: Element) -> bool:
    return any(isinstance(child, Element) and (child.tag == "img" or _has_image(child)) for child in node.children)
