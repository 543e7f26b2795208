"""Where Liquid stands in a text: found in one pass, without parsing what is inside.

It cuts exactly where the library's lexer cuts, but takes time in proportion to the text whatever is left open: the
lexer looks for the end of each `raw` through the whole rest, which takes most of a minute at 256 kB.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_START = re.compile(r"\{\{|\{%")
_NAME = re.compile(r"\{%-?\s*(#|\w*)")
_BARE = re.compile(r"\{%-?\s*(raw|doc)\s*-?%\}")
_ENDS = {name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}") for name in ("raw", "doc")}


class Kind(StrEnum):
    """`{{ … }}`, `{% … %}`, or something that renders nothing, with all that is in it."""

    OUTPUT = "output"
    TAG = "tag"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of Liquid: `text[start:end]`, and the name of the tag. What lies inside `raw` is no Liquid."""

    kind: Kind
    start: int
    end: int
    name: str = ""


class Unclosed(ValueError):
    """Something starts at `position` and never ends."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(f"{what} is never closed")
        self.position = position


def segments(text: str) -> list[Segment]:
    """All Liquid of a text, in order.

    Raises:
        Unclosed: a delimiter, `raw`, `doc` or `comment` has no end.
    """
    return _join_comments(_cut(text))


def _cut(text: str) -> list[Segment]:
    found: list[Segment] = []
    position = 0
    while start := _START.search(text, position):
        bare = _BARE.match(text, start.start())
        new = _block(text, bare) if bare else [_single(text, start.start(), start.group())]
        found += new
        position = new[-1].end
    return found


def _single(text: str, start: int, opening: str) -> Segment:
    closing = "}}" if opening == "{{" else "%}"
    end = text.find(closing, start + 2)
    if end < 0:
        raise Unclosed(start, opening)
    if opening == "{{":
        return Segment(Kind.OUTPUT, start, end + 2)
    name = _NAME.match(text, start, end)
    return Segment(Kind.TAG, start, end + 2, name.group(1) if name else "")


def _block(text: str, opening: re.Match[str]) -> list[Segment]:
    name = opening.group(1)
    closing = _ENDS[name].search(text, opening.end())
    if closing is None:
        raise Unclosed(opening.start(), f"{{% {name} %}}")
    if name == "doc":
        return [Segment(Kind.COMMENT, opening.start(), closing.end(), name)]
    return [
        Segment(Kind.TAG, opening.start(), opening.end(), "raw"),
        Segment(Kind.TAG, closing.start(), closing.end(), "endraw"),
    ]


def _join_comments(pieces: list[Segment]) -> list[Segment]:
    joined: list[Segment] = []
    start = depth = 0
    for piece in pieces:
        if piece.name == "comment":
            start = piece.start if depth == 0 else start
            depth += 1
        elif piece.name == "endcomment" and depth:
            depth -= 1
            if depth == 0:
                joined.append(Segment(Kind.COMMENT, start, piece.end, "comment"))
        elif depth == 0:
            joined.append(piece)
    if depth:
        raise Unclosed(start, "{% comment %}")
    return joined
