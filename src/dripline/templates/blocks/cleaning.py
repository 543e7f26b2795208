"""HTML that an author wrote, made safe to stand in a mail, with its Liquid untouched."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from dripline.templates.liquid.masking import Mask, mask
from dripline.templates.liquid.segments import Kind

# fmt: off
_PHRASE = frozenset((
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q",
    "s", "small", "span", "strike", "strong", "sub", "sup", "time", "u", "var",
))
_FLOW = _PHRASE | frozenset((
    "address", "blockquote", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "li", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    "caption",
))
_STYLES = frozenset((
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-radius", "border-right", "border-top", "color", "direction", "display", "font", "font-family", "font-size",
    "font-style", "font-weight", "height", "letter-spacing", "line-height", "list-style-type", "margin",
    "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "padding", "padding-bottom",
    "padding-left", "padding-right", "padding-top", "text-align", "text-decoration", "text-transform",
    "vertical-align", "white-space", "width", "word-break",
))
# fmt: on
_ATTRIBUTES = {
    "*": {"style", "align", "dir", "lang", "title"},
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor", "role"},
    "td": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "valign", "width", "bgcolor", "scope"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "sms", "cid", "data"}

_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f\\\"'()<>]")
_TAG = re.compile(r"<[A-Za-z/](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BETWEEN_PARAGRAPHS = re.compile(r"</(?:p|div|h[1-6]|li)>\s*<(?:p|div|h[1-6]|li)\b[^<>]*>", re.IGNORECASE)
_STYLE_SHEET = re.compile(r"(<(?:style|script)\b.*?</(?:style|script)>)", re.IGNORECASE | re.DOTALL)
_WHOLE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_FRAME = re.compile(r"<!doctype\b[^>]*>|</?(?:html|head|body)\b[^>]*>", re.IGNORECASE)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)


def words(text: str) -> str:
    """Plain text with Liquid, as it stands in HTML and in attributes; what was never Liquid cannot become any."""
    masked = mask(text)
    return masked.put_back(_literal(escape(masked.hide(masked.word))))


def style_url(address: str) -> str:
    """An address without Liquid, as it stands between quotes in a style."""
    return escape(_NOT_IN_URL.sub(lambda match: quote(match[0]), address.strip())).replace("{", "&#123;")


def flow(html: str) -> str:
    """HTML with paragraphs, lists and tables: closed, and without anything that runs, loads or leaves its place."""
    return _cleaned(html, _FLOW)


def phrase(html: str) -> str:
    """HTML within one line of text: paragraphs become lines."""
    return _cleaned(_BETWEEN_PARAGRAPHS.sub("<br>", html), _PHRASE)


def label(html: str) -> str:
    """HTML within a link: without any link in it."""
    return _cleaned(_BETWEEN_PARAGRAPHS.sub("<br>", html), _PHRASE - {"a"})


def closed(html: str) -> str:
    """HTML as it is, when all that it opens is closed; else as a browser would close it."""
    masked = mask(html)
    hidden = masked.hide(_stand_in(masked))
    if _is_closed(hidden) and not _WHOLE.search(hidden):
        return html
    return masked.put_back(_literal_outside_styles(_reclosed(hidden)))


def _cleaned(html: str, tags: frozenset[str]) -> str:
    masked = mask(html)
    cleaned = _cleaner(tags).clean(masked.hide(_stand_in(masked)))
    ours = _COMMENT.sub(lambda match: match[0] if masked.numbers(match[0]) else "", cleaned)
    return masked.put_back(_literal(ours))


@cache
def _cleaner(tags: frozenset[str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(tags),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel=None,
        strip_comments=False,
        filter_style_properties=set(_STYLES),
    )


def _stand_in(masked: Mask) -> Callable[[int], str]:
    """Words for the Liquid; for tags outside of elements comments, which stay in their place also between rows."""
    hidden = masked.hide(masked.word)
    inside = {number for match in _TAG.finditer(hidden) for number in masked.numbers(match[0])}

    def stand_in(number: int) -> str:
        word = masked.word(number)
        is_bare = masked.segments[number].kind != Kind.OUTPUT and number not in inside
        return f"<!--{word}-->" if is_bare else word

    return stand_in


def _literal(text: str) -> str:
    """Text whose braces are letters: the Liquid is put back afterwards."""
    return text.replace("{", "&#123;")


def _literal_outside_styles(html: str) -> str:
    """The same for HTML with style sheets in it, whose braces mean something."""
    parts = _STYLE_SHEET.split(html)
    return "".join(part if number % 2 else _literal(part) for number, part in enumerate(parts))


class _Walk(HTMLParser):
    """Walks through HTML and finds out whether all is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.is_well = True

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Nothing is opened."""

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in _VOID:
            self.is_well = False


def _is_closed(html: str) -> bool:
    walk = _Walk()
    walk.feed(html)
    return walk.is_well and not walk.open and not walk.rawdata


def _reclosed(html: str) -> str:
    # Without the tags of the document nothing moves out of its body: comments stay where they stand.
    body = LexborHTMLParser(f"<body>{_FRAME.sub('', html)}").body
    return "".join(node.html or "" for node in _children(body)) if body is not None else ""


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next
