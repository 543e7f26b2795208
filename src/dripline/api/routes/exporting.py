"""Exporting contacts: a file that is written as it is read."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Stream

from dripline.api.answers import NOT_FOUND, UNPROCESSABLE
from dripline.api.caller import Caller
from dripline.api.parameters import Calling
from dripline.api.reading.contacts import read_tag
from dripline.api.routes.contacts import ListFilter, SegmentFilter, TagFilter
from dripline.contacts.exporting import Tagged, check_columns, csv_header, csv_rows, json_lines, property_names
from dripline.contacts.importing.model import Format
from dripline.contacts.lists import find_list
from dripline.contacts.store import ContactFilter, list_contacts
from dripline.contacts.tags import tags_of
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId
from dripline.segments.store import find_segment

_PAGE = 1_000


@get("/contacts/export", media_type="text/csv", responses=NOT_FOUND | UNPROCESSABLE)
async def export_contacts(
    caller: Calling,
    written: Annotated[
        Format, QueryParameter(name="format", description="`csv` or `jsonl` (JSON lines).")
    ] = Format.CSV,
    on_list: ListFilter = None,
    segment: SegmentFilter = None,
    tag: TagFilter = None,
) -> Stream:
    """Contacts as a file that an import reads back, newest first, with a column for every property that they have."""
    matching = await caller.transact(lambda tx: _matching(tx, caller, on_list, segment, tag))
    if written is Format.JSON_LINES:
        return _file(_pages(caller, matching, b"", json_lines), "application/x-ndjson", "contacts.jsonl")
    names = check_columns(await _property_names(caller, matching))
    pages = _pages(caller, matching, csv_header(names), lambda contacts: csv_rows(contacts, names))
    return _file(pages, "text/csv; charset=utf-8", "contacts.csv")


async def _matching(tx: Tx, caller: Caller, on_list: str | None, segment: str | None, tag: str | None) -> ContactFilter:
    return ContactFilter(
        tag=read_tag(tag, "tag") if tag is not None else None,
        list_id=(await find_list(tx, caller.id, on_list)).id if on_list is not None else None,
        segment_id=(await find_segment(tx, caller.id, segment)).id if segment is not None else None,
    )


async def _property_names(caller: Caller, matching: ContactFilter) -> set[str]:
    """The names of all properties, a page of contacts at a time."""
    names: set[str] = set()
    before: ContactId | None = None
    while True:

        async def act(tx: Tx, before: ContactId | None = before) -> tuple[set[str], ContactId | None]:
            return await property_names(tx, caller.id, matching, before=before)

        more, before = await caller.transact(act)
        names |= more
        if before is None:
            return names


async def _pages(
    caller: Caller, matching: ContactFilter, head: bytes, write: Callable[[Sequence[Tagged]], bytes]
) -> AsyncIterator[bytes]:
    """The file, a page of contacts at a time, one transaction for each: who reads slowly holds up nobody."""
    yield head
    before: ContactId | None = None
    while True:

        async def act(tx: Tx, before: ContactId | None = before) -> list[Tagged]:
            found = await list_contacts(tx, caller.id, matching=matching, limit=_PAGE, before=before)
            tags: Mapping[ContactId, Sequence[str]] = await tags_of(tx, caller.id, [each.id for each in found])
            return [(contact, tags[contact.id]) for contact in found]

        contacts = await caller.transact(act)
        if contacts:
            yield write(contacts)
        if len(contacts) < _PAGE:
            return
        before = contacts[-1][0].id


def _file(content: AsyncIterator[bytes], media_type: str, name: str) -> Stream:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Stream(content, media_type=media_type, headers=headers)


ROUTES = [export_contacts]
