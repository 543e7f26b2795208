"""How a file is written: told from its beginning, whatever its name or type says."""

from dripline.contacts.cells import read_text
from dripline.contacts.importing.columns import columns_of, is_address
from dripline.contacts.importing.cutting import TOO_LONG, Cut, cut_record, line_end
from dripline.contacts.importing.model import LONGEST_ROW, Form, Format, Place
from dripline.kernel.errors import Invalid, Problem

HEAD = LONGEST_ROW + 1_024
"""So many bytes from the beginning are enough to tell."""

_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BLANK = b" \t\r\n"
_DELIMITERS = (",", ";", "\t")
_EXPECTED = "CSV with a header line, or JSON lines: an object a line"


def read_form(head: bytes, *, is_whole: bool) -> Form:
    """The form of a file that begins with `head`; `is_whole` when that is all of it.

    A file whose first letter is `{` is JSON lines, every other one CSV. Its delimiter is the one of comma, semicolon
    and tab that cuts the header into most cells, one of them for addresses.

    Raises:
        Invalid: it is empty, no UTF-8, or has no header that can be used.
    """
    if head.startswith(_UTF_16_MARKS) or b"\0" in head[:64]:
        raise _invalid("is not UTF-8", found="UTF-16 or binary data", expected="UTF-8")
    start = len(_UTF_8_MARK) if head.startswith(_UTF_8_MARK) else 0
    first = head[start:].lstrip(_BLANK)[:1]
    if not first:
        raise _invalid("is empty", found="nothing", expected=_EXPECTED)
    if first == b"{":
        return Form(Format.JSON_LINES, Place(start))
    if first == b"[":
        raise _invalid("is a JSON list", found="[", expected=_EXPECTED)
    return _read_header(head, start, is_whole)


def _read_header(head: bytes, start: int, is_whole: bool) -> Form:
    at, lines = _skip_blank_lines(head, start, is_whole)
    cuts = {delimiter: cut_record(head, at, is_whole, delimiter) for delimiter in _DELIMITERS}
    delimiter = max(cuts, key=lambda each: _likelihood(cuts[each]))
    cut = cuts[delimiter]
    problems = [each.problem for each in cuts.values() if each is not None and each.problem is not None]
    if cut is None or not isinstance(cut.cells, list) or (problems and not _likelihood(cut)[0]):
        problem = f"cannot be read: {problems[0] if problems else TOO_LONG}"
        raise Invalid.of([Problem("header", problem, line=lines + 1, column=1, expected=_EXPECTED)])
    header = tuple(read_text(cell) for cell in cut.cells)
    columns_of(header)
    return Form(Format.CSV, Place(at + cut.length, 0, lines + cut.lines), delimiter, header)


def _likelihood(cut: Cut | None) -> tuple[bool, int]:
    """How likely it is that the header was meant to be cut so: whether an address comes of it, and how many cells."""
    cells = cut.cells if cut is not None and isinstance(cut.cells, list) else []
    return any(is_address(cell) for cell in cells), len(cells)


def _skip_blank_lines(head: bytes, at: int, is_whole: bool) -> tuple[int, int]:
    lines = 0
    while (end := line_end(head, at, is_whole)) is not None and not head[at:end].strip(_BLANK):
        at, lines = end, lines + 1
    return at, lines


def _invalid(message: str, *, found: str, expected: str) -> Invalid:
    return Invalid.of([Problem("", f"The file {message}.", found=found, expected=expected)])
