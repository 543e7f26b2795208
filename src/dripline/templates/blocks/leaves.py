"""Blocks that stand in a column, as MJML."""

import re
from typing import TypeAlias, assert_never

from dripline.templates.blocks import cleaning
from dripline.templates.blocks.held import Held
from dripline.templates.blocks.look import Look, attributes, border, padding
from dripline.templates.blocks.model import Button, Divider, Heading, Image, List, RawHtml, Spacer, Table, Text
from dripline.templates.blocks.values import ButtonVariant, TextVariant, WidthType

Leaf: TypeAlias = Heading | Text | List | Table | RawHtml | Button | Image | Divider | Spacer

_HEADING_SIZES = {1: 28, 2: 22, 3: 18, 4: 16, 5: 15, 6: 14}
_TEXT_SIZES = {TextVariant.PARAGRAPH: 16, TextVariant.LEAD: 19, TextVariant.SMALL: 13, TextVariant.HTML: 16}
_ELEMENT = re.compile(r"<(p|a|ul|ol|li|h[1-6]|blockquote|img|pre|td|th)\b((?:[^<>\"]|\"[^\"]*\")*)>")
_STYLE = re.compile(r'\sstyle="([^"]*)"')
MARGINS = {
    "p": "margin:0 0 12px",
    "ul": "margin:0 0 12px;padding:0 0 0 24px",
    "ol": "margin:0 0 12px;padding:0 0 0 24px",
    "li": "margin:0 0 6px",
    "blockquote": "margin:0 0 12px;padding:0 0 0 16px;border-left:4px solid #d1d5db",
    "img": "max-width:100%",
    "pre": "margin:0 0 12px;white-space:pre-wrap",
    "td": "padding:8px 8px 8px 0;text-align:left;vertical-align:top",
    "th": "padding:8px 8px 8px 0;text-align:left;vertical-align:top",
}


def leaf(block: Leaf, look: Look, held: Held) -> str:
    """A block as MJML in a column; `look` is that of the block itself."""
    match block:
        case Heading():
            return _heading(block, look, held)
        case Text():
            return _paragraphs(block, look, held)
        case List():
            return _list(block, look, held)
        case Table():
            return _table(block, look, held)
        case RawHtml():
            return _raw(block, look, held)
        case Button():
            return _button(block, look, held)
        case Image():
            return _image(block, look, held)
        case Divider():
            return _divider(block, look)
        case Spacer(height=height):
            return spacer(height, look)
        case unreachable:
            assert_never(unreachable)


def _heading(block: Heading, look: Look, held: Held) -> str:
    tag = f"h{block.level}"
    inner = _styled(cleaning.phrase(block.content), look)
    html = f'<{tag} style="margin:0;font-size:inherit;font-weight:inherit;line-height:inherit">{inner}</{tag}>'
    size = _HEADING_SIZES[block.level]
    return _text(
        html, look, held, size=size, line="1.3", weight="700", pad=padding(block.styles, look, top=8, bottom=12)
    )


def _paragraphs(block: Text, look: Look, held: Held) -> str:
    html = _styled(cleaning.flow(block.content), look)
    pad = padding(block.styles, look, top=0, bottom=4 if "<p" in html else 16)
    is_small = block.variant is TextVariant.SMALL
    return _text(html, look, held, size=_TEXT_SIZES[block.variant], pad=pad, is_muted=is_small)


def _list(block: List, look: Look, held: Held) -> str:
    tag = "ol" if block.ordered else "ul"
    items = "".join(f"<li>{cleaning.flow(item)}</li>" for item in block.items)
    html = _styled(f"<{tag}>{items}</{tag}>", look)
    return _text(html, look, held, size=16, pad=padding(block.styles, look, top=0, bottom=4))


def _table(block: Table, look: Look, held: Held) -> str:
    line = f"border-bottom:1px solid {look.theme.border_color}"
    head = "".join(f'<th style="{line}">{cleaning.flow(cell)}</th>' for cell in block.headers)
    rows = "".join(f"<tr>{''.join(_cell(cell, line) for cell in row)}</tr>" for row in block.rows)
    table = '<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:15px">'
    html = f"{table}<thead><tr>{head}</tr></thead>" if head else table
    html = _styled(f"{html}<tbody>{rows}</tbody></table>", look)
    return _text(html, look, held, size=15, pad=padding(block.styles, look, top=0, bottom=16))


def _cell(content: str, style: str) -> str:
    return f'<td style="{style}">{cleaning.flow(content)}</td>'


def _raw(block: RawHtml, look: Look, held: Held) -> str:
    return _text(cleaning.closed(block.content), look, held, size=16, pad=padding(block.styles, look, top=0, bottom=16))


def _button(block: Button, look: Look, held: Held) -> str:
    is_outline = block.variant is ButtonVariant.OUTLINE
    colour = block.button_color or look.theme.accent_color
    ink = block.button_text_color or (colour if is_outline else look.theme.accent_text_color)
    radius = 6 if block.styles.border_radius is None else block.styles.border_radius
    given = attributes(
        href=held.put(cleaning.words(block.url)),
        background_color="transparent" if is_outline else colour,
        color=ink,
        border=f"2px solid {colour}" if is_outline else border(block.styles, look.theme, width=0),
        border_radius=f"{radius}px",
        width="100%" if block.full_width else None,
        align=look.align or "left",
        padding=padding(block.styles, look, top=8, bottom=20),
        container_background_color=look.paint,
    )
    return f"<mj-button{given}>{held.put(cleaning.label(block.text))}</mj-button>"


def _image(block: Image, look: Look, held: Held) -> str:
    radius = block.styles.border_radius
    given = attributes(
        src=held.put(cleaning.words(block.src)),
        alt=held.put(cleaning.words(block.alt)),
        href=held.put(cleaning.words(block.href)) if block.href else None,
        width=_width(block, look),
        align=look.align or "center",
        border=border(block.styles, look.theme, width=0),
        border_radius=f"{radius}px" if radius is not None else None,
        padding=padding(block.styles, look, top=0, bottom=16),
        container_background_color=look.paint,
        color=look.text_color,
        font_size="14px",
    )
    return f"<mj-image{given} />"


def _divider(block: Divider, look: Look) -> str:
    given = attributes(
        border_width=f"{block.thickness}px",
        border_color=block.color or look.theme.border_color,
        padding=padding(block.styles, look, top=8, bottom=24),
        container_background_color=look.paint,
        css_class="dl-line" if look.is_paper and block.color is None else None,
    )
    return f"<mj-divider{given} />"


def spacer(height: int, look: Look) -> str:
    return f"<mj-spacer{attributes(height=f'{height}px', container_background_color=look.paint)} />"


def _text(
    html: str,
    look: Look,
    held: Held,
    *,
    size: int,
    pad: str,
    line: str = "1.6",
    weight: str | None = None,
    is_muted: bool = False,
) -> str:
    dark = "dl-muted" if is_muted else "dl-ink"
    given = attributes(
        css_class=dark if look.is_plain else None,
        color=look.theme.muted_color if is_muted and look.is_plain else look.text_color,
        font_size=f"{size}px",
        font_weight=weight,
        line_height=line,
        align=look.align,
        padding=pad,
        container_background_color=look.paint,
    )
    return f"<mj-text{given}>{held.put(html)}</mj-text>"


def _width(block: Image, look: Look) -> str | None:
    if block.width is None:
        return None
    wide = look.inner_width * block.width / 100 if block.width_type is WidthType.PERCENT else block.width
    return f"{max(1, min(int(wide), look.inner_width))}px"


def _styled(html: str, look: Look) -> str:
    """Clean HTML with margins and colours at its elements; what an author wrote there comes after, and wins."""

    def styled(match: re.Match[str]) -> str:
        tag, rest = match[1], match[2]
        found = _STYLE.search(rest)
        own = found[1] if found else ""
        others = _STYLE.sub("", rest)
        if tag == "a":
            return f"<a{others}{_link(own, look)}>"
        both = ";".join(part for part in (MARGINS.get(tag, "margin:0 0 12px"), own) if part)
        return f'<{tag}{others} style="{both}">'

    return _ELEMENT.sub(styled, html)


def _link(own: str, look: Look) -> str:
    if "color" in own:
        return f' style="{own}"'
    colour = look.ink or look.theme.accent_color
    dark = ' class="dl-link"' if look.is_plain else ""
    return f'{dark} style="color:{colour};text-decoration:underline{";" if own else ""}{own}"'
