"""Takes one turn in each of many workspaces, twice: once to get to know them, once to be measured."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from bench.people import SENDERS
from bench.programs.statements import Statements
from bench.talking import hear, order, run, say
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.engine.runs.running import IN_FLIGHT, Running
from dripline.engine.runs.turn import MOST_CONTACTS, Turns
from dripline.sequences.enrollments.store import LaneState, lanes

Once = Callable[[], Awaitable[object]]
"""Takes a turn wherever somebody is due."""

_DUE = Query("count", "Counts who is due.", "SELECT count(*) FROM enrollment WHERE due_at IS NOT NULL")
_AGAIN = (
    Query("forget_outbox", "Empties the outbox.", "DELETE FROM outbox"),
    Query("forget_messages", "Empties the ledger.", "DELETE FROM message"),
    Query("forget_visits", "Empties the history.", "DELETE FROM visit"),
    Query(
        "back",
        "Puts everybody back to the start.",
        "UPDATE enrollment SET step = 'decide', visits = 0, since = enrolled_at, due_at = enrolled_at",
    ),
)


async def main() -> None:
    asked = order()
    database = await Database.open(asked["url"], size=16, name="bench thin")
    once = _product(database) if asked["how"] == "dripline" else _bare(database)
    units, seconds = await _all(database, once)
    async with database.work() as tx:
        for query in _AGAIN:
            await tx.run(query)
    say("ready", units=units, seconds=seconds)
    await hear()
    units, seconds = await _all(database, once)
    say("done", units=units, seconds=seconds)
    await database.close()
    await hear()


async def _all(database: Database, once: Once) -> tuple[int, float]:
    """Turn until nobody is due; how many were, and how long it took."""
    async with database.work() as tx:
        due: int = await tx.value(_DUE)
    start = time.perf_counter()
    await once()
    return due, time.perf_counter() - start


def _product(database: Database) -> Once:
    running = Running(database, Turns(database, SENDERS), queued=lambda: None)
    return running.once


def _bare(database: Database) -> Once:
    statements = Statements(database, limit=MOST_CONTACTS)

    async def some(waiting: Iterator[LaneState]) -> None:
        for state in waiting:
            await statements.turn(state)

    async def once() -> None:
        async with database.work() as tx:
            waiting = iter(await lanes(tx))
        await asyncio.gather(*(some(waiting) for _ in range(IN_FLIGHT)))

    return once


if __name__ == "__main__":
    run(main())
