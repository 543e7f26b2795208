"""The elements of a mail: a tree with no more in it than what somebody sees, and the marks of its Liquid."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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
# What stands in these is for programs that do not know them.
_UNSHOWN_INSIDE = frozenset(("iframe", "noembed", "noframes"))
_MAKES_NO_WORD = str.maketrans(dict.fromkeys("\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))


@dataclass(frozen=True, slots=True)
class Words:
    """Text, as it is read: without entities."""

    text: str
    shows: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shows", bool(bare(self.text)))


@dataclass(frozen=True, slots=True)
class Mark:
    """The place of a piece of Liquid between elements."""

    number: int
    shows: bool = True


@dataclass(frozen=True, slots=True)
class Element:
    """An element; `opening` is its whole tag where Liquid stands among the attributes.

    `shows`: whether something is seen of it; `weight`: how many nodes it is, with those in it.
    """

    tag: str
    attributes: Mapping[str, str]
    children: tuple["Node", ...]
    opening: str | None = None
    shows: bool = field(init=False, compare=False)
    weight: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        shows = _shows_itself(self) or any(child.shows for child in self.children)
        object.__setattr__(self, "shows", shows)
        object.__setattr__(self, "weight", 1 + weight_of(self.children))

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


Node: TypeAlias = Element | Words | Mark


def tree_of(parser: LexborHTMLParser, veil: Veil) -> tuple[Element, bool]:
    """The body of a document, and whether elements too deep in it were left out, though not what they show.

    Liquid that stands before the body comes first in it.

    Raises:
        Invalid: there is too much in it.
    """
    root, body = parser.root, parser.body
    if root is None:
        return Element("body", {}, ()), False
    builder = _Builder(veil)
    before = tuple(builder.before(root, body))
    if body is None:
        return Element("body", {}, before), False
    whole = builder.element(body, 1)
    return Element("body", {**_attributes(root), **whole.attributes}, (*before, *whole.children)), builder.is_cut


def weight_of(nodes: Iterable[Node]) -> int:
    """How many nodes there are in some, with themselves."""
    return sum(node.weight if isinstance(node, Element) else 1 for node in nodes)


def visible(nodes: Iterable[Node]) -> str:
    """What is read of some nodes, without spaces and without letters that have no width."""
    return "".join("".join(words.translate(_MAKES_NO_WORD).split()) for words in _texts(nodes))


def bare(text: str) -> str:
    """A text without letters that have no width, its spaces made one."""
    return " ".join(text.translate(_MAKES_NO_WORD).split())


def is_blank(node: Node) -> bool:
    """Whether nothing is seen of a node, whatever room it takes."""
    return not node.shows


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


def _shows_itself(node: Element) -> bool:
    is_backed = "background" in node.attributes or "url(" in node.get("style")
    # A link without words leads somewhere all the same.
    is_link = node.tag == "a" and bool(node.get("href").strip())
    return node.tag in _SEEN_THEMSELVES or is_backed or is_link or node.opening is not None


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
        self.is_cut = False

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
        children = tuple(inner for child in _shown(node) for inner in self._nodes(child, depth))
        if node.tag == "table":
            children = tuple(inner for child in children for inner in _without_body(child))
        return self._around(node, children)

    def _nodes(self, node: LexborNode, depth: int) -> Iterator[Node]:
        if node.is_element_node and node.tag not in _UNSEEN:
            self._note()
            if depth < DEEPEST:
                yield self.element(node, depth + 1)
            else:
                self.is_cut = True
                yield from self._flat((node,))
        else:
            yield from self._leaf(node)

    def _leaf(self, node: LexborNode) -> Iterator[Node]:
        self._note()
        if node.is_text_node:
            yield Words(node.text_content or "")
        elif node.is_comment_node:
            yield from self._marks(node)
        elif node.is_element_node:
            for inner in node.traverse(include_text=True):
                yield from self._marks(inner)

    def _flat(self, nodes: Iterable[LexborNode]) -> Iterator[Node]:
        """What is deeper than we go: its words, its links and what is seen of itself, beside each other."""
        waiting = [*nodes][::-1]
        while waiting:
            node = waiting.pop()
            if not node.is_element_node or node.tag in _UNSEEN:
                yield from self._leaf(node)
            elif node.tag in _SEEN_THEMSELVES or node.tag in VOID:
                self._note()
                yield self._around(node, ())
            elif node.tag == "a":
                self._note()
                yield self._around(node, tuple(self._flat(_shown(node))))
            else:
                self._note()
                yield Words(" ")
                waiting += [*_shown(node)][::-1]

    def _around(self, node: LexborNode, children: tuple[Node, ...]) -> Element:
        attributes = _attributes(node)
        return Element(node.tag or "", attributes, children, self._veil.tag(attributes))

    def _note(self) -> None:
        self._count += 1
        if self._count > MOST_NODES:
            raise Invalid.at("html", "has too much in it", expected=f"at most {MOST_NODES} elements and texts")

    def _marks(self, node: LexborNode) -> Iterator[Mark]:
        """What governs of a comment: its Liquid, but for what it would have printed."""
        if node.is_comment_node:
            content = node.comment_content or ""
            numbers = self._veil.numbers(content)
            is_own = content == "".join(map(self._veil.mask.word, numbers))
            yield from (
                Mark(each, not self._veil.is_silent(each)) for each in numbers if is_own or self._veil.name(each)
            )


def _shown(node: LexborNode) -> Iterator[LexborNode]:
    return _children(node) if node.tag not in _UNSHOWN_INSIDE else iter(())


def _without_body(node: Node) -> tuple[Node, ...]:
    """The rows of the part of a table that parsers make up: Liquid around rows stands in it or before it."""
    is_made_up = isinstance(node, Element) and node.tag == "tbody" and not node.attributes
    return node.children if isinstance(node, Element) and is_made_up else (node,)


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next
