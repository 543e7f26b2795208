"""The way through the elements of a mail: what stands in lines together, what beside each other, what by itself."""

from collections.abc import Iterator, Sequence

from dripline.templates.blocks.from_html import choices, elements, grids, tables
from dripline.templates.blocks.from_html.lines import run
from dripline.templates.blocks.from_html.phrases import has_own_ink, is_inline
from dripline.templates.blocks.from_html.pieces import Piece, with_styles
from dripline.templates.blocks.from_html.proving import keeps
from dripline.templates.blocks.from_html.spans import Span, is_whole, spans
from dripline.templates.blocks.from_html.styling import Surroundings, is_hidden
from dripline.templates.blocks.from_html.telling import stayed_html
from dripline.templates.blocks.from_html.tree import Element, Mark, Node, is_blank, weight_of, write
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.model import RawHtml
from dripline.templates.blocks.values import Align

_CELLS = frozenset(("td", "th"))
_ROWS = frozenset(("tr", "thead", "tbody", "tfoot"))
# Tags that choose what is shown, and do nothing where there is nothing to be chosen.
_CHOOSING = frozenset(
    ("if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor", "break")
)


# What one look costs besides the nodes that are looked at.
_LOOK = 100


class Walker:
    """Makes blocks; a careful one looks at each part whether something was lost, which takes its time.

    How often it looks is bounded: when its patience is at an end, what is left stays HTML.
    """

    def __init__(self, veil: Veil, *, patience: int | None = None) -> None:
        """`patience`: how many nodes it may look at; None for one that is not careful."""
        self.veil = veil
        self._is_careful = patience is not None
        self._patience = patience or 0
        self._raw = 0

    def warnings(self) -> Iterator[str]:
        yield from stayed_html(self._raw)

    def pieces(self, nodes: Sequence[Node], around: Surroundings, shell: Element | None = None) -> list[Piece]:
        pieces: list[Piece] = []
        line: list[Node] = []
        beside: list[Element] = []
        for unit in self._units(nodes):
            if isinstance(unit, Element) and tables.is_beside(unit):
                pieces += self.line(line, around, shell)
                line = []
                beside.append(unit)
                continue
            if beside and not isinstance(unit, Span) and is_blank(unit):
                continue
            pieces += grids.side_by_side(beside, around, self)
            beside = []
            if self._is_in_line(unit):
                line += unit.nodes if isinstance(unit, Span) else (unit,)
                continue
            pieces += self.line(line, around, shell)
            line = []
            pieces += self.alone(unit, around, shell)
        return [*pieces, *grids.side_by_side(beside, around, self), *self.line(line, around, shell)]

    def alone(self, unit: Node | Span, around: Surroundings, shell: Element | None = None) -> list[Piece]:
        if not self._is_careful:
            return self._of(unit, around, shell)
        nodes = unit.nodes if isinstance(unit, Span) else (unit,)
        raw = self._raw
        for is_careful in (False, True):
            self._is_careful = is_careful
            pieces = self._of(unit, around, shell) if self._patience > 0 else []
            self._is_careful = True
            if self._keeps(nodes, pieces):
                return pieces
            self._raw = raw
        return [self.raw(nodes, around)]

    def line(self, nodes: Sequence[Node], around: Surroundings, shell: Element | None = None) -> list[Piece]:
        if all(is_blank(node) for node in nodes):
            return []
        if all(isinstance(node, Mark) or is_blank(node) for node in nodes):
            return self._tags(nodes, around)
        return self.proved(nodes, list(run(nodes, around, self.veil, shell)), around)

    def proved(self, nodes: Sequence[Node], pieces: list[Piece], around: Surroundings) -> list[Piece]:
        if self._is_careful and not self._keeps(nodes, pieces):
            return [self.raw(nodes, around)]
        return pieces

    def raw(self, nodes: Sequence[Node], around: Surroundings) -> Piece:
        self._raw += 1
        html = write(nodes, self.veil).strip()
        tags = {node.tag for node in nodes if isinstance(node, Element)}
        if tags & _CELLS:
            html = f"<tr>{html}</tr>"
        if tags & (_ROWS | _CELLS):
            html = f'<table width="100%" cellpadding="0" cellspacing="0">{html}</table>'
        styles = with_styles(
            text_color=around.ink if has_own_ink(around) else None,
            text_align=around.align if around.align is not Align.LEFT else None,
        )
        return Piece(RawHtml(content=html, styles=styles), around.paint)

    def _keeps(self, nodes: Sequence[Node], pieces: Sequence[Piece]) -> bool:
        self._patience -= _LOOK + weight_of(nodes)
        return self._patience > 0 and keeps(nodes, pieces, self.veil)

    def _units(self, nodes: Sequence[Node]) -> Iterator[Node | Span]:
        return spans([node for node in nodes if not isinstance(node, Mark) or node.shows], self.veil)

    def _is_in_line(self, unit: Node | Span) -> bool:
        if isinstance(unit, Span):
            return all(is_inline(node) for node in unit.nodes) and is_whole(unit.nodes, self.veil)
        return is_inline(unit) and not (isinstance(unit, Element) and is_hidden(unit))

    def _of(self, unit: Node | Span, around: Surroundings, shell: Element | None) -> list[Piece]:
        match unit:
            case Span():
                return choices.span(unit, around, self)
            case Element():
                return elements.element(unit, around, self, shell)
            case _:
                return self.line((unit,), around, shell)

    def _tags(self, nodes: Sequence[Node], around: Surroundings) -> list[Piece]:
        """Liquid that shows nothing, such as `assign`: it takes no room. What is no Liquid is shown."""
        marks = [node for node in nodes if isinstance(node, Mark)]
        if any(mark.number in self.veil.letters for mark in marks):
            return list(run(nodes, around, self.veil, None))
        if all(self.veil.name(mark.number) in _CHOOSING for mark in marks):
            return []
        content = "".join(self.veil.mask.word(mark.number) for mark in marks)
        block = RawHtml(content=content, styles=with_styles(padding_top=0, padding_bottom=0))
        return [Piece(block, around.paint, is_silent=True)]
