"""The HTML of a mail as a tree: style sheets written into their elements, the line of the inbox taken out of it."""

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser

from dripline.kernel.errors import Invalid
from dripline.kernel.values import check_text
from dripline.templates.blocks.from_html.markup import extent
from dripline.templates.blocks.from_html.styling import is_hidden
from dripline.templates.blocks.from_html.tree import DEEPEST, Element, Mark, Node, Words, bare, is_blank, tree_of, walk
from dripline.templates.blocks.from_html.veiling import Veil, veil

LARGEST = 1_000_000
MOST_OPEN = 1_500
MOST_ATTRIBUTES = 1_000

# How many rules times elements are looked at: more take seconds.
_MOST_MATCHES = 3_000_000
_TOO_DEEP = f"It has more than {DEEPEST} elements in each other: the looks of what lies deeper were left out."
_AROUND_ALL = frozenset(("div", "center", "main", "section", "article", "table", "tbody", "tr", "td"))
_STYLE_SHEET = re.compile(r"<style\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """The body of a mail, the Liquid of it, and what its head and its first, hidden words say."""

    body: Element
    veil: Veil
    subject: str | None
    preview_text: str | None
    warnings: tuple[str, ...]


def read_document(html: str) -> Document:
    """Read the HTML of a mail.

    Raises:
        Invalid: it is empty, too large, nested too deep, or no text.
    """
    check_text(html, "html", longest=LARGEST)
    if not html.strip():
        raise Invalid.at("html", "is empty", expected="the HTML of a mail")
    veiled = veil(html)
    open_at_once, attributes = extent(veiled.hidden)
    if open_at_once > MOST_OPEN:
        raise Invalid.at("html", f"has {open_at_once} elements open at once", expected=f"at most {MOST_OPEN}")
    if attributes > MOST_ATTRIBUTES:
        raise Invalid.at("html", f"has a tag with {attributes} attributes", expected=f"at most {MOST_ATTRIBUTES}")
    hidden, warnings = _inlined(veiled.hidden)
    parser = LexborHTMLParser(hidden)
    title = parser.css_first("head > title")
    body, is_cut = tree_of(parser, veiled)
    preview, rest = _preview(body, veiled)
    told = (*veiled.warnings, *warnings, *([_TOO_DEEP] if is_cut else []))
    subject = veiled.as_text(bare(title.text())) if title is not None else ""
    return Document(replace(body, children=rest), veiled, subject or None, preview or None, told)


def _inlined(html: str) -> tuple[str, tuple[str, ...]]:
    """The text with its style sheets written into the elements that they mean; nothing is loaded for it."""
    import css_inline

    if not _STYLE_SHEET.search(html):
        return html, ()
    rules = sum(sheet.count("{") for sheet in re.split(r"<style\b", html, flags=re.IGNORECASE)[1:])
    if rules * html.count("<") > _MOST_MATCHES:
        return html, ("Its style sheets are too large: what they say about elements was left out.",)
    try:
        return css_inline.CSSInliner(load_remote_stylesheets=False).inline(html), ()
    except (ValueError, css_inline.InlineError) as error:
        return html, (f"Its style sheets cannot be read, and were left out: {error}.",)


def _preview(body: Element, veiled: Veil) -> tuple[str, tuple[Node, ...]]:
    """The hidden words at the beginning, which an inbox shows beside the subject, and the rest."""
    for index, node in enumerate(body.children):
        if isinstance(node, Element) and _is_preview(node):
            shown = veiled.as_text(_words_of(node, veiled))
            rest = (*body.children[:index], *body.children[index + 1 :])
            return shown, rest
        if not is_blank(node) and not isinstance(node, Mark):
            if isinstance(node, Element) and node.tag in _AROUND_ALL:
                shown, inner = _preview(node, veiled)
                inside = replace(node, children=inner)
                return shown, (*body.children[:index], inside, *body.children[index + 1 :])
            break
    return "", body.children


def _is_preview(node: Element) -> bool:
    """Whether an element is hidden and says nothing but words."""
    elements = [inner for inner in walk((node,)) if isinstance(inner, Element)]
    return is_hidden(node) and all(inner.tag in ("div", "span", "p", "td", "font") for inner in elements)


def _words_of(node: Element, veiled: Veil) -> str:
    parts = (
        inner.text if isinstance(inner, Words) else veiled.mask.word(inner.number)
        for inner in walk((node,))
        if not isinstance(inner, Element) and not (isinstance(inner, Mark) and veiled.is_silent(inner.number))
    )
    return bare("".join(parts))
