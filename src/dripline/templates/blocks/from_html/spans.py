"""Which elements belong together because their Liquid does: a tag and its end, with all between."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dripline.templates.blocks.from_html.tree import Mark, Node, walk
from dripline.templates.blocks.from_html.veiling import Veil

_BLOCKS = frozenset(("if", "unless", "case", "for", "tablerow", "capture", "ifchanged"))
_MIDDLES = frozenset(("else", "elsif", "when"))
_INSIDE = re.compile(r"\{%-?\s*\w+\s*(.*?)\s*-?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """What a tag governs: the nodes from it to the next of the same level; `says` is what stands in it."""

    name: str
    says: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbours of which none can stand without the others.

    It has `parts` when all tags that join them are neighbours too.
    """

    nodes: tuple[Node, ...]
    parts: tuple[Part, ...]


def spans(nodes: Sequence[Node], veil: Veil) -> Iterator[Node | Span]:
    """Nodes in their order; those that their Liquid joins as one."""
    start = 0
    while start < len(nodes):
        end = _end(nodes, start, veil)
        if end == start + 1:
            yield nodes[start]
        else:
            inner = tuple(nodes[start:end])
            yield Span(inner, tuple(_parts(inner, veil)))
        start = end


def is_whole(nodes: Iterable[Node], veil: Veil) -> bool:
    """Whether all Liquid in some nodes ends in them."""
    return _open(nodes, veil) == 0


def _end(nodes: Sequence[Node], start: int, veil: Veil) -> int:
    opened = 0
    for index in range(start, len(nodes)):
        found = _open((nodes[index],), veil, opened)
        if found == 0:
            return index + 1
        opened = max(found, 1)
    return len(nodes)


def _open(nodes: Iterable[Node], veil: Veil, opened: int = 0) -> int:
    """How many tags are open after some nodes; -1 when something ends in them that did not begin."""
    for name in _names(nodes, veil):
        if name in _BLOCKS:
            opened += 1
        elif name.startswith("end") and name[3:] in _BLOCKS:
            opened -= 1
            if opened < 0:
                return -1
        elif name in _MIDDLES and opened == 0:
            return -1
    return opened


def _names(nodes: Iterable[Node], veil: Veil) -> Iterator[str]:
    return (veil.name(node.number) for node in walk(nodes) if isinstance(node, Mark))


def _parts(nodes: Sequence[Node], veil: Veil) -> Iterator[Part]:
    """The parts of a span from its first tag to its last, or nothing when elements and tags overlap."""
    cuts: list[int] = []
    opened = 0
    for index, node in enumerate(nodes):
        name = veil.name(node.number) if isinstance(node, Mark) else ""
        if not name and not is_whole((node,), veil):
            return
        opened += name in _BLOCKS
        if opened == 1 and (name in _BLOCKS or name in _MIDDLES or name.startswith("end")):
            cuts.append(index)
        opened -= name.startswith("end") and name[3:] in _BLOCKS
    if not cuts or cuts[0] != 0 or cuts[-1] != len(nodes) - 1:
        return
    for start, end in pairwise(cuts):
        mark = nodes[start]
        assert isinstance(mark, Mark)
        match = _INSIDE.fullmatch(veil.original(mark.number))
        yield Part(veil.name(mark.number), " ".join(match[1].split()) if match else "", tuple(nodes[start + 1 : end]))
