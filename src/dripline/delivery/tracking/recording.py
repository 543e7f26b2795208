"""Keeping what comes in by links: committed before it is answered, and on disk where the database is away.

Nobody who follows a link waits for a database that does not answer: after a second the link leads on, and what came in
is written to a file that is read back when the database is there again.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import structlog

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.durable.group_commit import GroupCommit
from dripline.kernel.ids import WorkspaceId, new_uuid

_sql = queries(__package__)
_log = structlog.get_logger()

_MOST_TOGETHER = 500
_PATIENCE_SECONDS = 1.0
_LONGEST_AGENT = 500


class Incoming(msgspec.Struct, frozen=True):
    """One request by a link, as it is kept."""

    id: UUID
    workspace_id: UUID
    message_id: UUID
    target: str | None
    received_at: datetime
    method: str
    agent: str
    network: str | None


def incoming(
    workspace: UUID, message: UUID, target: str | None, *, at: datetime, method: str, agent: str, network: str | None
) -> Incoming:
    """A request that came in at a real time. NUL, which a database does not keep, goes."""
    text = agent.replace("\0", "")[:_LONGEST_AGENT]
    return Incoming(new_uuid(), workspace, message, target, at, method[:16], text, network)


class Spool:
    """A file of requests. One process writes it; what it had when the process died is found by the next one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "hits.jsonl"
        self._writing = asyncio.Lock()

    async def keep(self, hits: Sequence[Incoming]) -> None:
        """Write requests, to the disk."""
        async with self._writing:
            await asyncio.to_thread(self._append, b"".join(msgspec.json.encode(hit) + b"\n" for hit in hits))

    async def take(self) -> list[Incoming]:
        """All that was kept. It stays kept until `forget`."""
        async with self._writing:
            return await asyncio.to_thread(self._read)

    async def forget(self) -> None:
        """Throw away what `take` gave."""
        with suppress(FileNotFoundError):
            await asyncio.to_thread(self._taken.unlink)

    @property
    def _taken(self) -> Path:
        return self._folder / "hits.taken.jsonl"

    def _append(self, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> list[Incoming]:
        # What was taken before and not forgotten comes first; writing the same hit twice makes one.
        if not self._taken.exists() and self._file.exists():
            self._file.rename(self._taken)
        if not self._taken.exists():
            return []
        found = []
        for line in self._taken.read_bytes().splitlines():
            # The last line of a process that died may be torn.
            with suppress(msgspec.MsgspecError):
                found.append(msgspec.json.decode(line, type=Incoming))
        return found


class Recorder:
    """Records requests, those of one workspace together."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool
        self._together = GroupCommit(self._commit, most=_MOST_TOGETHER)
        self._spooled = True

    async def record(self, hit: Incoming) -> None:
        """Keep a request; returns when it is committed, or on disk, or counted as lost. Never raises."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._together.add(WorkspaceId(hit.workspace_id), [hit])[0]
        except Exception as error:
            await self._keep(hit, error)

    async def replay(self) -> float | None:
        """Record what the disk has; gives 0 when there may be more.

        Raises:
            Whatever the database raises when it is out of reach: the disk keeps it.
        """
        if not self._spooled:
            return None
        hits = await self._spool.take()
        if not hits:
            # Before anything else can come in: what does after this look asks for another one.
            self._spooled = False
            return None
        for workspace in sorted({hit.workspace_id for hit in hits}):
            mine = [hit for hit in hits if hit.workspace_id == workspace]
            for start in range(0, len(mine), _MOST_TOGETHER):
                await self._commit(WorkspaceId(workspace), mine[start : start + _MOST_TOGETHER])
        await self._spool.forget()
        return 0

    async def _keep(self, hit: Incoming, why: Exception) -> None:
        try:
            await self._spool.keep([hit])
            self._spooled = True
        except OSError as error:
            _log.error("hit_lost", workspace=str(hit.workspace_id), message=str(hit.message_id), exc_info=error)
        else:
            _log.warning("hit_spooled", error=f"{type(why).__name__}: {why}")

    async def _commit(self, workspace: WorkspaceId, hits: Sequence[Incoming]) -> Sequence[None]:
        async def act(tx: Tx) -> None:
            await tx.run(
                _sql["add_hits"],
                workspace,
                [hit.id for hit in hits],
                [hit.message_id for hit in hits],
                [hit.target for hit in hits],
                [hit.received_at for hit in hits],
                [hit.method for hit in hits],
                [hit.agent for hit in hits],
                [hit.network for hit in hits],
            )

        await self._database.transact(act, workspace=workspace)
        return [None] * len(hits)
