"""Values with the place where they were written: what texts and JSON documents are turned into before reading."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `mark` is None when it came from a document that was parsed already."""

    value: bool | int | float | str | None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: str
    value: "Node"
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping. No key comes twice."""

    entries: tuple[Entry, ...]
    mark: Mark | None = None


Node: TypeAlias = Scalar | Items | Fields
