"""How long events are kept, and the archive that older ones are moved to."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, put
from litestar.params import JSONBody, PathParameter

from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit
from dripline.events import archiving
from dripline.events.archiving import Archive
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import read, show

FEWEST_DAYS, MOST_DAYS = 30, 3_660

ArchiveRef = Annotated[str, PathParameter(description="The id of a part of the archive.")]


class RetentionShape(msgspec.Struct, frozen=True):
    """For how many days events are kept; null: for ever."""

    days: int | None


class NewRetention(msgspec.Struct, frozen=True):
    """For how many days events are kept, 30 to 3,660."""

    days: int


class ArchiveShape(msgspec.Struct, frozen=True, rename="camel"):
    """A part of the archive: its events, when the first and the last of them were recorded, and its bytes."""

    id: str
    events: int
    first_at: str
    last_at: str
    size: int


@get("/event-retention")
async def get_event_retention(caller: Calling) -> RetentionShape:
    """How long events are kept."""
    return RetentionShape(await caller.transact(lambda tx: archiving.read_retention(tx, caller.id)))


@put("/event-retention")
async def put_event_retention(data: JSONBody[NewRetention], caller: Calling) -> RetentionShape:
    """Keep events for so many days. Older ones are moved to the archive within minutes, and count no more in rules."""
    if not FEWEST_DAYS <= data.days <= MOST_DAYS:
        raise Invalid.at("days", "is out of range", found=str(data.days), expected=f"{FEWEST_DAYS} to {MOST_DAYS}")
    await caller.transact(lambda tx: archiving.set_retention(tx, caller.id, data.days))
    return RetentionShape(data.days)


@delete("/event-retention", responses=NOT_FOUND)
async def delete_event_retention(caller: Calling) -> None:
    """Keep events for ever; 404 when that is so already. What is archived stays archived."""
    await caller.transact(lambda tx: archiving.end_retention(tx, caller.id))


@get("/events/archive")
async def list_event_archives(
    caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ArchiveShape]:
    """The parts of the archive, oldest first."""
    after = read_cursor("archive", cursor)
    found = await caller.transact(lambda tx: archiving.list_archives(tx, caller.id, limit=limit + 1, after=after))
    return page(found, limit=limit, kind="archive", id_of=lambda part: part.id, shape=_shape)


@get("/events/archive/{ref:str}", media_type="application/gzip", responses=NOT_FOUND)
async def get_event_archive(ref: ArchiveRef, caller: Calling) -> Response[bytes]:
    """One part of the archive: events as JSON lines, compressed by gzip."""
    part = read("archive", ref)
    if part is None:
        raise NotFound.of("archive", ref)
    content = await caller.transact(lambda tx: archiving.read_archive(tx, caller.id, part))
    return Response(content, media_type="application/gzip")


def _shape(part: Archive) -> ArchiveShape:
    return ArchiveShape(show("archive", part.id), part.events, iso(part.first_at), iso(part.last_at), part.size)


ROUTES = [
    get_event_retention,
    put_event_retention,
    delete_event_retention,
    list_event_archives,
    get_event_archive,
]
