"""The live feed shows every event once, whichever way the commits fall."""

import asyncio
from contextlib import aclosing

from dripline.contacts.store import insert_missing
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.events.feed import follow, read_position
from dripline.events.model import Event, FeedItem, FeedPosition, Origin
from dripline.events.store import record
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid


async def a_contact(database: Database, workspace: WorkspaceId) -> ContactId:
    address = parse_address("ann@example.com")
    async with database.work() as tx:
        return (await insert_missing(tx, workspace, [address], real_now())).ids[address.key]


async def an_event(tx: Tx, workspace: WorkspaceId, contact: ContactId, name: str) -> None:
    now = real_now()
    await record(tx, workspace, [Event(EventId(new_uuid()), contact, name, {}, now, now, Origin.API)])


class Reader:
    """Follows a feed until it has seen so many events."""

    def __init__(self, database: Database, workspace: WorkspaceId) -> None:
        self._database = database
        self._workspace = workspace

    async def read(self, count: int, after: FeedPosition | None) -> list[FeedItem]:
        seen: list[FeedItem] = []
        async with asyncio.timeout(10), aclosing(follow(self._database, self._workspace, after)) as pages:
            async for page in pages:
                seen.extend(page)
                if len(seen) >= count:
                    break
        return seen


START = FeedPosition(0, EventId(new_uuid()))


async def test_an_event_that_commits_late_is_neither_missed_nor_repeated(
    database: Database, workspace: WorkspaceId
) -> None:
    contact = await a_contact(database, workspace)
    reader = Reader(database, workspace)

    async with database.work() as slow:
        await an_event(slow, workspace, contact, "first made, last committed")
        async with database.work() as quick:
            await an_event(quick, workspace, contact, "last made, first committed")
        async with aclosing(follow(database, workspace, START)) as pages:
            while_open = await anext(pages)
    seen = await reader.read(2, START)
    rest = seen[: len(while_open)]

    assert while_open == rest == []
    assert [item.event.name for item in seen] == ["first made, last committed", "last made, first committed"]


async def test_a_reader_that_comes_back_goes_on_where_it_was(database: Database, workspace: WorkspaceId) -> None:
    contact = await a_contact(database, workspace)
    reader = Reader(database, workspace)
    for number in range(5):
        async with database.work() as tx:
            await an_event(tx, workspace, contact, f"event {number}")

    first = await reader.read(5, START)
    again = await reader.read(3, read_position(str(first[1].position)))

    assert [item.event.name for item in first] == [f"event {number}" for number in range(5)]
    assert again == first[2:]


async def test_every_event_of_many_parallel_transactions_is_seen_once(
    database: Database, workspace: WorkspaceId
) -> None:
    contact = await a_contact(database, workspace)
    names = {f"{writer}.{number}" for writer in range(6) for number in range(20)}

    async def write(writer: int) -> None:
        for number in range(20):
            async with database.work() as tx:
                await an_event(tx, workspace, contact, f"{writer}.{number}")
                await asyncio.sleep(0.001 * (number % 3))

    reading = asyncio.create_task(Reader(database, workspace).read(len(names), START))
    await asyncio.gather(*(write(writer) for writer in range(6)))
    seen = [item.event.name for item in await reading]

    assert (len(seen), set(seen)) == (len(names), names)
