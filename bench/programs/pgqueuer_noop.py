"""pgqueuer drains a queue of jobs that do nothing, by its public interface."""

import time

import asyncpg
from pgqueuer import AsyncpgPoolDriver, PgQueuer
from pgqueuer.models import Job
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

from bench.talking import hear, order, run, say

_AT_ONCE = 5_000


async def main() -> None:
    asked = order()
    pool = await asyncpg.create_pool(asked["url"], min_size=1, max_size=5)
    driver = AsyncpgPoolDriver(pool)
    queries = Queries(driver)
    await queries.install()
    if asked["tuned"]:
        await queries.optimize_autovacuum()
    jobs: int = asked["jobs"]
    for start in range(0, jobs, _AT_ONCE):
        count = min(_AT_ONCE, jobs - start)
        await queries.enqueue(["noop"] * count, [None] * count, [0] * count)
    queuer, done = PgQueuer(driver), 0

    @queuer.entrypoint("noop")
    async def noop(_: Job) -> None:
        nonlocal done
        done += 1

    say("ready")
    await hear()
    start_at = time.perf_counter()
    # It ends when the queue is empty, and writes down what it has buffered before it does.
    await queuer.run(batch_size=asked["batch_size"], mode=QueueExecutionMode.drain)
    say("done", units=done, seconds=time.perf_counter() - start_at)
    await hear()


if __name__ == "__main__":
    run(main())
