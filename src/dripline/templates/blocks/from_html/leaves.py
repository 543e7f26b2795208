"""Elements that become one block: words, headings, lists, images, buttons, lines and empty space."""

from collections.abc import Iterator, Mapping, Sequence

from dripline.templates.blocks.from_html.phrases import (
    element,
    has_own_ink,
    is_flow,
    kept_style,
    phrase,
    written_style,
)
from dripline.templates.blocks.from_html.pieces import Piece, with_styles
from dripline.templates.blocks.from_html.styling import (
    Surroundings,
    background,
    borders,
    colour,
    inset,
    percent,
    pixels,
    style_of,
)
from dripline.templates.blocks.from_html.tree import Element, Node, Words, bare, is_blank, write_value
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.model import Button, Divider, Heading, Image, List, Spacer, Text
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.blocks.values import Align, ButtonVariant, Styles, TextVariant, WidthType

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_HEADING_SIZES = {1: 28, 2: 22, 3: 18, 4: 16, 5: 15, 6: 14}
_TEXT_SIZES = {TextVariant.SMALL: 13, TextVariant.PARAGRAPH: 16, TextVariant.LEAD: 19}
_WRAPPERS = frozenset(("b", "strong", "em", "i", "span", "font", "u", "center", "p", "div", "picture", "small", "big"))


def sole(nodes: Sequence[Node], veil: Veil) -> tuple[Element, tuple[Element, ...]] | None:
    """The one image or link that is all there is to see in some nodes, and the elements around it."""
    wrappers: list[Element] = []
    while True:
        seen = [node for node in nodes if not is_blank(node, veil) or _is_link(node)]
        found = seen[0] if len(seen) == 1 else None
        if not isinstance(found, Element):
            return None
        if found.tag in ("img", "a"):
            return found, tuple(wrappers)
        if found.tag not in _WRAPPERS or found.opening is not None:
            return None
        wrappers.append(found)
        nodes = found.children


def run(nodes: Sequence[Node], around: Surroundings, veil: Veil, shell: Element | None) -> Iterator[Piece]:
    """What stands in a line, or in lines of one text. `shell`: the element with a colour that holds nothing else."""
    trimmed = _trimmed(nodes)
    if not trimmed:
        return
    found = sole(trimmed, veil)
    if found is not None and (piece := _of_sole(found, around, veil, shell)) is not None:
        yield piece
        return
    buttons = _buttons(trimmed, around, veil)
    if buttons:
        yield from buttons
        return
    yield Piece(_text(phrase(trimmed, around, veil), around, around.soft), around.paint)


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
    return Piece(_text(content, under, (), is_sized=False), around.paint)


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
    styles = with_styles(text_color=ink, text_align=_not(under.align, Align.LEFT), **space)
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


def _of_sole(
    found: tuple[Element, tuple[Element, ...]], around: Surroundings, veil: Veil, shell: Element | None
) -> Piece | None:
    node, wrappers = found
    for wrapper in wrappers:
        around = around.under(wrapper)
    if node.tag == "img":
        return _image(node, None, around, veil)
    inner = sole(node.children, veil)
    if inner is not None and inner[0].tag == "img" and node.get("href").strip():
        return _image(inner[0], node.get("href"), around.under(node), veil)
    outer = next((wrapper for wrapper in (*wrappers[::-1], *([shell] if shell else [])) if background(wrapper)), shell)
    return _button(node, around, veil, outer)


def _image(node: Element, href: str | None, around: Surroundings, veil: Veil) -> Piece | None:
    style = style_of(node)
    if not node.get("src").strip() or style.get("float", "none") != "none":
        return None
    width, kind = _image_width(node, style, veil)
    line = borders(node).get("top")
    radius = pixels(style.get("border-radius"))
    align = around.align or Align.LEFT
    if style.get("margin", "").endswith("auto") and style.get("display") == "block":
        align = Align.CENTER
    is_wide = width is None or (kind is WidthType.PERCENT and width == 100)
    styles = with_styles(
        text_align=None if is_wide else _not(align, Align.CENTER),
        border_width=line.width if line else None,
        border_color=line.color if line and line.color != PLAIN_THEME.border_color else None,
        border_radius=min(100, round(radius)) if radius else None,
    )
    alt = bare(node.get("alt"))
    return Piece(
        Image(src=node.get("src"), alt=alt, width=width, width_type=kind, href=href, styles=styles), around.paint
    )


def _image_width(node: Element, style: Mapping[str, str], veil: Veil) -> tuple[int | None, WidthType]:
    said = node.get("width").strip()
    if veil.has_liquid(said):
        return None, WidthType.PIXELS
    wide = pixels(said) or pixels(style.get("width")) or pixels(style.get("max-width"))
    if wide is not None and 1 <= wide <= 2_000:
        return round(wide), WidthType.PIXELS
    share = percent(said) or percent(style.get("width"))
    return (round(share), WidthType.PERCENT) if share is not None and 1 <= share < 100 else (None, WidthType.PIXELS)


def _buttons(nodes: Sequence[Node], around: Surroundings, veil: Veil) -> list[Piece]:
    """The buttons, if some nodes are nothing but several of them."""
    seen = [node for node in nodes if not is_blank(node, veil)]
    if len(seen) < 2 or not all(isinstance(node, Element) and node.tag == "a" for node in seen):
        return []
    found = [_button(node, around, veil, None) for node in seen if isinstance(node, Element)]
    return [piece for piece in found if piece is not None] if all(found) else []


def _button(node: Element, around: Surroundings, veil: Veil, shell: Element | None) -> Piece | None:
    """A link that looks like a button; None for one that looks like a link."""
    style = style_of(node)
    own = background(node)
    line = borders(node).get("bottom") or (borders(shell).get("bottom") if shell else None)
    fill = own or (background(shell) if shell is not None else None)
    is_block = style.get("display", "inline").lower() in ("block", "inline-block", "table-cell", "inline-flex")
    is_roomy = any(wide >= 4 for wide in inset(node).values()) or (line is not None and line.width >= 5)
    is_shaped = is_block or is_roomy or pixels(style.get("line-height")) is not None
    is_round = shell is not None and "border-radius" in style_of(shell)
    is_button = (fill and (is_shaped or is_round)) or (line is not None and is_shaped and is_roomy)
    if not is_button or not node.get("href").strip() or _has_image(node) or node.opening is not None:
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
        text_align=_not(around.align, Align.LEFT),
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


def _is_link(node: Node) -> bool:
    return isinstance(node, Element) and node.tag == "a" and bool(node.get("href"))


def _has_image(node: Element) -> bool:
    return any(isinstance(child, Element) and (child.tag == "img" or _has_image(child)) for child in node.children)


def _text(content: str, around: Surroundings, soft: Sequence[tuple[str, str]], *, is_sized: bool = True) -> Text:
    variant, size = _variant(around) if is_sized else (TextVariant.PARAGRAPH, None)
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
    return with_styles(text_color=None if is_usual else around.ink, text_align=_not(around.align, Align.LEFT))


def _directed(content: str, around: Surroundings, tag: str = "div") -> str:
    return f'<{tag} dir="rtl">{content}</{tag}>' if around.direction == "rtl" else content


def _is_usual(size: float, own: Mapping[str, str], around: Surroundings) -> bool:
    """Whether the size is that of the words around, which headings do not have."""
    return "font-size" not in own and size == around.size


def _trimmed(nodes: Sequence[Node]) -> Sequence[Node]:
    """Nodes without empty text at their beginning and end."""
    start, end = 0, len(nodes)
    while start < end and _is_space(nodes[start]):
        start += 1
    while end > start and _is_space(nodes[end - 1]):
        end -= 1
    return nodes[start:end]


def _is_space(node: Node) -> bool:
    return isinstance(node, Words) and not node.text.strip(" \t\r\n\f")


def _not(value: Align | None, usual: Align) -> Align | None:
    return value if value is not usual else None
