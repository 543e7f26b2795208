"""The least that takes events in durably: the same server and framework, the same group commit, one insert.

No keys, no contacts, no triggers, no checks beyond the shape: what is left is what acknowledging costs in any case.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import uvicorn
from litestar import Litestar, post

from bench.talking import order, run, say
from dripline.database.pool import Database
from dripline.engine import tracking
from dripline.engine.tracking import MOST_TOGETHER
from dripline.events.model import Event, Origin
from dripline.events.store import record
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid

# As many transactions at once as the product's own group commit has.
_FLUSHES: int = vars(tracking)["_FLUSHES"]
_LARGE: int = vars(tracking)["_LARGE"]
_NOBODY = UUID(int=0)


class NewEvent(msgspec.Struct, frozen=True):
    """An event as it comes in."""

    email: str
    event: str
    properties: dict[str, Any]


class NewEvents(msgspec.Struct, frozen=True):
    """Many of them."""

    events: list[NewEvent]


class Answer(msgspec.Struct, frozen=True):
    """The id of an event that is committed."""

    id: str


class Ingest:
    """Group commit: what arrives while two transactions are under way shares the next."""

    def __init__(self, database: Database, workspace: WorkspaceId) -> None:
        self._database = database
        self._workspace = workspace
        self._waiting: list[tuple[Event, asyncio.Future[None]]] = []
        self._flushes = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, events: Sequence[NewEvent]) -> list[str]:
        """Insert events; their ids, when they are committed."""
        now, loop = real_now(), asyncio.get_running_loop()
        made = [
            Event(EventId(new_uuid()), ContactId(_NOBODY), each.event, each.properties, now, now, Origin.API)
            for each in events
        ]
        futures = [loop.create_future() for _ in made]
        self._waiting.extend(zip(made, futures, strict=True))
        self._start()
        await asyncio.gather(*futures)
        return [str(each.id) for each in made]

    def _start(self) -> None:
        while self._waiting and self._flushes < (_FLUSHES if len(self._waiting) >= _LARGE else 1):
            batch, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            self._flushes += 1
            task = asyncio.create_task(self._flush(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _flush(self, batch: Sequence[tuple[Event, "asyncio.Future[None]"]]) -> None:
        async with self._database.front_door(self._workspace) as tx:
            await record(tx, self._workspace, [event for event, _ in batch])
        for _, future in batch:
            future.set_result(None)
        self._flushes -= 1
        self._start()


async def main() -> None:
    asked = order()
    database = await Database.open(asked["url"], size=12, name="bench ingest")
    ingest = Ingest(database, WorkspaceId(UUID(asked["workspace"])))

    @post("/api/events")
    async def one(data: NewEvent) -> Answer:
        [id_] = await ingest.take([data])
        return Answer(id_)

    @post("/api/events/batch", status_code=200)
    async def many(data: NewEvents) -> list[Answer]:
        return [Answer(id_) for id_ in await ingest.take(data.events)]

    app = Litestar(route_handlers=[one, many], logging_config=None, openapi_config=None)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=asked["port"],
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
    say("ready")
    await uvicorn.Server(config).serve()
    await database.close()


if __name__ == "__main__":
    run(main())
