"""Elements that become words: texts, headings, lists and quotes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dripline.templates.blocks.from_html.phrases import (
    element,
    has_own_ink,
    is_flow,
    kept_style,
    phrase,
    written_style,
)
from dripline.templates.blocks.from_html.pieces import Piece, unless, with_styles
from dripline.templates.blocks.from_html.styling import Surroundings, inset, style_of
from dripline.templates.blocks.from_html.tree import Element, Words, write_value
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.model import Heading, List, Text
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.blocks.values import Align, Styles, TextVariant

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_HEADING_SIZES = {1: 28, 2: 22, 3: 18, 4: 16, 5: 15, 6: 14}
_TEXT_SIZES = {TextVariant.SMALL: 13, TextVariant.PARAGRAPH: 16, TextVariant.LEAD: 19}


def paragraph(node: Element, around: Surroundings, veil: Veil) -> Piece:
    """A paragraph: neighbours of the same look become one text."""
    under = around.under(node)
    style = kept_style(node, around)
    for name in ("color", "text-align", "font-size", "background", "background-color"):
        style.pop(name, None)
    style = {**{name: value for name, value in under.soft if name not in style}, **style}
    variant, size = _variant(under)
    style |= {"font-size": size} if size else {}
    content = element(node, under, veil, style=style)
    return Piece(
        Text(content=_directed(content, under), variant=variant, styles=_look(under, variant)), under.paint, joins=True
    )


def flow(node: Element, around: Surroundings, veil: Veil) -> Piece:
    """A quote, a list of terms and the like: a text with that element in it."""
    under = around.under(node)
    style = kept_style(node, around)
    for name in ("color", "text-align"):
        style.pop(name, None)
    content = element(node, under, veil, style=style)
    # Its own size stands at the element: that of the words around is the text's.
    outside = replace(under, size=around.size)
    variant, size = _variant(outside)
    if size:
        content = f'<div style="font-size:{size}">{content}</div>'
    return Piece(Text(content=_directed(content, under), variant=variant, styles=_look(under, variant)), around.paint)


def heading(node: Element, around: Surroundings, veil: Veil) -> Piece:
    under = around.under(node)
    level = _HEADINGS[node.tag]
    style: dict[str, str] = {name: value for name, value in under.soft if name != "font-weight"}
    own = style_of(node)
    size = under.size if own.get("font-size") or around.size else None
    if size is not None and abs(size - _HEADING_SIZES[level]) >= 0.5 and not _is_usual(size, own, around):
        style["font-size"] = f"{size:g}px"
    if own.get("font-weight") in ("normal", "300", "400"):
        style["font-weight"] = own["font-weight"]
    content = phrase(node.children, under, veil)
    if style:
        content = f"<span style={write_value(written_style(style))}>{content}</span>"
    space = {f"padding_{side}": wide for side, wide in inset(node, "margin").items() if side in ("top", "bottom")}
    # Those margins are ours: the block has them itself.
    space = {} if own.get("font-size") == "inherit" else space
    ink = under.ink if has_own_ink(under) else None
    styles = with_styles(text_color=ink, text_align=unless(under.align, Align.LEFT), **space)
    return Piece(Heading(content=_directed(content, under, "span"), level=level, styles=styles), under.paint)


def listing(node: Element, around: Surroundings, veil: Veil) -> Piece:
    """A list; as a text when its items are no plain ones."""
    under = around.under(node)
    items = [child for child in node.children if not (isinstance(child, Words) and not child.text.strip())]
    is_plain = all(
        isinstance(item, Element) and item.tag == "li" and "value" not in item.attributes and is_flow(item)
        for item in items
    )
    if not is_plain or not items or "start" in node.attributes or "type" in node.attributes or under.direction == "rtl":
        return flow(node, around, veil)
    contents = tuple(phrase(item.children, under, veil) for item in items if isinstance(item, Element))
    variant = TextVariant.PARAGRAPH
    return Piece(List(items=contents, ordered=node.tag == "ol", styles=_look(under, variant)), around.paint)


def text(content: str, around: Surroundings, soft: Sequence[tuple[str, str]]) -> Text:
    """A text of one look, the words of which are written already."""
    variant, size = _variant(around)
    style = dict(soft) | ({"font-size": size} if size else {})
    if style:
        content = f"<span style={write_value(written_style(style))}>{content}</span>"
    return Text(content=_directed(content, around), variant=variant, styles=_look(around, variant))


def _variant(around: Surroundings) -> tuple[TextVariant, str | None]:
    """The variant whose size is near, and the size itself where it is another one."""
    size = around.size
    if size is None:
        return TextVariant.PARAGRAPH, None
    variant = TextVariant.SMALL if size <= 13.5 else TextVariant.LEAD if size >= 18 else TextVariant.PARAGRAPH
    return variant, f"{size:g}px" if abs(size - _TEXT_SIZES[variant]) >= 0.5 else None


def _look(around: Surroundings, variant: TextVariant) -> Styles:
    # Small words have the quieter colour by themselves, or the usual one where something is behind them.
    is_usual = not has_own_ink(around) and (variant is TextVariant.SMALL or around.ink != PLAIN_THEME.muted_color)
    return with_styles(text_color=None if is_usual else around.ink, text_align=unless(around.align, Align.LEFT))


def _directed(content: str, around: Surroundings, tag: str = "div") -> str:
    return f'<{tag} dir="rtl">{content}</{tag}>' if around.direction == "rtl" else content


def _is_usual(size: float, own: Mapping[str, str], around: Surroundings) -> bool:
    """Whether the size is that of the words around, which headings do not have."""
    return "font-size" not in own and size == around.size
