"""procrastinate drains a queue of jobs that do nothing, by its public interface."""

import logging
import time
from typing import Any

import procrastinate

from bench.talking import hear, order, run, say

_AT_ONCE = 1_000


async def main() -> None:
    asked = order()
    logging.disable(logging.WARNING)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=asked["url"], max_size=asked["pool"]))
    done = 0

    @app.task(name="noop")
    async def noop(number: int) -> None:  # noqa: ARG001 (jobs are told apart by it)
        nonlocal done
        done += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for start in range(0, asked["jobs"], _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, asked["jobs"]))
            arguments: list[Any] = [{"number": number} for number in numbers]
            await noop.batch_defer_async(*arguments)
        say("ready")
        await hear()
        start_at = time.perf_counter()
        await app.run_worker_async(wait=False, install_signal_handlers=False, concurrency=asked["concurrency"])
        say("done", units=done, seconds=time.perf_counter() - start_at)
        await hear()


if __name__ == "__main__":
    run(main())
