"""Hides Liquid from tools that read HTML or XML, and puts it back.

Each piece of Liquid becomes a word of letters and digits that occurs nowhere in the text: no tool changes such a word,
wherever it stands.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from dripline.templates.liquid.segments import Segment, segments


@dataclass(frozen=True, slots=True)
class Mask:
    """The Liquid of one text, numbered, and the beginning that its words have in common."""

    source: str
    segments: tuple[Segment, ...]
    prefix: str

    def word(self, number: int) -> str:
        return f"{self.prefix}{number}z"

    def hide(self, stand_in: Callable[[int], str]) -> str:
        """The source with `stand_in(number)` in the place of each piece."""
        parts = []
        position = 0
        for number, segment in enumerate(self.segments):
            parts += [self.source[position : segment.start], stand_in(number)]
            position = segment.end
        return "".join([*parts, self.source[position:]])

    def place(self, position: int, stand_in: Callable[[int], str]) -> int:
        """Where in the source the character at `position` of `hide(stand_in)` comes from."""
        hidden = source = 0
        for number, segment in enumerate(self.segments):
            start = hidden + segment.start - source
            if position < start:
                break
            hidden, source = start + len(stand_in(number)), segment.end
            if position < hidden:
                return segment.start
        return source + position - hidden

    def put_back(self, text: str, original: Callable[[int], str] | None = None) -> str:
        """The text with each word, or comment that is one word, replaced by its Liquid, or by `original(number)`."""
        give = original or self.original
        return self._words().sub(lambda match: give(int(match["a"] or match["b"])), text)

    def original(self, number: int) -> str:
        segment = self.segments[number]
        return self.source[segment.start : segment.end]

    def numbers(self, text: str) -> list[int]:
        """The pieces whose words stand in a text, in its order."""
        return [int(match["a"] or match["b"]) for match in self._words().finditer(text)]

    def _words(self) -> re.Pattern[str]:
        return re.compile(rf"<!--{self.prefix}(?P<a>\d+)z-->|{self.prefix}(?P<b>\d+)z")


def mask(source: str) -> Mask:
    """Find the Liquid of a text.

    Raises:
        Unclosed: something in it has no end.
    """
    letters = "q"
    while f"liq{letters}" in source:
        letters += "q"
    return Mask(source, tuple(segments(source)), f"liq{letters}")
