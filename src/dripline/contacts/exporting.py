"""Contacts as a file that an import reads back: the same people, properties, tags and wishes.

CSV has a column for every property that anybody has, in the order of names; lines end with CRLF (RFC 4180).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from dripline.contacts.cells import write_text, write_value
from dripline.contacts.importing.columns import name_of
from dripline.contacts.model import Contact
from dripline.contacts.store import ContactFilter
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.clock import iso
from dripline.kernel.errors import Unprocessable
from dripline.kernel.ids import ContactId, WorkspaceId, show
from dripline.kernel.values import Json

_sql = queries(__package__)

MOST_COLUMNS = 1_000
"""Properties that a table may have: spreadsheets give up not far beyond."""

_PAGE = 10_000
_OWN = ("id", "email", "userId", "timezone", "tags", "unsubscribed", "suppressed", "createdAt")

Tagged = tuple[Contact, Sequence[str]]
"""A contact with their tags."""


async def property_names(
    tx: Tx, workspace: WorkspaceId, matching: ContactFilter, *, before: ContactId | None = None
) -> tuple[set[str], ContactId | None]:
    """The names of the properties of the next contacts, newest first, and where to go on, or None at the end."""
    asked = (before, matching.list_id, matching.tag, matching.segment_id, _PAGE)
    row = await tx.row(_sql["property_names"], workspace, *asked)
    assert row is not None
    last: UUID | None = row["last"]
    return set(row["names"]), ContactId(last) if last is not None else None


def check_columns(names: Iterable[str]) -> list[str]:
    """The names in their order, when a table can have so many columns.

    Raises:
        Unprocessable: it cannot.
    """
    found = sorted(names)
    if len(found) > MOST_COLUMNS:
        raise Unprocessable(
            f"These contacts have more than {MOST_COLUMNS:,} different properties, too many for the columns of a "
            "table. Export them with format=jsonl."
        )
    return found


def csv_header(names: Sequence[str]) -> bytes:
    """The first line: our own columns, then one for each property."""
    return _lines([[*_OWN, *(write_text(name_of(name)) for name in names)]])


def csv_rows(contacts: Iterable[Tagged], names: Sequence[str]) -> bytes:
    """A line for each contact, with these properties."""
    return _lines([*_own_cells(contact, tags), *_cells(contact.properties, names)] for contact, tags in contacts)


def json_lines(contacts: Iterable[Tagged]) -> bytes:
    """An object for each contact, one a line."""
    return b"".join(msgspec.json.encode(_object(contact, tags)) + b"\n" for contact, tags in contacts)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _own_cells(contact: Contact, tags: Sequence[str]) -> list[str]:
    texts = (contact.address.text, contact.user_id or "", contact.timezone or "", ";".join(tags))
    flags = (contact.unsubscribed_at is not None, contact.suppressed)
    return [
        show("contact", contact.id),
        *map(write_text, texts),
        *map(write_value, flags),
        iso(contact.created_at),
    ]


def _cells(properties: Mapping[str, Json], names: Sequence[str]) -> Iterable[str]:
    return (write_value(properties.get(name)) for name in names)


def _object(contact: Contact, tags: Sequence[str]) -> Mapping[str, Json]:
    return {
        "id": show("contact", contact.id),
        "email": contact.address.text,
        "userId": contact.user_id,
        "timezone": contact.timezone,
        "tags": tags,
        "unsubscribed": contact.unsubscribed_at is not None,
        "suppressed": contact.suppressed,
        "createdAt": iso(contact.created_at),
        "properties": contact.properties,
    }
