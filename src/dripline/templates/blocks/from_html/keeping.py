"""What of a mail must not be lost: its links, its images and its words, in their order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

from dripline.templates.blocks.from_html.markup import Cut, Token, attributes, tokens
from dripline.templates.liquid.masking import Mask, mask
from dripline.templates.liquid.segments import Kind

_UNREAD = frozenset(("script", "style", "title", "xmp", "iframe", "noembed", "noframes"))
_WITH_SOURCE = frozenset(("img", "video", "audio", "source", "input", "iframe", "embed"))
_NO_WIDTH = str.maketrans(dict.fromkeys("\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_ADDRESS = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)]*))\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Targets of links, addresses of images, and all words with the spaces between them left out.

    `backdrops` are the addresses of images behind something, which may well be said twice.
    """

    links: tuple[str, ...]
    images: tuple[str, ...]
    words: str
    backdrops: frozenset[str] = frozenset()


NOTHING = Inventory((), (), "")


def addresses(style: str) -> list[str]:
    """The addresses in a style, in their order."""
    return ["".join(each).strip() for each in _ADDRESS.findall(style)]


def inventory(html: str) -> Inventory:
    """What somebody sees of HTML whose Liquid is in order, in the order of the text, whatever that Liquid chooses."""
    masked = mask(html)
    hidden = _hidden(masked)
    links: list[str] = []
    images: list[str] = []
    words: list[str] = []
    backdrops: list[str] = []
    for part in _parts(hidden):
        if isinstance(part, str):
            words.append(part)
        elif part.kind is Cut.OPENING:
            _note(part.name, dict(reversed(attributes(hidden[part.start : part.end]))), links, images, backdrops)
    text = "".join(unescape("".join(words)).translate(_NO_WIDTH).split())
    return Inventory(
        links=tuple(map(masked.put_back, links)),
        images=tuple(map(masked.put_back, images)),
        words=masked.put_back(text),
        backdrops=frozenset(map(masked.put_back, backdrops)),
    )


def _parts(html: str) -> Iterator[Token | str]:
    """The tags of a text, and what is read between them."""
    position, is_read = 0, True
    for token in tokens(html):
        if is_read:
            yield html[position : token.start]
        yield token
        position = token.end
        is_read = not (token.kind is Cut.OPENING and token.name in _UNREAD)
    if is_read:
        yield html[position:]


def _hidden(masked: Mask) -> str:
    """The text with words for its outputs; tags between elements are nothing that is seen."""
    if not masked.segments:
        return masked.source
    shown = masked.hide(masked.word)
    inside = {number for token in tokens(shown) for number in masked.numbers(shown[token.start : token.end])}

    def stand_in(number: int) -> str:
        is_shown = masked.segments[number].kind is Kind.OUTPUT or number in inside
        return masked.word(number) if is_shown else ""

    return masked.hide(stand_in)


def _note(name: str, given: dict[str, str], links: list[str], images: list[str], backdrops: list[str]) -> None:
    if name in ("a", "area") and (target := given.get("href", "").strip()):
        links.append(target)
    if name in _WITH_SOURCE and (source := given.get("src", "").strip()):
        images.append(source)
    behind = (given.get("background", "").strip(), *addresses(given.get("style", "")))
    # Style sheets say some letters by their numbers.
    backdrops += [unquote(address) for address in behind if address]
