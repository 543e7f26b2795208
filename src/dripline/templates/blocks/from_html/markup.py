"""Tags and comments of an HTML text, cut where a browser cuts them (HTML standard, section 13.2.5), in one pass."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

_START = re.compile(r"<(?=[A-Za-z/!?])")
_NAME = r"(?=[^\s/>])=?[^\s/>=]*+"
_VALUE = r"(?:\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*+))?)?"
_TAG = re.compile(rf"<(/?)([A-Za-z][^\s/>]*+)((?:[\s/]++|{_NAME}{_VALUE})*+)>")
_ATTRIBUTES = re.compile(rf"({_NAME}){_VALUE}")
_OPAQUE = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _OPAQUE}

# Elements whose end may be left out: they are closed by what follows them, and hold no others of their kind.
_OPEN_ENDED = frozenset(
    ("p", "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "colgroup", "option", "optgroup")
)
_LONG = 2_000
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)


class Cut(StrEnum):
    """A tag that opens, one that closes, or a comment (with all that browsers read as one)."""

    OPENING = "opening"
    CLOSING = "closing"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Token:
    """`text[start:end]`, and the name of the element in small letters."""

    kind: Cut
    start: int
    end: int
    name: str = ""


def tokens(text: str) -> Iterator[Token]:
    """All tags and comments in order; what stands in style sheets and scripts is neither."""
    position = 0
    while start := _START.search(text, position):
        token = _token(text, start.start())
        if token is None:
            return
        yield token
        position = token.end
        if token.kind is Cut.OPENING and token.name in _OPAQUE:
            end = _ENDS[token.name].search(text, position)
            position = end.start() if end else len(text)


def attributes(tag: str) -> list[tuple[str, str]]:
    """The attributes of a tag that opens, their names in small letters, their values without entities."""
    match = _TAG.match(tag)
    found = _ATTRIBUTES.finditer(match[3]) if match else ()
    return [(each[1].lower(), unescape(each[2] or each[3] or each[4] or "")) for each in found]


def extent(text: str) -> tuple[int, int]:
    """How many elements are open at once, and how many attributes one has, at most.

    Elements that close by themselves do not count, nor the attributes of short tags.
    """
    opened: Counter[str] = Counter()
    now = deepest = longest = 0
    for token in tokens(text):
        if token.kind is Cut.OPENING and token.end - token.start > _LONG:
            longest = max(longest, len(attributes(text[token.start : token.end])))
        if token.kind is Cut.OPENING and token.name not in VOID and token.name not in _OPEN_ENDED:
            opened[token.name] += 1
            now += 1
            deepest = max(deepest, now)
        elif token.kind is Cut.CLOSING and opened[token.name]:
            opened[token.name] -= 1
            now -= 1
    return deepest, longest


def _token(text: str, start: int) -> Token | None:
    """What begins at a `<`; None when it goes on to the end of the text, and is nothing."""
    if text.startswith("<!--", start):
        end = text.find("-->", start + 2)
        return Token(Cut.COMMENT, start, end + 3 if end >= 0 else len(text))
    match = _TAG.match(text, start)
    if match is not None:
        return Token(Cut.CLOSING if match[1] else Cut.OPENING, start, match.end(), match[2].lower())
    if text[start + 1] in "!?" or (text[start + 1] == "/" and not text[start + 2 : start + 3].isalpha()):
        end = text.find(">", start)
        return Token(Cut.COMMENT, start, end + 1 if end >= 0 else len(text))
    return None
