"""The text part of a mail, made from its HTML: the same words, the same Liquid, every link with its target."""

import re
from collections.abc import Callable

from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]
from inscriptis.html_engine import Inscriptis  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.etree import Comment, ParserError  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from dripline.templates.liquid.masking import Mask, mask
from dripline.templates.liquid.segments import Kind

# Tables of mails are layout: their cells are read one after the other, not drawn beside each other.
_ROWS = frozenset(("table", "thead", "tbody", "tfoot", "tr", "caption"))
_CELLS = frozenset(("td", "th"))
_BLOCKS = frozenset(("div", "p", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"))

# What XML cannot hold.
_NO_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

_NOT_SHOWN = ("#", "javascript:")


def text_of(html: str) -> str:
    """The text of an HTML text with Liquid in it; it is Liquid again, to be rendered without escaping."""
    masked = mask(html)
    shown = _shown(masked.hide(_words(masked)), _tags_in(masked))
    literal = shown.replace("{{", '{{ "{{" }}').replace("{%", '{{ "{%" }}')
    return masked.put_back(_glue_tags(masked, literal)).strip() + "\n"


def _words(masked: Mask) -> Callable[[int], str]:
    firsts: dict[str, int] = {}

    def word(number: int) -> str:
        segment = masked.segments[number]
        # What stands inside `raw` becomes text like any other, and what looks like Liquid in it is made literal.
        if segment.kind == Kind.COMMENT or segment.name in ("raw", "endraw", "#"):
            return ""
        if segment.kind == Kind.OUTPUT:
            # The same output is the same word, so that a link can be seen to be its own label.
            number = firsts.setdefault(masked.original(number), number)
        return masked.word(number)

    return word


def _tags_in(masked: Mask) -> Callable[[str], str]:
    """The tags of a text without the text: what a comment says is not seen, but its tags govern what is."""

    def tags_in(text: str) -> str:
        tags = (number for number in masked.numbers(text) if masked.segments[number].kind == Kind.TAG)
        return "".join(masked.word(number) for number in tags)

    return tags_in


def _shown(html: str, tags_in: Callable[[str], str]) -> str:
    try:
        tree = lxml_html.document_fromstring(html)
    except ParserError:
        # Nothing in it: no element and no text.
        return ""
    for element in tree.iter():
        if isinstance(element.tag, str):
            element.text = _escaped(element.text)
        element.tail = _escaped(element.tail)
        if element.tag is Comment:
            element.tail = tags_in(element.text or "") + element.tail
    for element in list(tree.iter("img", "a", *_ROWS, *_CELLS)):
        _write_out(element)
    lines = Inscriptis(tree, ParserConfig(css=CSS_PROFILES["strict"].copy())).get_text().split("\n")
    return "\n".join(_without_gaps([line.rstrip() for line in lines])).strip()


def _escaped(text: str | None) -> str:
    """The text as the next tool wants it: it reads entities again, and would make `&section=2` of a link `§ion=2`."""
    return _NO_XML.sub("", text or "").replace("&", "&amp;")


def _without_gaps(lines: list[str]) -> list[str]:
    """The lines with at most one empty one between two others."""
    return [line for index, line in enumerate(lines) if line or index == 0 or lines[index - 1]]


def _write_out(element: HtmlElement) -> None:
    """Say in text what an element shows otherwise."""
    if element.tag == "img":
        _append(element, _escaped(element.get("alt")))
    elif element.tag == "a":
        _append_target(element)
    elif element.tag in _ROWS or any(child.tag in _BLOCKS for child in element):
        element.tag = "div"
    else:
        element.tag = "span"
        element.tail = f" {element.tail or ''}"


def _append_target(link: HtmlElement) -> None:
    target = _escaped(link.get("href")).strip()
    label = " ".join(link.text_content().split())
    if target and not target.startswith(_NOT_SHOWN) and label not in (target, target.removeprefix("mailto:")):
        _append(link, f" ({target})")


def _append(element: HtmlElement, text: str) -> None:
    """Add text at the end of an element (after it, where it can hold none)."""
    if element.tag == "img":
        element.tail = f"{text}{element.tail or ''}"
    elif len(element):
        element[-1].tail = f"{element[-1].tail or ''}{text}"
    else:
        element.text = f"{element.text or ''}{text}"


def _glue_tags(masked: Mask, text: str) -> str:
    """Put tags that stand on a line of their own at the end of the line before, so that they leave no empty lines."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not _is_only_tags(masked, line):
            lines.append(line)
            continue
        while lines and not lines[-1]:
            lines.pop()
        lines[-1:] = [(lines[-1] if lines else "") + line.strip()]
    return "\n".join(lines)


def _is_only_tags(masked: Mask, line: str) -> bool:
    numbers = masked.numbers(line)
    words = "".join(masked.word(number) for number in numbers)
    is_words = bool(numbers) and "".join(line.split()) == words
    return is_words and all(masked.segments[number].kind == Kind.TAG for number in numbers)
