"""Liquid hidden from what reads HTML, also where it is no Liquid at all but another product's merge tags.

What is no Liquid stays what its author wrote, as letters: its braces are written so that nothing runs.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import unescape

from dripline.kernel.errors import Invalid
from dripline.templates.blocks.from_html.markup import Cut, attributes, tokens
from dripline.templates.liquid.checking import MOST_SEGMENTS, check, excerpt
from dripline.templates.liquid.masking import Mask, mask
from dripline.templates.liquid.segments import Kind, Unclosed, segments

_UNCLOSED_TAG = {"raw": re.compile(r"\{(?=%-?\s*raw\s*-?%\})"), "doc": re.compile(r"\{(?=%-?\s*doc\s*-?%\})")}
_COMMENT = re.compile(r"\{(?=%-?\s*comment\b)")


@dataclass(frozen=True, slots=True)
class Veil:
    """A text whose Liquid is hidden. `letters` are the pieces that are no Liquid, `mended` those that were escaped;
    `tags` are whole tags of HTML with Liquid among their attributes, each replaced by one with a mark.
    """

    mask: Mask
    hidden: str
    letters: frozenset[int]
    mended: dict[int, str]
    tags: tuple[str, ...]
    warnings: tuple[str, ...]

    def name(self, number: int) -> str:
        """The name of a Liquid tag: `if`, `endif`; empty for what is no tag."""
        segment = self.mask.segments[number]
        return segment.name if segment.kind is Kind.TAG and number not in self.letters else ""

    def is_silent(self, number: int) -> bool:
        """Whether a piece shows nothing and does nothing: a comment, or a `raw` that is not needed."""
        segment = self.mask.segments[number]
        return number not in self.letters and (
            segment.kind is Kind.COMMENT or segment.name in ("raw", "endraw", "#", "comment", "doc")
        )

    def original(self, number: int) -> str:
        return self.mended.get(number) or self.mask.original(number)

    def as_html(self, text: str) -> str:
        """HTML with its Liquid; what is no Liquid is written with a brace that stays one."""
        return self.mask.put_back(text, self._in_html)

    def as_text(self, text: str) -> str:
        """Plain text with its Liquid, and braces that were none written as Liquid that prints them."""
        literal = text.replace("{{", '{{ "{{" }}').replace("{%", '{{ "{%" }}')
        return self.mask.put_back(literal, self.original)

    def numbers(self, text: str) -> list[int]:
        return self.mask.numbers(text)

    def has_liquid(self, text: str) -> bool:
        return self.mask.prefix in text

    def has_letters(self, text: str) -> bool:
        """Whether something in the value of an attribute looks like Liquid and is none."""
        return "{{" in text or "{%" in text

    def tag(self, attributes: Iterable[str]) -> str | None:
        """The whole tag that an element stands for, if its attributes are those of such a mark."""
        mark = next((name for name in attributes if name.startswith(f"{self.mask.prefix}t")), None)
        return self.tags[int(mark.removeprefix(f"{self.mask.prefix}t"))] if mark else None

    def _in_html(self, number: int) -> str:
        return _letters(self.mask.original(number)) if number in self.letters else self.original(number)


def veil(html: str) -> Veil:
    """Hide the Liquid of a text.

    Raises:
        Invalid: there is more Liquid in it than a template may hold.
    """
    source = _with_ends(html)
    masked = mask(source)
    if len(masked.segments) > MOST_SEGMENTS:
        raise Invalid.at("html", f"has {len(masked.segments)} Liquid tags", expected=f"at most {MOST_SEGMENTS}")
    letters, mended = _judged(masked)
    words = masked.hide(masked.word)
    inside = _numbers_inside(masked, words)
    hidden, tags = _marked(masked, masked.hide(_stand_in(masked, inside, letters)))
    warnings = _warnings(masked, letters) if source == html else [_BROKEN, *_warnings(masked, letters)]
    return Veil(masked, hidden, letters, mended, tags, tuple(warnings))


_BROKEN = "Something in it begins like Liquid and never ends: it was kept as letters."


def _with_ends(html: str) -> str:
    """The text in which whatever begins like Liquid also ends: the others begin no more."""
    # Each round ends one kind of beginning for the whole rest: there are five.
    for _ in range(8):
        try:
            segments(html)
        except Unclosed as error:
            html = _ended(html, error)
        else:
            return html
    return html.replace("{{", "&#123;{").replace("{%", "&#123;%")


def _ended(html: str, error: Unclosed) -> str:
    before, rest = html[: error.position], html[error.position :]
    what = str(error)
    for name, pattern in _UNCLOSED_TAG.items():
        if what.startswith(f"{{% {name} "):
            return before + pattern.sub("&#123;", rest)
    if what.startswith("{% comment"):
        return before + _COMMENT.sub("&#123;", rest)
    opening = rest[:2]
    return before + rest.replace(opening, f"&#123;{opening[1]}")


def _judged(masked: Mask) -> tuple[frozenset[int], dict[int, str]]:
    """The pieces that are no Liquid, and those that are when their entities are read."""
    if not check(masked.source, "html").problems:
        return frozenset(), {}
    letters: set[int] = set()
    mended: dict[int, str] = {}
    for number, segment in enumerate(masked.segments):
        original = masked.original(number)
        decoded = unescape(original)
        if segment.kind is not Kind.COMMENT and decoded != original:
            mended[number] = decoded
        if segment.kind is Kind.OUTPUT and check(mended.get(number, original), "").problems:
            letters.add(number)
    tags = {number for number, segment in enumerate(masked.segments) if segment.kind is Kind.TAG}
    if not _is_well(masked, letters, mended):
        unknown = {number for number in tags if _is_unknown(masked, number)}
        letters |= unknown if _is_well(masked, letters | unknown, mended) else tags
    return frozenset(letters), {number: text for number, text in mended.items() if number not in letters}


def _is_unknown(masked: Mask, number: int) -> bool:
    return any("unknown tag" in problem.message for problem in check(masked.original(number), "").problems)


def _is_well(masked: Mask, letters: set[int], mended: dict[int, str]) -> bool:
    def kept(number: int) -> str:
        return "" if number in letters else mended.get(number, masked.original(number))

    return not check(masked.hide(kept), "html").problems


def _numbers_inside(masked: Mask, words: str) -> set[int]:
    """The pieces that stand inside of tags and comments of HTML."""
    return {number for token in tokens(words) for number in masked.numbers(words[token.start : token.end])}


def _stand_in(masked: Mask, inside: set[int], letters: frozenset[int]) -> Callable[[int], str]:
    def stand_in(number: int) -> str:
        word = masked.word(number)
        if number in letters and (number in inside or "<" in masked.original(number)):
            return _letters(masked.original(number))
        is_bare = masked.segments[number].kind is not Kind.OUTPUT or number in letters
        # A comment stays where it stands, also between the rows of a table.
        return f"<!--{word}-->" if is_bare and number not in inside else word

    return stand_in


def _marked(masked: Mask, hidden: str) -> tuple[str, tuple[str, ...]]:
    """The text with a mark in the place of each tag that has Liquid among its attributes, and those tags."""
    parts: list[str] = []
    tags: list[str] = []
    position = 0
    for token in tokens(hidden):
        tag = hidden[token.start : token.end]
        if token.kind is Cut.OPENING and masked.prefix in tag and _has_liquid_names(masked, tag):
            parts += [hidden[position : token.start], f"<{token.name} {masked.prefix}t{len(tags)}>"]
            tags.append(tag)
            position = token.end
    return "".join([*parts, hidden[position:]]), tuple(tags)


def _has_liquid_names(masked: Mask, tag: str) -> bool:
    return any(masked.prefix in name for name, _ in attributes(tag))


def _letters(original: str) -> str:
    return original.replace("{", "&#123;")


def _warnings(masked: Mask, letters: frozenset[int]) -> list[str]:
    shown = list(dict.fromkeys(excerpt(masked.original(number)) for number in sorted(letters)))
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    names = ", ".join(shown[:5]) + more
    return [f"This is no Liquid and was kept as letters: {names}."] if shown else []
