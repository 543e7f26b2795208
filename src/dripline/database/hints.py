"""Hints between processes by NOTIFY: "look at this workspace now". Never more than a hint: the rows are the truth.

A hint is sent after the commit it is about, in a transaction of its own that writes nothing, and hints to the same
workspace are folded: a NOTIFY inside the writing transactions would make their commits wait for each other.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

import asyncpg
import structlog

from dripline.database.pool import Database, connect, is_out_of_reach
from dripline.database.queries import Query
from dripline.kernel.ids import WorkspaceId

_CHANNEL = "dripline"
_SEND = Query("send_hints", "Notifies listeners.", "SELECT pg_notify('dripline', hint) FROM unnest($1::text[]) hint")
_log = structlog.get_logger()


class Hint(StrEnum):
    """What there may be to do: something of the flow of mail is due, or something else has been asked for."""

    DUE = "due"
    JOB = "job"


class Hints:
    """Sends hints, folded while one is on its way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: set[str] = set()
        self._sending: asyncio.Task[None] | None = None

    def send(self, hint: Hint, workspace: WorkspaceId) -> None:
        """Send soon. Never raises: what a lost hint was about is found by the next sweep."""
        self._waiting.add(f"{hint}:{workspace.hex}")
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        while self._waiting:
            hints, self._waiting = list(self._waiting), set()
            try:
                await self._database.look(_SEND, hints)
            except Exception as error:
                _log.warning("hints_lost", count=len(hints), error=str(error))


class Listener:
    """Listens for hints on a connection of its own, and reconnects for as long as it runs."""

    def __init__(self, url: str, heard: Callable[[Hint, WorkspaceId], None], *, name: str) -> None:
        self._url = url
        self._heard = heard
        self._name = name

    async def run(self, on_connect: Callable[["asyncpg.Connection[asyncpg.Record]"], object] | None = None) -> None:
        """Listen until cancelled. `on_connect` gets each new connection, before the listening begins."""
        while True:
            try:
                connection = await connect(self._url, name=self._name)
            except Exception as error:
                if not is_out_of_reach(error):
                    raise
                await asyncio.sleep(0.5)
                continue
            lost = asyncio.Event()
            try:
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                if on_connect is not None:
                    result = on_connect(connection)
                    if asyncio.iscoroutine(result):
                        await result
                await connection.add_listener(_CHANNEL, self._receive)
                await lost.wait()
            finally:
                connection.terminate()

    def _receive(self, *arguments: object) -> None:
        hint, _, workspace = str(arguments[-1]).partition(":")
        self._heard(Hint(hint), WorkspaceId(UUID(hex=workspace)))
