"""What is read from a file of contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from dripline.contacts.model import ContactChanges, SuppressionReason
from dripline.kernel.addresses import Address

LONGEST_ROW = 131_072
"""Bytes of one row: more than a contact can be, and no more than the csv module takes in one cell."""


class Format(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class Place(msgspec.Struct, frozen=True):
    """Where a row begins: so many bytes, rows and lines lie before it. A header is no row, but it is a line."""

    offset: int = 0
    row: int = 0
    line: int = 0


class Form(msgspec.Struct, frozen=True):
    """How a file is written, and where its first row begins. `header` has the names of the columns as they stand."""

    format: Format
    begin: Place
    delimiter: str = ","
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """A row as it stands in the file, or why it is none. `row` and `line` count from 1; `after`: where the next is."""

    row: int
    line: int
    after: Place
    cells: Sequence[str] | bytes | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one column of a row; without a column, with all of it."""

    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a row describes them. `suppression`: why the row says that they must not be mailed."""

    address: Address
    changes: ContactChanges
    tags: tuple[str, ...] = ()
    suppression: SuppressionReason | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was read: somebody, or what is wrong with it. `after` is where the next row begins."""

    row: int
    line: int
    after: Place
    read: Person | tuple[Fault, ...]
