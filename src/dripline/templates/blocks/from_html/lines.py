"""What stands in a line: words, one image, one button, or several."""

from collections.abc import Iterator, Sequence

from dripline.templates.blocks.from_html.buttons import button, buttons
from dripline.templates.blocks.from_html.images import image
from dripline.templates.blocks.from_html.phrases import phrase
from dripline.templates.blocks.from_html.pieces import Piece
from dripline.templates.blocks.from_html.styling import Surroundings, background
from dripline.templates.blocks.from_html.tree import Element, Node, Words, is_blank
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.from_html.words import text

_WRAPPERS = frozenset(("b", "strong", "em", "i", "span", "font", "u", "center", "p", "div", "picture", "small", "big"))


def sole(nodes: Sequence[Node]) -> tuple[Element, tuple[Element, ...]] | None:
    """The one image or link that is all there is to see in some nodes, and the elements around it."""
    wrappers: list[Element] = []
    while True:
        seen = [node for node in nodes if not is_blank(node)]
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
    found = sole(trimmed)
    if found is not None and (piece := _of_sole(found, around, veil, shell)) is not None:
        yield piece
        return
    if several := buttons(trimmed, around, veil):
        yield from several
        return
    yield Piece(text(phrase(trimmed, around, veil), around, around.soft), around.paint)


def _of_sole(
    found: tuple[Element, tuple[Element, ...]], around: Surroundings, veil: Veil, shell: Element | None
) -> Piece | None:
    node, wrappers = found
    for wrapper in wrappers:
        around = around.under(wrapper)
    if node.tag == "img":
        return image(node, None, around, veil)
    inner = sole(node.children)
    if inner is not None and inner[0].tag == "img" and node.get("href").strip():
        return image(inner[0], node.get("href"), around.under(node), veil)
    outer = next((wrapper for wrapper in (*wrappers[::-1], *([shell] if shell else [])) if background(wrapper)), shell)
    return button(node, around, veil, outer)


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
