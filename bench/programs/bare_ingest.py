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
from dripline.durable.group_commit import GroupCommit
from dripline.engine.facts.tracking import MOST_TOGETHER
from dripline.events.model import Event, Origin
from dripline.events.store import record
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid

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
    """The product's own group commit: what arrives while transactions are under way shares the next."""

    def __init__(self, database: Database, workspace: WorkspaceId) -> None:
        self._database = database
        self._workspace = workspace
        self._together = GroupCommit(self._insert, most=MOST_TOGETHER)

    async def take(self, events: Sequence[NewEvent]) -> list[str]:
        """Insert events; their ids, when they are committed."""
        now = real_now()
        made = [
            Event(EventId(new_uuid()), ContactId(_NOBODY), each.event, each.properties, now, now, Origin.API)
            for each in events
        ]
        await asyncio.gather(*self._together.add(self._workspace, made))
        return [str(each.id) for each in made]

    async def _insert(self, workspace: WorkspaceId, events: Sequence[Event]) -> Sequence[None]:
        async with self._database.front_door(workspace) as tx:
            await record(tx, workspace, events)
        return [None] * len(events)


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
