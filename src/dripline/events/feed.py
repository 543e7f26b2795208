"""The live feed: every event of a workspace, once, in the order in which their transactions can no longer change.

Ids are made before the commit, so an event with a smaller id can appear later. The feed therefore follows the
writing transactions, and shows only those below the oldest one that is still running: nothing can appear behind a
place that was shown. The price is that one long transaction delays the feed.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from uuid import UUID

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.events.model import FeedItem, FeedPosition
from dripline.events.store import event_of
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import EventId, WorkspaceId

_sql = queries(__package__)
_PAGE = 500
_LOOK_AGAIN_SECONDS = 0.2
_FIRST = EventId(UUID(int=0))
_POSITION = re.compile(r"(?P<tx>[0-9]{1,20})-(?P<event>[0-9a-f]{32})", re.ASCII)
_LARGEST_TX = 2**64 - 1


def read_position(text: str) -> FeedPosition:
    """The place that `str(position)` gave.

    Raises:
        Invalid: it is no such text.
    """
    found = _POSITION.fullmatch(text)
    if found is None or int(found["tx"]) > _LARGEST_TX:
        raise Invalid.at("Last-Event-ID", "is no place in this feed", found=text[:80])
    return FeedPosition(int(found["tx"]), EventId(UUID(hex=found["event"])))


async def follow(
    database: Database, workspace: WorkspaceId, after: FeedPosition | None
) -> AsyncGenerator[list[FeedItem], None]:
    """Events after a place, from now on where it is None, in pages, without end.

    An empty page is given about every 200 ms in which nothing happened, so that the caller can keep a connection alive.
    """
    place = after or await end_of_feed(database, workspace)
    while True:
        items = await _page(database, workspace, place)
        if items:
            place = items[-1].position
        yield items
        if len(items) < _PAGE:
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def end_of_feed(database: Database, workspace: WorkspaceId) -> FeedPosition:
    """The place behind which everything lies that happens from now on."""
    async with database.front_door(workspace) as tx:
        return FeedPosition(await tx.value(_sql["feed_end"], workspace), _FIRST)


async def _page(database: Database, workspace: WorkspaceId, place: FeedPosition) -> list[FeedItem]:
    async with database.front_door(workspace) as tx:
        rows = await tx.rows(_sql["feed"], workspace, str(place.tx), place.event_id, _PAGE)
    return [FeedItem(FeedPosition(row["tx"], row["id"]), event_of(row), row["email"]) for row in rows]
