"""Tables: those of data, and those that are layout, whose cells are columns."""

import re
from collections.abc import Iterator, Sequence

from dripline.templates.blocks.from_html.lines import sole
from dripline.templates.blocks.from_html.phrases import is_flow, phrase
from dripline.templates.blocks.from_html.pieces import Piece, with_styles
from dripline.templates.blocks.from_html.spans import is_whole
from dripline.templates.blocks.from_html.styling import (
    Surroundings,
    background,
    percent,
    pixels,
    style_of,
)
from dripline.templates.blocks.from_html.tree import Element, Mark, Node, Words, is_blank, visible, walk
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.model import Table
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.blocks.values import Align, VerticalAlign

MOST_COLUMNS = 6

_SHARE = re.compile(r"\bmj-column-per-(\d+(?:-\d+)?)\b")
_PARTS = frozenset(("thead", "tbody", "tfoot"))
_BESIDE = frozenset(("inline-block", "table-cell", "inline-table"))
_SMALL = 80


def rows_of(table: Element) -> list[Element]:
    """The rows of a table, not those of tables in it."""
    rows: list[Element] = []
    for child in table.children:
        if isinstance(child, Element):
            rows += rows_of(child) if child.tag in _PARTS else [child] if child.tag == "tr" else []
    return rows


def cells_of(row: Element) -> list[Element]:
    return [child for child in row.children if isinstance(child, Element) and child.tag in ("td", "th")]


def data_of(table: Element, around: Surroundings, veil: Veil) -> Piece | None:
    """A table whose rows and columns mean something; None for layout, and for what our tables cannot say."""
    rows = rows_of(table)
    cells = [cells_of(row) for row in rows]
    if not _is_data(table, cells, veil):
        return None
    under = around.under(table)
    written = [tuple(phrase(cell.children, under, veil) for cell in row) for row in cells]
    has_head = all(cell.tag == "th" for cell in cells[0])
    styles = with_styles(
        text_color=under.ink if under.ink != PLAIN_THEME.text_color else None,
        text_align=under.align if under.align is not Align.LEFT else None,
    )
    headers, body = (written[0], written[1:]) if has_head else ((), written)
    return Piece(Table(headers=headers, rows=tuple(body), styles=styles), around.paint)


def is_beside(node: Node) -> bool:
    """Whether an element stands beside others of its kind rather than below them."""
    if not isinstance(node, Element) or node.tag in ("td", "th", "tr", "a", "span", "img"):
        return False
    style = style_of(node)
    is_floating = style.get("float", "none") in ("left", "right")
    is_shared = node.tag == "table" and node.get("align").lower() in ("left", "right")
    is_block = node.tag in ("div", "table", "section", "article", "center")
    return is_block and (style.get("display", "").lower() in _BESIDE or is_floating or is_shared)


def shares(columns: Sequence[Element]) -> list[float | None]:
    """The width of each column in percent; nothing where they are all equal, or where not all are known."""
    said = [_share(column) for column in columns]
    if any(share is None for share in said):
        wide = [pixels(style_of(column).get("width")) or pixels(column.get("width")) for column in columns]
        known = [number for number in wide if number]
        said = [number * 100 / sum(known) for number in known] if len(known) == len(columns) else _filled(said)
    kept = [share for share in said if share is not None]
    if len(kept) != len(columns) or all(abs(share - 100 / len(columns)) < 0.5 for share in kept):
        return [None] * len(columns)
    return [round(max(1.0, min(100.0, share)), 3) for share in kept]


def _filled(said: list[float | None]) -> list[float | None]:
    """The shares; those that are unknown have equal parts of the rest."""
    rest = 100 - sum(share for share in said if share is not None)
    each = rest / said.count(None)
    return [each if share is None else share for share in said] if each >= 1 else [None] * len(said)


def _share(column: Element) -> float | None:
    if match := _SHARE.search(column.get("class")):
        return float(match[1].replace("-", "."))
    return percent(style_of(column).get("width")) or percent(column.get("width"))


def stacks(columns: Sequence[Element]) -> bool:
    """Whether columns stand below each other on a phone: those of MJML do unless they say their width themselves."""
    own = [percent(style_of(column).get("width")) for column in columns if _SHARE.search(column.get("class"))]
    return not own or not all(share is not None and share < 100 for share in own)


def vertical(column: Element) -> VerticalAlign:
    said = (style_of(column).get("vertical-align") or column.get("valign")).lower()
    return VerticalAlign(said) if said in ("middle", "bottom") else VerticalAlign.TOP


def strip_of(columns: Sequence[Element]) -> list[Node] | None:
    """The small images and links of a row of nothing else, such as a row of icons; they stand in one line."""
    line: list[Node] = []
    for column in columns:
        found = list(_small(column, None))
        if not found:
            return None
        line += [*([Words(" \xa0 ")] if line else []), *found]
    return line


def _small(node: Element, behind: str | None) -> Iterator[Node]:
    """The links and small images that are all there is in an element."""
    behind = background(node) or behind
    seen = [child for child in node.children if not is_blank(child)]
    if len(seen) == 1 and isinstance(seen[0], Element) and seen[0].tag not in ("a", "img", "span"):
        yield from _small(seen[0], behind)
        return
    if node.tag == "tr" and seen and all(isinstance(child, Element) for child in seen):
        parts = [list(_small(cell, behind)) for cell in cells_of(node)]
        parts = [part for part in parts if part]
        if len(parts) == len(seen):
            yield from (inner for part in parts for inner in (*part, Words(" ")))
        return
    found = sole(node.children)
    if found is None or found[1] or found[0].opening is not None:
        return
    images = [inner for inner in walk((found[0],)) if isinstance(inner, Element) and inner.tag == "img"]
    words = visible((found[0],))
    if all(_width(image) <= _SMALL for image in images) and len(images) <= 1 and len(words) <= 40:
        is_link = found[0].tag == "a" and (images or not _is_shaped(found[0], behind))
        if is_link or found[0].tag == "img":
            yield _on(found[0], behind) if images else found[0]


def _is_shaped(link: Element, behind: str | None) -> bool:
    return background(link) is not None or behind is not None or "padding" in style_of(link)


def _on(node: Element, behind: str | None) -> Element:
    """An image, or a link with one, that keeps the colour behind it."""
    if behind is None:
        return node
    if node.tag == "img":
        style = f"{node.get('style')};background:{behind};border-radius:3px"
        return Element(node.tag, {**node.attributes, "style": style}, node.children, node.opening)
    inner = tuple(_on(child, behind) if isinstance(child, Element) else child for child in node.children)
    return Element(node.tag, node.attributes, inner, node.opening)


def _width(image: Element) -> float:
    return pixels(image.get("width")) or pixels(style_of(image).get("width")) or _SMALL + 1


def _is_data(table: Element, cells: list[list[Element]], veil: Veil) -> bool:
    if not cells or not all(cells) or not _has_only_rows(table):
        return False
    every = [cell for row in cells for cell in row]
    if not all(is_flow(cell) and not cell.attributes.keys() & {"colspan", "rowspan"} for cell in every):
        return False
    if not all(is_whole(cell.children, veil) for cell in every):
        return False
    has_head = any(cell.tag == "th" for cell in every)
    heads_elsewhere = any(cell.tag == "th" for row in cells[1:] for cell in row) or (
        has_head and not all(cell.tag == "th" for cell in cells[0])
    )
    if heads_elsewhere or any(_has_picture(cell) for cell in every):
        return False
    is_layout = table.get("role") in ("presentation", "none")
    is_grid = len(cells) > 1 and min(len(row) for row in cells) > 1
    return has_head or _is_ours(table) or (is_grid and not is_layout)


def _is_ours(table: Element) -> bool:
    style = style_of(table)
    return (
        style.get("border-collapse") == "collapse"
        and style.get("font-size") == "15px"
        and "role" not in table.attributes
    )


def _has_only_rows(table: Element) -> bool:
    """Whether there is nothing between the rows and the cells but space."""
    for child in table.children:
        if isinstance(child, Mark) or (isinstance(child, Words) and child.text.strip()):
            return False
        if isinstance(child, Element) and child.tag not in (*_PARTS, "tr", "td", "th"):
            return False
        if isinstance(child, Element) and child.tag in (*_PARTS, "tr") and not _has_only_rows(child):
            return False
    return True


def _has_picture(cell: Element) -> bool:
    found = (inner for inner in walk((cell,)) if isinstance(inner, Element))
    return any(inner.tag == "img" or (inner.tag == "a" and background(inner) is not None) for inner in found)
