"""Rows out of a file: what each says about somebody, or every fault in it with its column."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from dripline.contacts.cells import read_text, read_value
from dripline.contacts.importing.columns import Column, Field, column_of, columns_of
from dripline.contacts.importing.cutting import Cutter
from dripline.contacts.importing.drafting import Draft
from dripline.contacts.importing.model import Fault, Form, Format, Person, Place, Raw, Row
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json

# Bytes that were no UTF-8, as they were kept for this.
_NO_UTF_8 = re.compile("[\udc80-\udcff]")

_Given = Iterable[tuple[Column, Json]]


class Reader:
    """Reads the rows of a file from a place on, out of chunks that were cut anywhere."""

    def __init__(self, form: Form, place: Place | None = None) -> None:
        self._columns = columns_of(form.header) if form.format is Format.CSV else ()
        named = (column.name for column in self._columns if column.field is Field.EMAIL)
        self._address_column = next(named, Field.EMAIL.value)
        self._cutter = Cutter(form, place or form.begin)

    @property
    def place(self) -> Place | None:
        """Where the next row begins; None in the middle of one that is passed over."""
        return self._cutter.place

    def feed(self, chunk: bytes, *, is_last: bool = False) -> Iterator[Row]:
        """The rows that end in this chunk. All of them must be taken before the next chunk is fed."""
        for raw in self._cutter.feed(chunk, is_last=is_last):
            yield Row(raw.row, raw.line, raw.after, self._read(raw))

    def _read(self, raw: Raw) -> Person | tuple[Fault, ...]:
        if raw.problem is not None:
            return (Fault(None, raw.problem),)
        if isinstance(raw.cells, bytes):
            return _person(_in_json(raw.cells), Field.EMAIL)
        return _person(_in_cells(self._columns, raw.cells or ()), self._address_column)


def read_object(value: Json) -> Person | tuple[Fault, ...]:
    """Whom a JSON value describes, as a line of JSON lines does, or what is wrong with it."""
    return _person(_in_object(value), Field.EMAIL)


def passed_over(form: Form) -> list[str]:
    """The names of the columns that say nothing here: those that only Dripline gives, and those without a name."""
    columns = columns_of(form.header) if form.format is Format.CSV else ()
    return [column.name for column in columns if column.field is Field.NOTHING]


class _NoRow(Exception):
    """What was read cannot be told apart into columns."""

    def __init__(self, message: str, column: str | None = None) -> None:
        super().__init__(message)
        self.fault = Fault(column, message)


def _person(given: _Given, address_column: str) -> Person | tuple[Fault, ...]:
    draft = Draft(address_column)
    try:
        for column, value in given:
            draft.take(column, value)
    except _NoRow as error:
        return (error.fault,)
    return draft.finish()


def _in_cells(columns: Sequence[Column], cells: Sequence[str]) -> _Given:
    """What cells say. Those that are missing at the end are blank: spreadsheets leave them out."""
    if any(cells[len(columns) :]):
        raise _NoRow(f"has {len(cells)} cells, and the header has {len(columns)}")
    for column, cell in zip(columns, cells, strict=False):
        if not cell.isascii() and _NO_UTF_8.search(cell):
            raise _NoRow("is not UTF-8", column.name)
        match column.field:
            case Field.NOTHING:
                continue
            case Field.PROPERTY | Field.PROPERTIES:
                value = read_value(cell)
            case _:
                value = read_text(cell).strip() or None
        if value is not None:
            yield column, value


def _in_json(line: bytes) -> _Given:
    """What a line of JSON says."""
    try:
        found: Json = msgspec.json.decode(line)
    except UnicodeDecodeError:
        raise _NoRow("is not UTF-8") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise _NoRow(f"is no JSON: {error}") from None
    yield from _in_object(found)


def _in_object(found: Json) -> _Given:
    """What an object says; null says nothing."""
    if not isinstance(found, Mapping):
        raise _NoRow("is no JSON object")
    for name, value in found.items():
        try:
            column = column_of(name)
        except Invalid as error:
            raise _NoRow(f"has the name of a property that {error.problems[0].message}") from None
        if value is not None:
            yield column, value
