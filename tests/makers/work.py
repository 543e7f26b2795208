"""A whole worker inside the test's own process, as `dripline worker` runs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dripline.database.hints import Listener
from dripline.processes.parts import Parts
from dripline.processes.worker import worker
from dripline.settings import Settings


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[Parts]:
    """Every part runs, and hears hints; at the end what is being handed over is finished."""
    async with worker(settings) as parts:
        listener = Listener(parts.database.url, lambda hint, _: parts.loops.hear(hint), name="a worker of a test")
        tasks = parts.loops.start()
        tasks.append(asyncio.create_task(listener.run()))
        try:
            yield parts
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await parts.carrying.finish()
            await parts.delivering.finish()
