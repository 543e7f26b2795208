"""What of a mail must not be lost: its links, its images and its words, in their order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from dripline.templates.blocks.from_html.markup import Cut, Token, attributes, tokens
from dripline.templates.liquid.masking import Mask, mask
from dripline.templates.liquid.segments import Kind

_UNREAD = frozenset(("script", "style", "title", "xmp", "iframe", "noembed", "noframes"))
_WITH_SOURCE = frozenset(("img", "video", "audio", "source", "input", "iframe", "embed"))
_NO_WIDTH = str.maketrans(dict.fromkeys("\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Targets of links, addresses of images, and all words with the spaces between them left out."""

    links: tuple[str, ...]
    images: tuple[str, ...]
    words: str


def inventory(html: str) -> Inventory:
    """What somebody sees of HTML whose Liquid is in order, in the order of the text, whatever that Liquid chooses."""
    masked = mask(html)
    hidden = _hidden(masked)
    links: list[str] = []
    images: list[str] = []
    words: list[str] = []
    for part in _parts(hidden):
        if isinstance(part, str):
            words.append(part)
        elif part.kind is Cut.OPENING:
            _note(part.name, dict(reversed(attributes(hidden[part.start : part.end]))), links, images)
    text = "".join(unescape("".join(words)).translate(_NO_WIDTH).split())
    return Inventory(tuple(map(masked.put_back, links)), tuple(map(masked.put_back, images)), masked.put_back(text))


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
    shown = masked.hide(masked.word)
    inside = {number for token in tokens(shown) for number in masked.numbers(shown[token.start : token.end])}

    def stand_in(number: int) -> str:
        is_shown = masked.segments[number].kind is Kind.OUTPUT or number in inside
        return masked.word(number) if is_shown else ""

    return masked.hide(stand_in)


def _note(name: str, given: dict[str, str], links: list[str], images: list[str]) -> None:
    if name in ("a", "area") and (target := given.get("href", "").strip()):
        links.append(target)
    if name in _WITH_SOURCE and (source := given.get("src", "").strip()):
        images.append(source)
    behind = [given.get("background", "").strip(), *_URL.findall(given.get("style", ""))]
    images += [address for address in behind if address]
