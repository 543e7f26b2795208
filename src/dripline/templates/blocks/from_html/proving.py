"""Proof that blocks hold all that is seen of some HTML."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.from_html.keeping import NOTHING, inventory
from dripline.templates.blocks.from_html.pieces import Piece, blocks_of
from dripline.templates.blocks.from_html.styling import PAPER
from dripline.templates.blocks.from_html.tree import Node, write
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.model import write as write_blocks
from dripline.templates.blocks.reading import MOST_BLOCKS, Read, read_blocks

_PLAIN_KEYS = frozenset(("url", "src", "alt", "href", "thumbnail"))
_LIQUID_KEYS = frozenset(("if", "source", "as", "type"))


def read(pieces: Sequence[Piece], veil: Veil) -> Read:
    """The blocks with their Liquid, as they are read when they are sent."""
    return read_blocks([_put_back(block, veil) for block in write_blocks(blocks_of(pieces, PAPER))])


def keeps(nodes: Sequence[Node], pieces: Sequence[Piece], veil: Veil) -> bool:
    """Whether all that is seen of some nodes is seen of their blocks, and these are in order."""
    seen = inventory(veil.as_html(write(nodes, veil)))
    if not pieces:
        return seen == NOTHING
    found = read(pieces, veil)
    return not found.problems and seen == inventory(compile_blocks(found.blocks))


def is_too_many(pieces: Sequence[Piece]) -> bool:
    """Whether these are more blocks than a mail has."""
    # Quotes in texts are escaped: each of these is a block's own.
    return msgspec.json.encode(blocks_of(pieces, PAPER)).count(b'"type":"') > MOST_BLOCKS


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
