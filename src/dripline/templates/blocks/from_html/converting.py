"""From the HTML of a mail to its blocks.

What is understood becomes a block; the smallest part that is not stays HTML. At the end links, images and words are
counted: a part in which one is missing stays HTML too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dripline.kernel.errors import Invalid, Problem
from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.from_html import leaves, tables
from dripline.templates.blocks.from_html.documents import Document, read_document
from dripline.templates.blocks.from_html.keeping import Inventory, inventory
from dripline.templates.blocks.from_html.phrases import has_own_ink, is_flow, is_inline
from dripline.templates.blocks.from_html.pieces import Piece, blocks_of, spaced, with_styles
from dripline.templates.blocks.from_html.spans import Part, Span, is_whole, spans
from dripline.templates.blocks.from_html.styling import (
    PAPER,
    Surroundings,
    background,
    borders,
    inset,
    is_hidden,
    pixels,
    style_of,
)
from dripline.templates.blocks.from_html.tree import Element, Mark, Node, is_blank, write
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.model import (
    Blocks,
    Button,
    Card,
    Column,
    Columns,
    ConditionalGroup,
    Image,
    RawHtml,
    Repeat,
)
from dripline.templates.blocks.model import write as write_blocks
from dripline.templates.blocks.reading import Read, read_blocks
from dripline.templates.blocks.theme import PLAIN_THEME
from dripline.templates.blocks.values import Align

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_QUOTES = frozenset(("blockquote", "pre", "dl", "address", "figure"))
# fmt: off
_CONTAINERS = frozenset((
    "body", "div", "section", "article", "main", "header", "footer", "nav", "aside", "center", "td", "th", "table",
    "tbody", "thead", "tfoot", "span", "font", "p", "b", "strong", "em", "i", "u", "a", "caption", "figure",
    "address", "blockquote", "small", "big",
))
# fmt: on
_ROWS = frozenset(("tr", "thead", "tbody", "tfoot"))
_LOOP = re.compile(r"([A-Za-z_]\w*) in ([A-Za-z_][\w.\-\[\]]*)(?: limit: ?(\d{1,4}))?", re.ASCII)
_PLAIN_KEYS = frozenset(("url", "src", "alt", "href", "thumbnail"))
_LIQUID_KEYS = frozenset(("if", "source", "as", "type"))
# Tags that choose what is shown, and do nothing where there is nothing to be chosen.
_CHOOSING = frozenset(
    ("if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor", "break")
)
_MOST_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class Converted:
    """The blocks of a mail, its subject and its line in the inbox where it said them, and a sentence for each doubt."""

    blocks: Blocks
    warnings: tuple[str, ...]
    subject: str | None = None
    preview_text: str | None = None


def blocks_of_html(html: str) -> Converted:
    """The blocks that show what HTML with Liquid shows.

    Raises:
        Invalid: it is too large, nested too deep, or there is nothing in it.
    """
    try:
        document = read_document(html)
        read, converter = _converted(document)
    except RecursionError:
        raise Invalid.at("html", "is nested too deep", expected="fewer elements in each other") from None
    if read.problems:
        raise Invalid.of([_about_html(problem) for problem in read.problems])
    warnings = (*document.warnings, *(str(each) for each in read.warnings), *converter.warnings())
    return Converted(read.blocks, warnings, document.subject, document.preview_text)


def _converted(document: Document) -> tuple[Read, "_Converter"]:
    around = Surroundings().under(document.body)
    nodes = document.body.children
    for is_careful in (False, True):
        converter = _Converter(document.veil, is_careful=is_careful)
        pieces = converter.pieces(nodes, around)
        if converter.keeps(nodes, pieces):
            return converter.read(pieces), converter
    converter = _Converter(document.veil, is_careful=True)
    return converter.read([converter.raw(nodes, around)]), converter


def _about_html(problem: Problem) -> Problem:
    if problem.path == "blocks" and problem.message == "is empty":
        return Problem("html", "shows nothing", expected="the HTML of a mail")
    return Problem("html", f"cannot be made blocks: {problem.path} {problem.message}", expected=problem.expected)


class _Converter:
    """Makes blocks; a careful one looks at each part whether something was lost, which takes its time."""

    def __init__(self, veil: Veil, *, is_careful: bool) -> None:
        self._veil = veil
        self._is_careful = is_careful
        self._unsized = 0
        self._raw = 0

    def warnings(self) -> Iterator[str]:
        if self._raw:
            yield f"{self._raw} part{'s' if self._raw > 1 else ''} of it stayed HTML, in blocks of the type html."

    def pieces(self, nodes: Sequence[Node], around: Surroundings, shell: Element | None = None) -> list[Piece]:
        """The blocks of neighbours. `shell`: an element with a colour of which they are all that is seen."""
        pieces: list[Piece] = []
        line: list[Node] = []
        beside: list[Element] = []
        for unit in self._units(nodes):
            if isinstance(unit, Element) and tables.is_beside(unit):
                pieces += self._line(line, around, shell)
                line = []
                beside.append(unit)
                continue
            if beside and not isinstance(unit, Span) and is_blank(unit, self._veil):
                continue
            pieces += self._side_by_side(beside, around)
            beside = []
            if self._is_in_line(unit):
                line += unit.nodes if isinstance(unit, Span) else (unit,)
                continue
            pieces += self._line(line, around, shell)
            line = []
            pieces += self._safely(unit, around, shell)
        return [*pieces, *self._side_by_side(beside, around), *self._line(line, around, shell)]

    def keeps(self, nodes: Sequence[Node], pieces: Sequence[Piece]) -> bool:
        """Whether all that is seen of some nodes is seen of their blocks, and these are in order."""
        if not pieces:
            return self._inventory(nodes) == Inventory((), (), "")
        read = self.read(pieces)
        if read.problems:
            return False
        return self._inventory(nodes) == inventory(compile_blocks(read.blocks))

    def read(self, pieces: Sequence[Piece]) -> Read:
        """The blocks with their Liquid, as they are read when they are sent."""
        return read_blocks([_put_back(block, self._veil) for block in write_blocks(blocks_of(pieces, PAPER))])

    def raw(self, nodes: Sequence[Node], around: Surroundings) -> Piece:
        """What is not understood, as it is."""
        self._raw += 1
        html = write(nodes, self._veil).strip()
        tags = {node.tag for node in nodes if isinstance(node, Element)}
        if tags & {"td", "th"}:
            html = f"<tr>{html}</tr>"
        if tags & {*_ROWS, "td", "th"}:
            html = f'<table width="100%" cellpadding="0" cellspacing="0">{html}</table>'
        styles = with_styles(
            text_color=around.ink if has_own_ink(around) else None,
            text_align=around.align if around.align is not Align.LEFT else None,
        )
        return Piece(RawHtml(content=html, styles=styles), around.paint)

    def _inventory(self, nodes: Sequence[Node]) -> Inventory:
        return inventory(self._veil.as_html(write(nodes, self._veil)))

    def _units(self, nodes: Sequence[Node]) -> Iterator[Node | Span]:
        silent = (node for node in nodes if not (isinstance(node, Mark) and self._veil.is_silent(node.number)))
        return spans(list(silent), self._veil)

    def _is_in_line(self, unit: Node | Span) -> bool:
        if isinstance(unit, Span):
            return all(is_inline(node) for node in unit.nodes) and is_whole(unit.nodes, self._veil)
        return is_inline(unit) and not (isinstance(unit, Element) and is_hidden(unit))

    def _safely(self, unit: Node | Span, around: Surroundings, shell: Element | None) -> list[Piece]:
        if not self._is_careful:
            return self._block(unit, around, shell)
        nodes = unit.nodes if isinstance(unit, Span) else (unit,)
        self._is_careful, raw = False, self._raw
        pieces = self._block(unit, around, shell)
        self._is_careful = True
        if self.keeps(nodes, pieces):
            return pieces
        self._raw = raw
        pieces = self._block(unit, around, shell)
        if self.keeps(nodes, pieces):
            return pieces
        self._raw = raw
        return [self.raw(nodes, around)]

    def _line(self, nodes: Sequence[Node], around: Surroundings, shell: Element | None) -> list[Piece]:
        """What stands in lines between elements that are blocks."""
        if all(is_blank(node, self._veil) for node in nodes):
            return []
        if all(isinstance(node, Mark) or is_blank(node, self._veil) for node in nodes):
            return self._tags(nodes, around)
        pieces = list(leaves.run(nodes, around, self._veil, shell))
        if self._is_careful and not self.keeps(nodes, pieces):
            return [self.raw(nodes, around)]
        return pieces

    def _tags(self, nodes: Sequence[Node], around: Surroundings) -> list[Piece]:
        """Liquid that shows nothing, such as `assign`: it takes no room. What is no Liquid is shown."""
        marks = [node for node in nodes if isinstance(node, Mark)]
        if any(mark.number in self._veil.letters for mark in marks):
            return list(leaves.run(nodes, around, self._veil, None))
        if all(self._veil.name(mark.number) in _CHOOSING for mark in marks):
            return []
        content = "".join(self._veil.mask.word(mark.number) for mark in marks)
        block = RawHtml(content=content, styles=with_styles(padding_top=0, padding_bottom=0))
        return [Piece(block, around.paint, is_silent=True)]

    def _block(self, unit: Node | Span, around: Surroundings, shell: Element | None) -> list[Piece]:
        match unit:
            case Span():
                return self._span(unit, around)
            case Element():
                return self._element(unit, around, shell)
            case _:
                return self._line((unit,), around, shell)

    def _span(self, span: Span, around: Surroundings) -> list[Piece]:
        match span.parts:
            case (Part(name="if" | "unless"), *_):
                found = self._either(span.parts, around)
            case (Part(name="for", says=says, nodes=inner),) if loop := _LOOP.fullmatch(says):
                found = self._each(loop, self.pieces(inner, around), around)
            case _:
                found = None
        return [self.raw(span.nodes, around)] if found is None else found

    def _each(self, loop: re.Match[str], pieces: list[Piece], around: Surroundings) -> list[Piece] | None:
        limit = min(int(loop[3]), _MOST_ITEMS) if loop[3] else _MOST_ITEMS
        if not limit or not pieces:
            return None if pieces else []
        paint = _behind(pieces, around)
        block = Repeat(source=loop[2], name=loop[1], limit=limit, blocks=blocks_of(pieces, paint))
        return [Piece(block, paint)]

    def _either(self, parts: tuple[Part, ...], around: Surroundings) -> list[Piece] | None:
        """The blocks of one choice; None when its tags are in no order that we know."""
        first, *others = parts
        then = self.pieces(first.nodes, around)
        otherwise = self._otherwise(tuple(others), around)
        if otherwise is None or not (then or otherwise):
            return otherwise
        paint = _behind([*then, *otherwise], around)
        yes, no = blocks_of(then, paint), blocks_of(otherwise, paint)
        if first.name == "unless":
            yes, no = no, yes
        return [Piece(ConditionalGroup(test=first.says, blocks=yes, otherwise=no), paint)]

    def _otherwise(self, parts: tuple[Part, ...], around: Surroundings) -> list[Piece] | None:
        match parts:
            case ():
                return []
            case (Part(name="else", nodes=inner),):
                return self.pieces(inner, around)
            case (Part(name="elsif"), *_):
                return self._either(parts, around)
            case _:
                return None

    def _element(self, node: Element, around: Surroundings, shell: Element | None) -> list[Piece]:
        if node.opening is not None or is_hidden(node) or self._has_liquid_style(node):
            return [self.raw((node,), around)] if not is_blank(node, self._veil) else []
        match node.tag:
            case "hr":
                return spaced([leaves.divider(node, around)], _room(node), is_column=around.is_column, is_exact=False)
            case tag if tag in _HEADINGS and all(is_inline(child) for child in node.children):
                return self._heading(node, around)
            case "p" if all(is_inline(child) for child in node.children):
                return self._paragraph(node, around, shell)
            case "ul" | "ol" if is_flow(node):
                return [leaves.listing(node, around, self._veil)]
            case tag if tag in _QUOTES and is_flow(node):
                return [leaves.flow(node, around, self._veil)]
            case "table":
                return self._table(node, around, shell)
            case "tr":
                return self._row(node, around, shell)
            case "a" if node.get("href"):
                return self._link(node, around, shell)
            case tag if tag in _CONTAINERS or tag in _HEADINGS:
                return self._container(node, around, shell)
            case _:
                return [self.raw((node,), around)]

    def _has_liquid_style(self, node: Element) -> bool:
        return any(self._veil.has_liquid(node.get(name)) for name in ("style", "bgcolor", "width", "align", "dir"))

    def _heading(self, node: Element, around: Surroundings) -> list[Piece]:
        found = leaves.sole(node.children, self._veil)
        if found is not None and found[0].tag == "img":
            return self._line(node.children, around.under(node), None)
        return [leaves.heading(node, around, self._veil)] if not is_blank(node, self._veil) else []

    def _paragraph(self, node: Element, around: Surroundings, shell: Element | None) -> list[Piece]:
        if is_blank(node, self._veil):
            return self._empty(node, around)
        found = leaves.sole(node.children, self._veil)
        pieces = list(leaves.run(node.children, around.under(node), self._veil, shell)) if found else []
        if pieces and all(isinstance(piece.block, Image | Button) for piece in pieces):
            return pieces
        return [leaves.paragraph(node, around, self._veil)]

    def _link(self, node: Element, around: Surroundings, shell: Element | None) -> list[Piece]:
        """A link around blocks: it is kept when it is around one image."""
        inner = node
        while len(seen := [child for child in inner.children if not is_blank(child, self._veil)]) == 1:
            if not isinstance(seen[0], Element) or seen[0].opening is not None:
                break
            inner = seen[0]
            if inner.tag == "img":
                return list(leaves.run((replace(node, children=(inner,)),), around, self._veil, shell))
        return [self.raw((node,), around)]

    def _table(self, node: Element, around: Surroundings, shell: Element | None) -> list[Piece]:
        if (data := tables.data_of(node, around, self._veil)) is not None:
            return [data]
        is_grid = any(len(self._columns(row)) > 1 for row in tables.rows_of(node))
        if is_grid and around.is_column and not self._is_strip(node):
            # Columns in columns would stand one below the other.
            return [self.raw((node,), around)]
        return self._container(node, around, shell)

    def _is_strip(self, table: Element) -> bool:
        rows = [self._columns(row) for row in tables.rows_of(table)]
        return all(len(row) < 2 or tables.strip_of(row, self._veil) for row in rows)

    def _columns(self, row: Element) -> list[Element]:
        """The cells of a row that are more than a margin."""
        return [cell for cell in tables.cells_of(row) if not is_blank(cell, self._veil)]

    def _row(self, node: Element, around: Surroundings, shell: Element | None) -> list[Piece]:
        cells = self._columns(node)
        others = [child for child in node.children if child not in cells and not is_blank(child, self._veil)]
        under = around.under(node)
        if others:
            return [self.raw((node,), around)]
        if not cells:
            return [piece for cell in tables.cells_of(node)[:1] for piece in self._empty(cell, around)]
        if len(cells) == 1:
            return self._safely(cells[0], under, shell)
        return self._side_by_side(cells, under)

    def _side_by_side(self, columns: Sequence[Element], around: Surroundings) -> list[Piece]:
        if len(columns) < 2:
            return [piece for column in columns for piece in self._safely(column, around, None)]
        if line := tables.strip_of(columns, self._veil):
            return self._line(line, around.under(columns[0]), None)
        if len(columns) > tables.MOST_COLUMNS or around.is_column:
            return [self.raw(columns, around)]
        widths = tables.shares(columns)
        made = tuple(self._column(column, width, around) for column, width in zip(columns, widths, strict=True))
        if not any(column.blocks for column in made):
            return []
        pieces = [Piece(Columns(columns=made, stack_on_mobile=tables.stacks(columns)), around.paint)]
        if self._is_careful and not self.keeps(columns, pieces):
            return [self.raw(columns, around)]
        return pieces

    def _column(self, node: Element, width: float | None, around: Surroundings) -> Column:
        inner = replace(around.under(node), is_column=True)
        pieces = self._safely(node, replace(around, is_column=True), None)
        paint = inner.paint
        styles = with_styles(background_color=paint if paint != around.paint else None)
        return Column(blocks=blocks_of(pieces, paint), width=width, vertical_align=tables.vertical(node), styles=styles)

    def _container(self, node: Element, around: Surroundings, shell: Element | None) -> list[Piece]:
        if is_blank(node, self._veil):
            return self._empty(node, around)
        under = around.under(node)
        inner = node if background(node) is not None or borders(node) else self._shell(node, shell)
        pieces = self.pieces(node.children, under, inner)
        lines = borders(node)
        if len(pieces) == 1 and isinstance(pieces[0].block, Button | Image):
            lines = {}
        if len(lines) == 4 and pieces:
            return [self._card(node, pieces, under, around)]
        pieces = spaced(pieces, _room(node), is_column=around.is_column, is_exact=_is_compiled(node))
        above = [leaves.rule(lines["top"].color, lines["top"].width, around)] if "top" in lines else []
        below = [leaves.rule(lines["bottom"].color, lines["bottom"].width, around)] if "bottom" in lines else []
        return [*above, *pieces, *below]

    def _shell(self, node: Element, shell: Element | None) -> Element | None:
        seen = [child for child in node.children if not is_blank(child, self._veil)]
        return shell if len(seen) == 1 else None

    def _card(self, node: Element, pieces: Sequence[Piece], under: Surroundings, around: Surroundings) -> Piece:
        line = borders(node)["top"]
        room = inset(node)
        radius = pixels(style_of(node).get("border-radius")) or 0
        top, bottom = room.get("top"), room.get("bottom")
        styles = with_styles(
            background_color=under.paint if under.paint != around.paint else None,
            border_color=line.color if line.color != PLAIN_THEME.border_color else None,
            border_width=line.width if line.width != 1 else None,
            border_radius=min(100, round(radius)) if round(radius) != 8 else None,
            padding_top=top if top != 24 else None,
            padding_bottom=bottom if bottom != 12 else None,
        )
        return Piece(Card(blocks=blocks_of(pieces, under.paint), styles=styles), around.paint)

    def _empty(self, node: Element, around: Surroundings) -> list[Piece]:
        """What an element shows of which nothing is read: a line, or empty space."""
        lines = borders(node)
        line = lines.get("top") or lines.get("bottom")
        if line is not None:
            return [leaves.rule(line.color, line.width, around)]
        high = _height(node)
        fill = background(node)
        if high is not None and high <= 5 and fill is not None and fill != around.paint:
            return [leaves.rule(fill, max(1, round(high)), around)]
        if high is not None:
            return list(leaves.space(high, around))
        return list(self.pieces([child for child in node.children if isinstance(child, Element)], around.under(node)))


def _behind(pieces: Sequence[Piece], around: Surroundings) -> str:
    """The colour behind some pieces, if it is one for all of them."""
    paints = {piece.paint for piece in pieces if not piece.is_silent}
    return paints.pop() if len(paints) == 1 else around.paint


def _height(node: Element) -> float | None:
    style = style_of(node)
    return pixels(style.get("height")) or pixels(node.get("height"))


def _room(node: Element) -> dict[str, int]:
    """The space that an element keeps around what is in it."""
    inside, outside = inset(node), inset(node, "margin")
    room = {side: inside.get(side, 0) + outside.get(side, 0) for side in inside.keys() | outside.keys()}
    return room if node.tag != "hr" else {side: wide for side, wide in outside.items() if side in ("top", "bottom")}


def _is_compiled(node: Element) -> bool:
    """Whether a cell was made by a compiler of MJML: its padding is all there is."""
    style = style_of(node)
    return node.tag == "td" and style.get("word-break") == "break-word" and style.get("font-size") in ("0", "0px")


def _put_back(value: Any, veil: Veil, key: str = "") -> Any:
    """A block as JSON, its Liquid put back into every text of it."""
    match value:
        case str() if key in _LIQUID_KEYS:
            return value
        case str():
            return veil.as_text(value) if key in _PLAIN_KEYS else veil.as_html(value)
        case Mapping():
            return {name: _put_back(inner, veil, name) for name, inner in value.items()}
        case list():
            return [_put_back(inner, veil, key) for inner in value]
        case _:
            return value
