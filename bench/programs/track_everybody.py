"""Tracks an event of everybody in a workspace, in transactions of 500."""

import time

from bench.people import address
from bench.talking import hear, order, run, say
from dripline.accounts.workspaces import find_workspace
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.engine.facts.tracking import MOST_TOGETHER, IncomingEvent, track
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_PEOPLE = Query("people", "Counts everybody.", "SELECT workspace_id, count(*) FROM contact GROUP BY workspace_id")


async def main() -> None:
    asked = order()
    database = await Database.open(asked["url"], size=4, name="bench triggers")
    async with database.work() as tx:
        [(space, count)] = await tx.rows(_PEOPLE)
        workspace = await find_workspace(tx, WorkspaceId(space))
    events = [IncomingEvent("trial.started", {"n": n}, address=parse_address(address(n))) for n in range(count)]
    say("ready")
    await hear()
    start = time.perf_counter()
    for first in range(0, count, MOST_TOGETHER):
        async with database.work() as tx:
            await track(tx, workspace, events[first : first + MOST_TOGETHER], real=real_now())
    say("done", units=count, seconds=time.perf_counter() - start)
    await database.close()
    await hear()


if __name__ == "__main__":
    run(main())
