"""Walks through the tags of an MJML text and finds what is wrong with them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

DEEPEST = 100

# Stands for one character of Liquid: nothing that means anything in XML.
FILLER = "\ufffc"

# fmt: off
_NAMES = frozenset((
    "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-all", "mj-attributes",
    "mj-body", "mj-breakpoint", "mj-button", "mj-carousel", "mj-carousel-image", "mj-class", "mj-column",
    "mj-divider", "mj-font", "mj-group", "mj-head", "mj-hero", "mj-html-attribute", "mj-html-attributes",
    "mj-image", "mj-navbar", "mj-navbar-link", "mj-preview", "mj-raw", "mj-section", "mj-selector", "mj-social",
    "mj-social-element", "mj-spacer", "mj-style", "mj-table", "mj-text", "mj-title", "mj-wrapper",
))
_VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
))
# fmt: on
# What is inside these is no markup.
_OPAQUE = frozenset(("mj-style", "style", "script"))

_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][\w:.-]*)(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>")
# Liquid among the attributes is let through here: it is refused by those who know that it is Liquid.
_GAP = rf"[\s{FILLER}]"
_REST = re.compile(rf"(?:{_GAP}+[\w:.@-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|{FILLER}+))?)*+{_GAP}*/?")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True, slots=True)
class Piece:
    """A comment, a tag, or what is opaque: `text[start:end]`. `values` are the spans of quoted attribute values."""

    start: int
    end: int
    name: str
    inside: tuple[str, ...] = ()
    values: tuple[tuple[int, int], ...] = ()


class Faulty(ValueError):
    """The text cannot be walked through any further than to `position`."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


def pieces(text: str) -> Iterator[Piece]:
    """All tags and comments in order; `inside` are the names of the elements that a piece stands in.

    Raises:
        Faulty: at the first thing that is no MJML.
    """
    open_tags: list[tuple[str, int]] = []
    position = 0
    while (start := text.find("<", position)) >= 0:
        inside = tuple(name for name, _ in open_tags)
        if text.startswith("<!--", start):
            piece = Piece(start, _find(text, "-->", start, "a comment"), "!--", inside)
        else:
            piece = _tag(text, start, inside)
            _follow(text, piece, open_tags)
        yield piece
        position = piece.end
        if open_tags and open_tags[-1][0] in _OPAQUE:
            end = _find(text, f"</{open_tags[-1][0]}", position, f"<{open_tags[-1][0]}>")
            position = end - len(open_tags[-1][0]) - 2
            yield Piece(piece.end, position, "", tuple(name for name, _ in open_tags))
    if open_tags:
        raise Faulty(open_tags[-1][1], f"<{open_tags[-1][0]}> is never closed")


def _tag(text: str, start: int, inside: tuple[str, ...]) -> Piece:
    tag = _TAG.match(text, start)
    if tag is None:
        raise Faulty(start, "'<' starts no tag here (as a letter it is written &lt;)")
    if not _REST.fullmatch(tag["rest"]):
        raise Faulty(start, f'the attributes of <{tag["name"]}> are not all written as name="value"')
    offset = tag.start("rest")
    values = tuple((offset + quoted.start(), offset + quoted.end()) for quoted in _QUOTED.finditer(tag["rest"]))
    return Piece(start, tag.end(), tag["close"] + tag["name"], inside, values)


def _follow(text: str, piece: Piece, open_tags: list[tuple[str, int]]) -> None:
    name = piece.name.removeprefix("/")
    if name == "mj-include":
        raise Faulty(piece.start, "mj-include is not available: a template is one text")
    if name.startswith("mj-") and name not in _NAMES:
        raise Faulty(piece.start, f"unknown element <{name}>{_nearest(name)}")
    if not piece.name.startswith("/"):
        if text[piece.end - 2] != "/" and name.lower() not in _VOID:
            open_tags.append((name, piece.start))
        if len(open_tags) > DEEPEST:
            raise Faulty(piece.start, f"elements are nested more than {DEEPEST} deep")
    elif not open_tags or open_tags[-1][0] != name:
        expected = f", expected </{open_tags[-1][0]}>" if open_tags else ""
        raise Faulty(piece.start, f"</{name}> closes nothing{expected}")
    else:
        open_tags.pop()


def _find(text: str, wanted: str, start: int, what: str) -> int:
    found = text.find(wanted, start)
    if found < 0:
        raise Faulty(start, f"{what} is never closed")
    return found + len(wanted)


def _nearest(name: str) -> str:
    matches = get_close_matches(name, _NAMES, 1)
    return f", did you mean <{matches[0]}>?" if matches else ""
