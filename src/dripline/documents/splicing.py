"""Pieces of a text that are replaced, and the lines around them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_COLON = re.compile(r"[ \t]*:")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class NotSpliced(Exception):
    """The text is laid out in a way that is not changed in place."""


@dataclass(frozen=True, slots=True)
class Splice:
    """What stands from `start` to `end`, not included, becomes `text`."""

    start: int
    end: int
    text: str = ""


def splice(text: str, splices: Sequence[Splice]) -> str:
    """The text with all splices made; their places are those of the text that is given.

    Raises:
        NotSpliced: two of them want the same letters.
    """
    parts, place = [], 0
    for each in _in_order(splices):
        if each.start < place:
            raise NotSpliced
        parts += [text[place : each.start], each.text]
        place = each.end
    return "".join([*parts, text[place:]])


def _in_order(splices: Sequence[Splice]) -> list[Splice]:
    """By place; removals that overlap become one."""
    ordered: list[Splice] = []
    for each in sorted(splices, key=lambda each: (each.start, each.end)):
        last = ordered[-1] if ordered else None
        if last is not None and each.start < last.end and not each.text and not last.text:
            ordered[-1] = Splice(last.start, max(last.end, each.end))
        else:
            ordered.append(each)
    return ordered


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end: a blank one, a comment that begins in `column`, or (None) something else."""

    start: int
    end: int
    is_blank: bool
    column: int | None

    @property
    def is_free(self) -> bool:
        """Whether no value stands on it."""
        return self.is_blank or self.column is not None


def line_start(text: str, place: int) -> int:
    """Where the line of a place begins."""
    return text.rfind("\n", 0, place) + 1


def line_end(text: str, place: int) -> int:
    """Where the line after that of a place begins."""
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1


def column_of(text: str, place: int) -> int:
    """How many letters stand before a place on its line."""
    return place - line_start(text, place)


def is_first_on_line(text: str, place: int) -> bool:
    """Whether nothing but spaces stands before a place on its line."""
    return not text[line_start(text, place) : place].strip(" ")


def lines_below(text: str, place: int) -> Iterator[Line]:
    """The lines from a place on, which begins a line."""
    while place < len(text):
        end = line_end(text, place)
        yield _line(text, place, end)
        place = end


def lines_above(text: str, place: int) -> Iterator[Line]:
    """The lines above a place, which begins a line; the nearest first."""
    while place > 0:
        start = line_start(text, place - 1)
        yield _line(text, start, place)
        place = start


def _line(text: str, start: int, end: int) -> Line:
    content = text[start:end]
    bare = content.strip(" \t\r\n")
    column = len(content) - len(content.lstrip(" \t")) if bare.startswith("#") else None
    return Line(start, end, not bare, column)


def behind_colon(text: str, key_end: int) -> int:
    """The place behind the colon of a key.

    Raises:
        NotSpliced: it does not follow the key.
    """
    found = _COLON.match(text, key_end)
    if found is None:
        raise NotSpliced
    return found.end()


def end_with_comments(text: str, place: int, *, column: int) -> int:
    """Where what ends at a place is over: its line, and the comments below that are indented deeper than `column`."""
    over = line_end(text, place)
    for line in lines_below(text, over):
        if not line.is_free:
            break
        if line.column is not None and line.column > column:
            over = line.end
    return over


def lines_of(block: str) -> list[str]:
    """The lines of a text, each with its end."""
    return _LINE.findall(block)


def as_lines(text: str, lines: Sequence[str]) -> str:
    """The lines with the line ends of a text."""
    end = "\r\n" if "\r\n" in text else "\n"
    return "".join(f"{line}{end}" for line in lines)


def add_lines(text: str, place: int, addition: str) -> Splice:
    """Put whole lines at a place that begins a line, or at the end of a text whose last line has no end."""
    if place == len(text) and place > 0 and not text.endswith("\n"):
        return Splice(place, place, as_lines(text, [""]) + addition)
    return Splice(place, place, addition)
