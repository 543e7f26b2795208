"""What each kind of element becomes."""

from dataclasses import replace

from dripline.templates.blocks.from_html import grids, words
from dripline.templates.blocks.from_html.boxes import box, empty, room
from dripline.templates.blocks.from_html.lines import run, sole
from dripline.templates.blocks.from_html.phrases import is_flow, is_flow_table, is_inline, is_unknown
from dripline.templates.blocks.from_html.pieces import Piece, blocks_of, spaced, with_styles
from dripline.templates.blocks.from_html.rules import divider
from dripline.templates.blocks.from_html.styling import Surroundings, image_behind, inset, is_hidden
from dripline.templates.blocks.from_html.tables import data_of
from dripline.templates.blocks.from_html.tree import Element, Node, is_blank
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.from_html.walk import Walk
from dripline.templates.blocks.model import Button, Group, Image

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_QUOTES = frozenset(("blockquote", "pre", "dl", "address", "figure", "li"))
# fmt: off
_CONTAINERS = _HEADINGS | frozenset((
    "body", "div", "section", "article", "main", "header", "footer", "nav", "aside", "center", "td", "th", "table",
    "tbody", "thead", "tfoot", "span", "font", "p", "b", "strong", "em", "i", "u", "a", "caption", "figure",
    "address", "blockquote", "small", "big", "dd", "details", "dir", "dl", "dt", "fieldset", "figcaption", "hgroup",
    "legend", "li", "marquee", "menu", "summary",
))
# fmt: on


def element(node: Element, around: Surroundings, walk: Walk, shell: Element | None) -> list[Piece]:
    """The blocks of an element."""
    if node.opening is not None or is_hidden(node) or _has_liquid_style(node, walk.veil):
        return [walk.raw((node,), around)] if not is_blank(node) else []
    image = image_behind(node)
    if image is not None and image != around.backdrop:
        return [_on_image(node, image, around, walk)]
    match node.tag:
        case "hr":
            return spaced([divider(node, around)], room(node), is_column=around.is_column, is_exact=False)
        case tag if tag in _HEADINGS and all(is_inline(child) for child in node.children):
            return _heading(node, around, walk)
        case "p" if all(is_inline(child) for child in node.children):
            return _paragraph(node, around, walk, shell)
        case "ul" | "ol" if is_flow(node):
            return [words.listing(node, around, walk.veil)]
        case tag if tag in _QUOTES and is_flow(node):
            return [words.flow(node, around, walk.veil)]
        case "table":
            return _table(node, around, walk, shell)
        case "tr":
            return grids.row(node, around, walk, shell)
        case "a" if node.get("href"):
            return _link(node, around, walk, shell)
        case tag if tag in _CONTAINERS or is_unknown(tag):
            return box(node, around, walk, shell)
        case _:
            return [walk.raw((node,), around)]


def _has_liquid_style(node: Element, veil: Veil) -> bool:
    return any(veil.has_liquid(node.get(name)) for name in ("style", "bgcolor", "width", "align", "dir"))


def _on_image(node: Element, image: str, around: Surroundings, walk: Walk) -> Piece:
    """The blocks on the image behind them. In a column there is none, and behind an image no other."""
    if around.is_column or around.backdrop is not None:
        return walk.raw((node,), around)
    pieces = element(node, replace(around, backdrop=image), walk, None)
    if not (pieces := pieces or empty(node, around, walk)):
        return walk.raw((node,), around)
    paint = around.under(node).paint
    inside = inset(node)
    styles = with_styles(
        background_color=paint if paint != around.paint else None,
        padding_top=inside.get("top") if len(pieces) > 1 else 0,
        padding_bottom=inside.get("bottom") if len(pieces) > 1 else None,
    )
    return Piece(Group(blocks=blocks_of(pieces, paint), background_image=image, styles=styles), around.paint)


def _heading(node: Element, around: Surroundings, walk: Walk) -> list[Piece]:
    found = sole(node.children)
    if found is not None and found[0].tag == "img":
        return walk.line(node.children, around.under(node))
    return [words.heading(node, around, walk.veil)] if not is_blank(node) else []


def _paragraph(node: Element, around: Surroundings, walk: Walk, shell: Element | None) -> list[Piece]:
    if is_blank(node):
        return empty(node, around, walk)
    found = sole(node.children)
    pieces = list(run(node.children, around.under(node), walk.veil, shell)) if found else []
    if pieces and all(isinstance(piece.block, Image | Button) for piece in pieces):
        return pieces
    return [words.paragraph(node, around, walk.veil)]


def _link(node: Element, around: Surroundings, walk: Walk, shell: Element | None) -> list[Piece]:
    """A link around blocks: around one line it stands in them, around several paragraphs it is a text with them."""
    if (inside := _inside(node, node.children)) is not None:
        return walk.pieces(inside, around, shell)
    return [words.flow(node, around, walk.veil)] if is_flow(node) else [walk.raw((node,), around)]


def _inside(link: Element, nodes: tuple[Node, ...]) -> tuple[Node, ...] | None:
    """What stands in a link around one line, with the link around that line; None when there are several."""
    if all(is_inline(node) for node in nodes):
        return (replace(link, children=nodes),)
    seen = [node for node in nodes if not is_blank(node)]
    if len(seen) != 1 or not isinstance(seen[0], Element) or seen[0].opening is not None:
        return None
    inside = _inside(link, seen[0].children)
    return None if inside is None else (replace(seen[0], children=inside),)


def _table(node: Element, around: Surroundings, walk: Walk, shell: Element | None) -> list[Piece]:
    if (data := data_of(node, around, walk.veil)) is not None:
        return [data]
    if grids.is_nested(node, around):
        return [grids.as_words(node, around, walk.veil) if is_flow_table(node) else walk.raw((node,), around)]
    return box(node, around, walk, shell)
