"""Lists in pages: `limit` and an opaque cursor in, one envelope with every client's keys out."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from dripline.kernel import ids
from dripline.kernel.errors import Invalid

Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(msgspec.Struct, Generic[Item], frozen=True, rename="camel"):
    """A page. `data` and `items` are the same, and so are `nextCursor` and `cursor`; null on the last page."""

    data: Sequence[Item]
    items: Sequence[Item]
    next_cursor: str | None
    cursor: str | None
    has_more: bool


class _Place(msgspec.Struct, frozen=True):
    id: str


Place = TypeVar("Place", bound=msgspec.Struct)


def page(
    found: Sequence[Row],
    *,
    limit: int,
    kind: str,
    id_of: Callable[[Row], UUID],
    shape: Callable[[Row], Item],
) -> Page[Item]:
    """One page out of rows of which one more than `limit` was asked for. `kind` is the kind of their ids."""
    return page_by(found, limit=limit, cursor_of=lambda row: write_cursor(kind, id_of(row)), shape=shape)


def page_by(
    found: Sequence[Row],
    *,
    limit: int,
    cursor_of: Callable[[Row], str],
    shape: Callable[[Row], Item],
) -> Page[Item]:
    """The same for rows whose order is not that of ids. `cursor_of` gives the cursor that goes on behind one."""
    cursor = cursor_of(found[limit - 1]) if len(found) > limit else None
    items = [shape(row) for row in found[:limit]]
    return Page(items, items, cursor, cursor, cursor is not None)


def write_cursor(kind: str, last: UUID) -> str:
    """The cursor that goes on behind the item with the id `last`."""
    return write_place(_Place(ids.show(kind, last)))


def write_place(place: msgspec.Struct) -> str:
    """The cursor that goes on behind the item that stands at `place`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(kind: str, cursor: str | None) -> UUID | None:
    """The id that a cursor holds; None for the first page.

    Raises:
        Invalid: it is no cursor of this list.
    """
    place = read_place(_Place, cursor)
    if place is None:
        return None
    found = ids.read(kind, place.id)
    if found is None:
        raise _no_cursor(cursor or "")
    return found


def read_place(kind: type[Place], cursor: str | None) -> Place | None:
    """The place that a cursor holds; None for the first page.

    Raises:
        Invalid: it is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(text, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise _no_cursor(cursor) from None
    if b"\\u0000" in text:
        raise _no_cursor(cursor)
    return place


def _no_cursor(cursor: str) -> Invalid:
    return Invalid.at("cursor", "is no cursor of this list", found=cursor[:80], expected="nextCursor of a page")
