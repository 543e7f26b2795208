"""What the conversion of one kind of element may ask of the whole."""

from collections.abc import Sequence
from typing import Protocol

from dripline.templates.blocks.from_html.pieces import Piece
from dripline.templates.blocks.from_html.spans import Span
from dripline.templates.blocks.from_html.styling import Surroundings
from dripline.templates.blocks.from_html.tree import Element, Node
from dripline.templates.blocks.from_html.veiling import Veil


class Walk(Protocol):
    """`shell`: an element with a colour of which the nodes are all that is seen."""

    @property
    def veil(self) -> Veil: ...

    def pieces(self, nodes: Sequence[Node], around: Surroundings, shell: Element | None = None) -> list[Piece]:
        """The blocks of neighbours."""

    def alone(self, unit: Node | Span, around: Surroundings, shell: Element | None = None) -> list[Piece]:
        """The blocks of one node, or of nodes that cannot be parted; as HTML when something would be lost."""

    def line(self, nodes: Sequence[Node], around: Surroundings, shell: Element | None = None) -> list[Piece]:
        """What stands in lines between elements that are blocks."""

    def proved(self, nodes: Sequence[Node], pieces: list[Piece], around: Surroundings) -> list[Piece]:
        """The pieces of nodes; as HTML when something would be lost."""

    def raw(self, nodes: Sequence[Node], around: Surroundings) -> Piece:
        """What is not understood, as it is."""
