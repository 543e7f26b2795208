"""A server of our own to break, and to start again under the same URL."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dripline.database.embedded import EmbeddedServer
from dripline.database.migrating import migrate


@dataclass(frozen=True, slots=True)
class Breakable:
    """A migrated server."""

    embedded: EmbeddedServer
    url: str

    async def restart(self, number: signal.Signals) -> None:
        """End it by a signal (SIGINT: in order, SIGQUIT: at once, SIGKILL: without a word), and start it again."""
        os.kill(self.embedded.process.pid, number)
        await self.embedded.wait()
        await self.embedded.start()


@asynccontextmanager
async def a_breakable_server(folder: Path) -> AsyncIterator[Breakable]:
    embedded = EmbeddedServer(folder)
    running = await embedded.start()
    try:
        await migrate(running.owner_url)
        yield Breakable(embedded, running.owner_url)
    finally:
        await embedded.stop()
