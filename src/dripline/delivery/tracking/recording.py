"""Keeping what comes in by links: committed before it is answered, and on disk where the database is away.

Nobody who follows a link waits for a database that does not answer: after a second the link leads on, and what came in
is written to a file that is read back when the database is there again.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import msgspec
import structlog

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.durable.group_commit import GroupCommit
from dripline.durable.spool import Spool
from dripline.durable.waiting import Patience
from dripline.kernel.grouping import grouped
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
    """A request that came in at a real time. What a database does not keep, NUL and halves of characters, goes."""
    agent = agent[:_LONGEST_AGENT].replace("\0", "")
    if target is not None and not target.isascii():
        target = target.encode("utf-8", "replace").decode()
    return Incoming(new_uuid(), workspace, message, target, at, method[:16], agent, network)


class Recorder:
    """Records requests, those of one workspace together."""

    def __init__(self, database: Database, spool: Spool[Incoming]) -> None:
        self._database = database
        self._spool = spool
        self._together: GroupCommit[WorkspaceId, Incoming, None] = GroupCommit(self._commit, most=_MOST_TOGETHER)
        self._patience = Patience(_PATIENCE_SECONDS)
        self._under_way: dict[int, float] = {}

    async def record(self, hit: Incoming) -> None:
        """Keep a request; returns when it is committed, or on disk, or counted as lost. Never raises."""
        if self._hangs():
            await self._keep(hit)
            return
        [future] = self._together.add(WorkspaceId(hit.workspace_id), [hit])
        self._patience.watch(future)
        try:
            await future
        except Exception:
            await self._keep(hit)

    async def replay(self) -> float | None:
        """Record what the disk has; gives 0 when there may be more.

        Raises:
            Whatever the database raises when it is out of reach: the disk keeps it.
        """
        return await self._spool.replay(self._bring)

    def _hangs(self) -> bool:
        """Whether a transaction has been under way for so long that nobody should wait for the next one."""
        return bool(self._under_way) and _elapsed() - next(iter(self._under_way.values())) > _PATIENCE_SECONDS

    async def _keep(self, hit: Incoming) -> None:
        try:
            await self._spool.keep(hit)
        except Exception as error:
            _log.error("hit_lost", workspace=str(hit.workspace_id), message=str(hit.message_id), exc_info=error)

    async def _bring(self, hits: Sequence[Incoming]) -> None:
        for workspace, mine in grouped(hits, attrgetter("workspace_id")).items():
            for start in range(0, len(mine), _MOST_TOGETHER):
                await self._write(WorkspaceId(workspace), mine[start : start + _MOST_TOGETHER])

    async def _commit(self, workspace: WorkspaceId, hits: Sequence[Incoming]) -> Sequence[None]:
        self._under_way[id(hits)] = _elapsed()
        try:
            await self._write(workspace, hits)
        finally:
            del self._under_way[id(hits)]
        return [None] * len(hits)

    async def _write(self, workspace: WorkspaceId, hits: Sequence[Incoming]) -> None:
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


def _elapsed() -> float:
    """Seconds, of which only differences mean something."""
    return asyncio.get_running_loop().time()
