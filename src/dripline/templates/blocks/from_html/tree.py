"""The elements of a mail: a tree with no more in it than what somebody sees, and the marks of its Liquid."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from dripline.kernel.errors import Invalid
from dripline.templates.blocks.from_html.markup import VOID
from dripline.templates.blocks.from_html.veiling import Veil

DEEPEST = 100
MOST_NODES = 50_000

# Nothing of these is seen in a mail.
_UNSEEN = frozenset(("script", "style", "head", "title", "meta", "link", "base", "template", "colgroup", "col"))
_MAKES_NO_WORD = str.maketrans(dict.fromkeys("\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Words:
    """Text, as it is read: without entities."""

    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The place of a piece of Liquid between elements."""

    number: int


@dataclass(frozen=True, slots=True)
class Element:
    """An element; `opening` is its whole tag where Liquid stands among the attributes."""

    tag: str
    attributes: Mapping[str, str]
    children: tuple["Node", ...]
    opening: str | None = None

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


Node: TypeAlias = Element | Words | Mark


def tree_of(parser: LexborHTMLParser, veil: Veil) -> Element:
    """The body of a document; Liquid that stands before it comes first in it.

    Raises:
        Invalid: it is nested too deep, or there is too much in it.
    """
    root, body = parser.root, parser.body
    if root is None:
        return Element("body", {}, ())
    builder = _Builder(veil)
    before = tuple(builder.before(root, body))
    if body is None:
        return Element("body", {}, before)
    whole = builder.element(body, 1)
    return Element("body", {**_attributes(root), **whole.attributes}, (*before, *whole.children))


def visible(nodes: Iterable[Node]) -> str:
    """What is read of some nodes, without spaces and without letters that have no width."""
    return "".join("".join(words.translate(_MAKES_NO_WORD).split()) for words in _texts(nodes))


def bare(text: str) -> str:
    """A text without letters that have no width, its spaces made one."""
    return " ".join(text.translate(_MAKES_NO_WORD).split())


def is_blank(node: Node, veil: Veil) -> bool:
    """Whether nothing is seen of a node, whatever room it takes."""
    return not any(_is_seen(inner, veil) for inner in walk((node,)))


def walk(nodes: Iterable[Node]) -> Iterator[Node]:
    """All nodes in their order, each before those in it."""
    waiting = [*reversed(tuple(nodes))]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Element):
            waiting += reversed(node.children)


def write(nodes: Iterable[Node], veil: Veil) -> str:
    """Nodes as HTML, all attributes kept, with the stand-ins of the Liquid; other braces are letters."""
    return "".join(_written(node, veil) for node in nodes)


def write_words(text: str) -> str:
    """Text as HTML, with braces that never become Liquid."""
    return escape(text, quote=False).replace("{", "&#123;").replace("\xa0", "&nbsp;")


def write_value(text: str) -> str:
    """The value of an attribute, quoted."""
    return '"' + escape(text).replace("{", "&#123;").replace("&#x27;", "'") + '"'


def write_mark(mark: Mark, veil: Veil) -> str:
    return "" if veil.is_silent(mark.number) else f"<!--{veil.mask.word(mark.number)}-->"


def _written(node: Node, veil: Veil) -> str:
    match node:
        case Words(text=text):
            return write_words(text)
        case Mark():
            return write_mark(node, veil)
        case Element(tag=tag):
            given = "".join(f" {name}={write_value(value)}" for name, value in node.attributes.items())
            opening = node.opening or f"<{tag}{given}>"
            return opening if tag in VOID else f"{opening}{write(node.children, veil)}</{tag}>"


def _texts(nodes: Iterable[Node]) -> Iterator[str]:
    for node in walk(nodes):
        if isinstance(node, Words):
            yield node.text


def _is_seen(node: Node, veil: Veil) -> bool:
    match node:
        case Words(text=text):
            return bool(bare(text))
        case Mark(number=number):
            return not veil.is_silent(number)
        case Element(tag=tag):
            return tag in _SEEN_THEMSELVES or "background" in node.attributes or node.opening is not None


_SEEN_THEMSELVES = frozenset(
    ("img", "hr", "video", "audio", "iframe", "object", "embed", "svg", "input", "button", "select", "textarea")
)


def _attributes(node: LexborNode) -> dict[str, str]:
    given = {name: value or "" for name, value in node.attributes.items()}
    return {name: value for name, value in given.items() if not _runs(name, value)}


def _runs(name: str, value: str) -> bool:
    """Whether an attribute makes a program run, which mails never do."""
    scheme = "".join(value.split()).lower()
    return name.startswith("on") or (name in ("href", "src") and scheme.startswith(("javascript:", "vbscript:")))


class _Builder:
    def __init__(self, veil: Veil) -> None:
        self._veil = veil
        self._count = 0

    def before(self, root: LexborNode, body: LexborNode | None) -> Iterator[Node]:
        """The Liquid before the body: in front of the document, and in its head."""
        first = root
        while first.prev is not None:
            first = first.prev
        while first != root and first.next is not None:
            yield from self._marks(first)
            first = first.next
        for child in _children(root):
            if body is not None and child == body:
                return
            for inner in child.traverse(include_text=True):
                yield from self._marks(inner)

    def element(self, node: LexborNode, depth: int) -> Element:
        if depth > DEEPEST:
            raise Invalid.at("html", "is nested too deep", expected=f"at most {DEEPEST} elements in each other")
        attributes = _attributes(node)
        children = tuple(inner for child in _children(node) for inner in self._nodes(child, depth))
        opening = self._veil.tag(attributes)
        if node.tag == "table":
            children = tuple(inner for child in children for inner in _without_body(child))
        return Element(node.tag or "", attributes, children, opening)

    def _nodes(self, node: LexborNode, depth: int) -> Iterator[Node]:
        self._count += 1
        if self._count > MOST_NODES:
            raise Invalid.at("html", "has too much in it", expected=f"at most {MOST_NODES} elements and texts")
        if node.is_text_node:
            yield Words(node.text_content or "")
        elif node.is_comment_node:
            yield from self._marks(node)
        elif node.is_element_node and node.tag not in _UNSEEN:
            yield self.element(node, depth + 1)
        elif node.is_element_node:
            for inner in node.traverse(include_text=True):
                yield from self._marks(inner)

    def _marks(self, node: LexborNode) -> Iterator[Mark]:
        """What governs of a comment: its Liquid, but for what it would have printed."""
        if node.is_comment_node:
            content = node.comment_content or ""
            numbers = self._veil.numbers(content)
            is_own = content == "".join(map(self._veil.mask.word, numbers))
            yield from (Mark(each) for each in numbers if is_own or self._veil.name(each))


def _without_body(node: Node) -> tuple[Node, ...]:
    """The rows of the part of a table that parsers make up: Liquid around rows stands in it or before it."""
    is_made_up = isinstance(node, Element) and node.tag == "tbody" and not node.attributes
    return node.children if isinstance(node, Element) and is_made_up else (node,)


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next
