"""Takes turns over one workspace until nobody is due: as the product does, or with less and less of it.

`dripline`: the product's turn. `empty`: the same turn with an interpreter that answers at once. `statements`: the
same statements in the same transactions, from arrays that are hardly made, by a bare loop.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench.people import SENDERS
from bench.programs.statements import Statements
from bench.talking import hear, order, run, say
from dripline.database.pool import Database
from dripline.engine.runs import turn as turning
from dripline.engine.runs.turn import Turns
from dripline.kernel.clock import real_now
from dripline.sequences.enrollments.store import LaneState, lanes
from dripline.sequences.interpreter.model import Decision
from dripline.sequences.interpreter.stepping import advance

Turn = Callable[[], Awaitable[int]]
"""One turn; gives how many enrollments it moved."""


async def main() -> None:
    asked = order()
    database = await Database.open(asked["url"], size=4, name="bench turns")
    async with database.work() as tx:
        [state] = await lanes(tx)
    turn = _turn(asked["how"], database, state, asked["limit"])
    for _ in range(asked["warm_turns"]):
        await turn()
    say("ready")
    await hear()
    start, moved = time.perf_counter(), 0
    # Two in flight, as the product's worker has them while its turns are full. Another worker may hold what is next:
    # nothing to do is not yet nobody due.
    while moved < asked["most"] and (count := sum(await asyncio.gather(turn(), turn()))):
        moved += count
    say("done", units=moved, seconds=time.perf_counter() - start, cpu=time.process_time())
    await database.close()
    await hear()


def _turn(how: str, database: Database, state: LaneState, limit: int) -> Turn:
    if how == "statements":
        statements = Statements(database, limit=limit)
        return lambda: statements.turn(state)
    if how == "empty":
        _empty_the_interpreter()
    turns = Turns(database, SENDERS, limit=limit)

    async def turn() -> int:
        return (await turns.run(state.workspace_id, [state], now=real_now())).decided

    return turn


def _empty_the_interpreter() -> None:
    """Let every decision be the first one that the interpreter took: everybody stands at the same step."""
    taken: list[Decision] = []

    def answer(*asked: Any) -> Decision:
        if not taken:
            taken.append(advance(*asked))
        return taken[0]

    vars(turning)["advance"] = answer


if __name__ == "__main__":
    run(main())
