"""The live feed of a workspace, as server-sent events (HTML standard, section 9.2)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from dripline.api.parameters import Calling
from dripline.api.routes.events import shape
from dripline.events.feed import end_of_feed, follow, read_position
from dripline.events.model import FeedItem, FeedPosition

HEARTBEAT_SECONDS = 15.0
_HEARTBEAT = b": still here\n\n"

LastEventIdHeader = Annotated[
    str | None, HeaderParameter(name="Last-Event-ID", description="Go on behind this event. Browsers send it.")
]
LastEventIdQuery = Annotated[str | None, QueryParameter(name="lastEventId", description="The same, in the URL.")]


@get("/events/stream", media_type="text/event-stream")
async def stream_events(
    caller: Calling, last_event_id: LastEventIdHeader = None, last_event_id_query: LastEventIdQuery = None
) -> Stream:
    """Every event from now on, or behind a place, once each, in the order of their commits. Never ends by itself."""
    text = last_event_id or last_event_id_query
    # The place is taken before the answer begins: whoever has seen the answer misses nothing from then on.
    after = read_position(text) if text else await end_of_feed(caller.services.database, caller.id)
    return Stream(
        _frames(caller, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _frames(caller: Calling, after: FeedPosition) -> AsyncIterator[bytes]:
    """Frames; a comment when nothing happened for so long that something between might hang up."""
    # An id without data: who loses the connection before the first event goes on from here all the same.
    yield b"retry: 2000\nid: %s\n\n" % str(after).encode()
    clock = asyncio.get_running_loop().time
    said = clock()
    async for items in follow(caller.services.database, caller.id, after):
        if items:
            yield b"".join(_frame(item) for item in items)
        elif clock() - said >= HEARTBEAT_SECONDS:
            yield _HEARTBEAT
        else:
            continue
        said = clock()


def _frame(item: FeedItem) -> bytes:
    # JSON has no line breaks of its own, so one data line holds it. The name goes inside: as `event:` it would hide
    # the message from listeners that do not know every name.
    return b"id: %s\ndata: %s\n\n" % (str(item.position).encode(), msgspec.json.encode(shape(item.event, item.email)))


ROUTES = [stream_events]
