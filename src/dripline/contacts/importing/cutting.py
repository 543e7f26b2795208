"""Rows out of a stream of bytes: the same ones wherever its chunks were cut, and never more in memory than a row."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dripline.contacts.importing.model import LONGEST_ROW, Form, Format, Place, Raw

_LINE_END = re.compile(rb"\r\n|\n|\r")
_LINE_ENDS = re.compile(rb"[\r\n]+")
TOO_LONG = f"is longer than {LONGEST_ROW:,} bytes"
_NEVER_CLOSED = "a quote opens and does not close"
_TEXT_BEHIND = "text follows behind a closing quote"


class Cutter:
    """Cuts chunks into rows from a place on."""

    def __init__(self, form: Form, place: Place) -> None:
        self._form = form
        self._place = place
        self._rest = b""
        # In the middle of a line that is too long to be a row: all of it is passed over.
        self._inside_too_long = False

    def feed(self, chunk: bytes, *, is_last: bool = False) -> Iterator[Raw]:
        """The rows that end in this chunk. All of them must be taken before the next chunk is fed.

        The last chunk, which may be empty, also ends a row without a line end. Blank lines, and lines of nothing but
        delimiters, are no rows.
        """
        buffer = self._rest + chunk
        self._rest = b""
        at = 0
        while at < len(buffer):
            cut = self._cut(buffer, at, is_last)
            if cut is None:
                break
            at += cut.length
            if (raw := self._go_on(cut)) is not None:
                yield raw
        self._rest = buffer[at:]
        if is_last and self._inside_too_long:
            self._inside_too_long = False
            if (raw := self._go_on(Cut(0, 1, problem=TOO_LONG))) is not None:
                yield raw

    @property
    def place(self) -> Place | None:
        """Where the next row begins; None in the middle of one that is passed over."""
        return None if self._inside_too_long else self._place

    def _cut(self, buffer: bytes, at: int, is_last: bool) -> "Cut | None":
        if not self._inside_too_long and (blank := cut_blank_lines(buffer, at, is_last)) is not None:
            return blank
        if self._inside_too_long:
            end = line_end(buffer, at, is_last)
            self._inside_too_long = end is None
            return Cut(len(buffer) - at, 0) if end is None else Cut(end - at, 1, problem=TOO_LONG)
        if self._form.format is Format.JSON_LINES:
            cut = cut_line(buffer, at, is_last)
        else:
            cut = cut_record(buffer, at, is_last, self._form.delimiter)
        if cut is None and len(buffer) - at > LONGEST_ROW:
            self._inside_too_long = True
            return Cut(len(buffer) - at, 0)
        return cut

    def _go_on(self, cut: "Cut") -> Raw | None:
        """Step over a cut; gives it as a row, unless it is blank."""
        before = self._place
        is_row = bool(cut.cells) or cut.problem is not None
        self._place = Place(before.offset + cut.length, before.row + is_row, before.line + cut.lines)
        return Raw(before.row + 1, before.line + 1, self._place, cut.cells, cut.problem) if is_row else None


@dataclass(frozen=True, slots=True)
class Cut:
    """So many bytes and whole lines, and what they are: cells, a line, or no row. Blank ones have no cells."""

    length: int
    lines: int
    cells: list[str] | bytes | None = None
    problem: str | None = None


def line_end(buffer: bytes, at: int, is_last: bool) -> int | None:
    """Where the line ends that begins at a place, its end included; None when that cannot be known yet."""
    found = _LINE_END.search(buffer, at)
    if found is None or (found.end() == len(buffer) and found[0] == b"\r"):
        # A carriage return at the end may be the first half of a line end.
        return len(buffer) if is_last else None
    return found.end()


def cut_blank_lines(buffer: bytes, at: int, is_last: bool) -> Cut | None:
    """The blank lines that begin at a place, all at once; None when there are none."""
    found = _LINE_ENDS.match(buffer, at)
    if found is None:
        return None
    # A carriage return at the end may be the first half of a line end.
    ends = found[0] if is_last or found.end() < len(buffer) else found[0].rstrip(b"\r")
    return Cut(len(ends), len(_LINE_END.findall(ends))) if ends else None


def cut_line(buffer: bytes, at: int, is_last: bool) -> Cut | None:
    """The line that begins at a place; None when more bytes are needed."""
    # Only \n: a carriage return between the values of a JSON text is white space.
    end = buffer.find(b"\n", at) + 1 or (len(buffer) if is_last else 0)
    if not end:
        return None
    if end - at > LONGEST_ROW:
        return Cut(end - at, 1, problem=TOO_LONG)
    return Cut(end - at, 1, buffer[at:end].strip(b" \t\r\n"))


def cut_record(buffer: bytes, at: int, is_last: bool, delimiter: str) -> Cut | None:
    """The record (RFC 4180) that begins at a place; None when more bytes are needed.

    One whose quotes are wrong is its first line alone: what follows is most likely a row again.
    """
    lines = _Lines(buffer, at, is_last)
    try:
        cells = next(csv.reader(lines, delimiter=delimiter, strict=True))
    except _MoreNeeded:
        return None
    except _TooLong:
        problem = f"{TOO_LONG}, or {_NEVER_CLOSED}" if lines.count else TOO_LONG
        return Cut(lines.first - at, 1, problem=problem)
    except csv.Error as error:
        problem = _NEVER_CLOSED if "unexpected end" in str(error) else _TEXT_BEHIND
        return Cut(lines.first - at, 1, problem=problem)
    is_blank = not any(cells)
    return Cut(lines.at - at, lines.count, None if is_blank else cells)


class _MoreNeeded(Exception):
    """The record goes on behind the end of the buffer."""


class _TooLong(Exception):
    """The record is longer than a row can be."""


class _Lines:
    """The lines from a place on: the csv module takes as many as a record has."""

    def __init__(self, buffer: bytes, at: int, is_last: bool) -> None:
        self._buffer = buffer
        self._limit = at + LONGEST_ROW
        self._is_last = is_last
        self.at = self.first = at
        self.count = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at == len(self._buffer) and self._is_last:
            raise StopIteration
        end = line_end(self._buffer, self.at, self._is_last)
        if end is None and (self.count == 0 or len(self._buffer) <= self._limit):
            raise _MoreNeeded
        if self.count == 0:
            self.first = end or self.at
        if end is None or end > self._limit:
            raise _TooLong
        line = self._buffer[self.at : end]
        self.at = end
        self.count += 1
        # What is no UTF-8 stays to be found in its cell.
        return line.decode("utf-8", "surrogateescape")
