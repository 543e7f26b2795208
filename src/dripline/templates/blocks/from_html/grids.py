"""Tables of layout: rows whose cells are columns."""

from collections.abc import Sequence
from dataclasses import replace

from dripline.templates.blocks.from_html import tables, words
from dripline.templates.blocks.from_html.boxes import empty
from dripline.templates.blocks.from_html.phrases import is_flow_table, written_style
from dripline.templates.blocks.from_html.pieces import Piece, blocks_of, with_styles
from dripline.templates.blocks.from_html.styling import Surroundings, align_of, background, pixels, style_of
from dripline.templates.blocks.from_html.tree import Element, Node, is_blank
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.from_html.walk import Walk
from dripline.templates.blocks.model import Column, Columns


def is_nested(table: Element, around: Surroundings) -> bool:
    """Whether a table has columns and stands in one: they would stand one below the other."""
    if not around.is_column:
        return False
    rows = [_columns(row) for row in tables.rows_of(table)]
    return any(len(row) > 1 and not tables.strip_of(row) for row in rows)


def as_words(table: Element, around: Surroundings, veil: Veil) -> Piece:
    """A table of layout as a text with it: its cells keep the space, the colour and the place of their words."""
    room = pixels(table.get("cellpadding")) or 0
    rows = tuple(_said(child, room) for child in table.children)
    return words.flow(replace(table, children=rows), around, veil)


def _said(node: Node, room: float) -> Node:
    """What stands in a table, with all that its cells would have from the table said at each of them."""
    if not isinstance(node, Element):
        return node
    if not _is_cell(node):
        return replace(node, children=tuple(_said(child, room) for child in node.children))
    paint, align = background(node), align_of(node)
    usual = {"padding": f"{room:g}px", "background-color": paint, "text-align": align.value if align else "inherit"}
    usual["vertical-align"] = node.get("valign").lower() or "middle"
    said = written_style({name: value for name, value in usual.items() if value} | dict(style_of(node)))
    return replace(node, attributes={**node.attributes, "style": said})


def row(node: Element, around: Surroundings, walk: Walk, shell: Element | None) -> list[Piece]:
    cells = _columns(node)
    others = [child for child in node.children if not _is_cell(child) and not is_blank(child)]
    under = around.under(node)
    if others:
        return [walk.raw((node,), around)]
    if not cells:
        return [piece for cell in tables.cells_of(node)[:1] for piece in empty(cell, around, walk)]
    if len(cells) == 1:
        return walk.alone(cells[0], under, shell)
    return side_by_side(cells, under, walk)


def side_by_side(columns: Sequence[Element], around: Surroundings, walk: Walk) -> list[Piece]:
    if len(columns) < 2:
        return [piece for column in columns for piece in walk.alone(column, around)]
    if line := tables.strip_of(columns):
        return walk.line(line, around.under(columns[0]))
    if len(columns) > tables.MOST_COLUMNS or around.is_column:
        table = Element("table", {"width": "100%"}, (Element("tr", {}, tuple(columns)),))
        is_said = all(_is_cell(column) for column in columns) and is_flow_table(table)
        return [as_words(table, around, walk.veil) if is_said else walk.raw(columns, around)]
    widths = tables.shares(columns)
    made = tuple(_column(column, width, around, walk) for column, width in zip(columns, widths, strict=True))
    if not any(column.blocks for column in made):
        return []
    block = Columns(columns=made, stack_on_mobile=tables.stacks(columns))
    return walk.proved(columns, [Piece(block, around.paint)], around)


def _columns(row: Element) -> list[Element]:
    """The cells of a row that are more than a margin."""
    return [cell for cell in tables.cells_of(row) if not is_blank(cell)]


def _is_cell(node: Node) -> bool:
    return isinstance(node, Element) and node.tag in ("td", "th")


def _column(node: Element, width: float | None, around: Surroundings, walk: Walk) -> Column:
    paint = around.under(node).paint
    pieces = walk.alone(node, replace(around, is_column=True))
    styles = with_styles(background_color=paint if paint != around.paint else None)
    return Column(blocks=blocks_of(pieces, paint), width=width, vertical_align=tables.vertical(node), styles=styles)
