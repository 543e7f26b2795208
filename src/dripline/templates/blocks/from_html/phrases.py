"""Nodes as the HTML that texts of blocks hold: what means something of it, and no more."""

import re
from collections.abc import Iterable
from dataclasses import replace

from dripline.templates.blocks.from_html.styling import Style, Surroundings, background, colour, image_behind, style_of
from dripline.templates.blocks.from_html.tree import (
    Element,
    Mark,
    Node,
    Words,
    walk,
    write_mark,
    write_value,
    write_words,
)
from dripline.templates.blocks.from_html.veiling import Veil
from dripline.templates.blocks.leaves import MARGINS
from dripline.templates.blocks.theme import PLAIN_THEME

# fmt: off
# Elements that stand within a line. Those that texts of blocks cannot hold lose their tags, not their words.
_KEPT_INLINE = frozenset((
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q",
    "s", "small", "span", "strike", "strong", "sub", "sup", "time", "u", "var",
))
_INLINE = _KEPT_INLINE | frozenset((
    "acronym", "big", "data", "dfn", "label", "nobr", "noscript", "o:p", "picture", "samp", "tt", "wbr",
))
_KNOWN = frozenset((
    "a", "address", "area", "article", "aside", "audio", "blockquote", "body", "button", "canvas", "caption", "center",
    "col", "colgroup", "datalist", "dd", "details", "dialog", "dir", "div", "dl", "dt", "embed", "fieldset",
    "figcaption", "figure", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "iframe", "input", "legend", "li", "link", "main", "map", "marquee", "math", "menu", "meta",
    "meter", "nav", "object", "ol", "optgroup", "option", "output", "p", "param", "pre", "progress", "script",
    "section", "select", "source", "style", "summary", "svg", "table", "tbody", "td", "template", "textarea", "tfoot",
    "th", "thead", "title", "tr", "track", "ul", "video",
))
_KEPT_FLOW = _KEPT_INLINE | frozenset((
    "address", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
    "li", "ol", "p", "pre", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption",
))
_KEPT_STYLES = frozenset((
    "background", "background-color", "border", "border-bottom", "border-color", "border-left", "border-radius",
    "border-right", "border-top", "color", "display", "font-size", "font-style", "font-weight", "height",
    "letter-spacing", "line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "max-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "text-align", "text-decoration", "text-transform", "vertical-align", "white-space", "width", "direction",
    "word-break",
))
# fmt: on
_KEPT_ATTRIBUTES = {
    "a": ("href", "title"),
    "img": ("src", "alt", "width", "height", "title"),
    "font": ("color", "size"),
    "ol": ("start", "type"),
    "td": ("colspan", "rowspan", "align", "valign", "width"),
    "th": ("colspan", "rowspan", "align", "valign", "width"),
    "table": ("width", "cellpadding", "cellspacing", "border"),
}
_NO_MEANING = frozenset(("inherit", "initial", "none", "normal", "auto", "0", "0px"))
_SPACES = re.compile(r"[ \t\r\n\f]+")
_NO_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
# What mails say about all their images, and browsers do anyway.
_RESET_IMAGE = {"max-width": "100%", "height": "auto", "line-height": "100%", "text-decoration": "none"}
# What shows nothing of an element within a line, unless it has a colour behind it or a border.
_UNSEEN_ALONE = frozenset(("display", "line-height", "max-width", "vertical-align"))
_SILENT = frozenset(("margin", "border", "display", "line-height", "vertical-align", "max-width"))


def is_inline(node: Node) -> bool:
    """Whether a node stands within a line, with all that is in it."""
    if isinstance(node, Element):
        return (
            (node.tag in _INLINE or is_unknown(node.tag))
            and node.opening is None
            and "usemap" not in node.attributes
            and not _has_other_sources(node)
            and all(is_inline(child) for child in node.children)
        )
    return True


def is_unknown(tag: str) -> bool:
    """Whether browsers know nothing of an element, and show what is in it in a line."""
    return tag not in _INLINE and tag not in _KNOWN


def is_flow(node: Node) -> bool:
    """Whether a node is words, paragraphs and lists all through, such as one text can hold."""
    return all(not isinstance(inner, Element) or _is_flow(inner) for inner in walk((node,)))


def is_flow_table(table: Element) -> bool:
    """Whether a table is rows and cells of such words."""
    return table.opening is None and all(is_flow(node) for node in table.children)


def _is_flow(node: Element) -> bool:
    is_kept = node.tag in _KEPT_FLOW or node.tag in _INLINE or is_unknown(node.tag)
    return is_kept and node.opening is None and node.tag != "table"


def phrase(nodes: Iterable[Node], around: Surroundings, veil: Veil) -> str:
    """Nodes as HTML in a line or in a text: with the stand-ins of the Liquid, the first and last spaces cut off."""
    return "".join(_written(node, around, veil) for node in nodes).strip(" \t\r\n\f")


def element(node: Element, around: Surroundings, veil: Veil, *, style: Style | None = None) -> str:
    """One element with what is in it; `style` in the place of its own."""
    given = kept_style(node, around) if style is None else style
    if node.tag == "a" and not node.get("href"):
        node = replace(node, tag="span")
    if node.tag == "span" and not given and not node.get("dir") and not node.get("title"):
        return "".join(_written(child, around, veil) for child in node.children)
    attributes = [(name, node.get(name)) for name in _KEPT_ATTRIBUTES.get(node.tag, ()) if name in node.attributes]
    attributes += [("dir", node.get("dir"))] if node.get("dir") else []
    attributes += [("style", written_style(given))] if given else []
    opening = f"<{node.tag}{''.join(f' {name}={write_value(value)}' for name, value in attributes)}>"
    if node.tag in ("br", "img"):
        return opening
    is_pre = node.tag == "pre"
    inner = "".join(_written(child, around, veil, is_pre=is_pre) for child in node.children)
    return f"{opening}{inner}</{node.tag}>"


def kept_style(node: Element, around: Surroundings) -> dict[str, str]:
    """What an element says about itself that is not as it would be anyway."""
    usual = _usual(node.tag)
    kept = _on_image(node) | {
        name: value
        for name, value in style_of(node).items()
        if name in _KEPT_STYLES
        and not (name.startswith("background") and image_behind(node))
        and usual.get(name) != value
        and not (name in _SILENT and value in _NO_MEANING)
        and value != "inherit"
        and not (name == "display" and value == "block" and node.tag not in _KEPT_INLINE)
    }
    match node.tag:
        case "a":
            return _of_link(kept, around)
        case "img":
            return {name: value for name, value in kept.items() if _RESET_IMAGE.get(name) != value}
        case "span" if kept.keys() <= _UNSEEN_ALONE and kept.get("display", "inline-block") == "inline-block":
            return {}
        case _:
            return kept


def _on_image(node: Element) -> dict[str, str]:
    image = image_behind(node)
    quote = '"' if "'" in (image or "") else "'"
    return {"background": f"{background(node) or ''} url({quote}{image}{quote})".strip()} if image else {}


def written_style(style: Style) -> str:
    return ";".join(f"{name}:{value}" for name, value in style.items())


def _of_link(kept: dict[str, str], around: Surroundings) -> dict[str, str]:
    if kept.get("text-decoration") == "underline":
        del kept["text-decoration"]
    if "color" in kept and colour(kept["color"]) == (around.ink if has_own_ink(around) else PLAIN_THEME.accent_color):
        del kept["color"]
    return kept


def has_own_ink(around: Surroundings) -> bool:
    """Whether words have a colour that is not the theme's."""
    return around.ink is not None and around.ink not in (PLAIN_THEME.text_color, PLAIN_THEME.muted_color)


def _usual(tag: str) -> dict[str, str]:
    return _USUAL.get(tag, {})


_USUAL = {tag: dict(part.split(":", 1) for part in margins.split(";")) for tag, margins in MARGINS.items()} | {
    f"h{level}": {"margin": "0 0 12px"} for level in range(1, 7)
}


def _written(node: Node, around: Surroundings, veil: Veil, *, is_pre: bool = False) -> str:
    match node:
        case Words(text=text):
            clean = _NO_XML.sub("", text)
            return write_words(clean if is_pre else _SPACES.sub(" ", clean))
        case Mark():
            return write_mark(node, veil)
        case Element(tag=tag) if tag in _KEPT_FLOW:
            return element(node, around, veil)
        case Element():
            return "".join(_written(child, around, veil) for child in node.children)


def _has_other_sources(node: Element) -> bool:
    return node.tag == "picture" and any(
        isinstance(child, Element) and child.tag == "source" for child in node.children
    )
