"""Two transactions, statement by statement: an actor stops before each of its statements until it may go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from dripline.database.pool import Database, connect


@dataclass(frozen=True, slots=True)
class Moment:
    """A statement of an actor was `begun` or `answered`."""

    actor: "Actor"
    what: str
    statement: str


_LOOK_SECONDS = 0.005
_LONGEST_SECONDS = 20


class Actor:
    """Somebody who works on `database`, one statement a `step`. The `journal` tells what all of them did, in order."""

    def __init__(self, pool: asyncpg.Pool, url: str, observer: asyncpg.Connection, journal: list[Moment]) -> None:
        self.database = Database(_SteppedPool(self, pool), url, front_door_by_role=True)  # type: ignore[arg-type]
        self.journal = journal
        self.pid: int | None = None
        self._observer = observer
        self._arrived = asyncio.Event()
        self._permits = asyncio.Semaphore(0)
        self._task: asyncio.Task[object] | None = None

    def begin(self, act: Callable[[Database], Awaitable[object]]) -> None:
        """Start to act; stops before the first statement."""
        self._task = asyncio.create_task(self._run(act))

    @property
    def is_done(self) -> bool:
        assert self._task is not None
        return self._task.done()

    async def step(self) -> None:
        """One statement more; returns when it has been answered, or waits for a lock.

        Does nothing while the statement before it waits for a lock, and when all is done.
        """
        await self._settle()
        if self.is_done or not self._arrived.is_set():
            return
        self._arrived.clear()
        self._permits.release()
        await self._settle()

    def result(self) -> object:
        """What came of it; raises what it raised."""
        assert self._task is not None
        return self._task.result()

    def time_of(self, what: str, statement: str) -> int | None:
        """The place in the journal where it first began, or had an answer to, a statement."""
        places = [place for place, moment in enumerate(self.journal) if moment == Moment(self, what, statement)]
        return places[0] if places else None

    async def say(self, ask: Callable[..., Awaitable[object]], statement: str, *arguments: object) -> object:
        """Say a statement, once it is permitted; gives the answer."""
        self._arrived.set()
        await self._permits.acquire()
        self.journal.append(Moment(self, "begun", statement))
        answer = await ask(statement, *arguments)
        self.journal.append(Moment(self, "answered", statement))
        return answer

    async def _run(self, act: Callable[[Database], Awaitable[object]]) -> object:
        try:
            return await act(self.database)
        finally:
            self._arrived.set()

    async def _settle(self) -> None:
        """Wait until it stands before a statement, waits for a lock, or is done."""
        end = asyncio.get_running_loop().time() + _LONGEST_SECONDS
        while True:
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._arrived.wait()
                return
            except TimeoutError:
                if await self._is_blocked():
                    return
                assert asyncio.get_running_loop().time() < end, f"stands still after {self.journal[-1:]}"

    async def _is_blocked(self) -> bool:
        if self.pid is None:
            return False
        blocked: bool = await self._observer.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", self.pid)
        return blocked


@asynccontextmanager
async def actors(url: str, count: int = 2) -> AsyncIterator[list[Actor]]:
    """Actors on one database."""
    pool = await Database.open(url, size=2 * count)
    observer = await connect(url)
    journal: list[Moment] = []
    try:
        yield [Actor(pool._pool, url, observer, journal) for _ in range(count)]
    finally:
        await observer.close()
        await pool.close()


async def play(schedule: Sequence[Actor], cast: Sequence[Actor]) -> None:
    """Let actors take steps in this order, and then by turns until all are done."""
    for actor in schedule:
        await actor.step()
    while not all(actor.is_done for actor in cast):
        for actor in cast:
            await actor.step()
    for actor in cast:
        actor.result()


class _SteppedPool:
    def __init__(self, actor: Actor, pool: asyncpg.Pool) -> None:
        self._actor = actor
        self._pool = pool

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["_SteppedConnection"]:
        async with self._pool.acquire() as connection:
            self._actor.pid = connection.get_server_pid()
            yield _SteppedConnection(self._actor, connection)


class _SteppedConnection:
    """A connection that asks before it speaks."""

    def __init__(self, actor: Actor, connection: Any) -> None:
        self._actor = actor
        self._connection = connection

    async def execute(self, text: str, *arguments: object) -> object:
        return await self._actor.say(self._connection.execute, text, *arguments)

    async def fetch(self, text: str, *arguments: object) -> object:
        return await self._actor.say(self._connection.fetch, text, *arguments)

    async def copy_records_to_table(self, table: str, **options: object) -> object:
        async def copy(_: str) -> object:
            return await self._connection.copy_records_to_table(table, **options)

        return await self._actor.say(copy, f"COPY {table}")

    async def fetchrow(self, text: str, *arguments: object) -> object:
        return await self._actor.say(self._connection.fetchrow, text, *arguments)

    async def fetchval(self, text: str, *arguments: object) -> object:
        return await self._actor.say(self._connection.fetchval, text, *arguments)

    def is_closed(self) -> bool:
        closed: bool = self._connection.is_closed()
        return closed

    def terminate(self) -> None:
        self._connection.terminate()
