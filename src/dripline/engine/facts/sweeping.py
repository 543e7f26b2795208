"""Moving the time rules of segments, wherever there are such."""

from collections.abc import Callable
from datetime import datetime

import structlog

from dripline.database.pool import Database, is_out_of_reach
from dripline.database.work import Tx
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId, show
from dripline.segments.sweeping import next_crossing, sweep, workspaces_to_sweep

_log = structlog.get_logger()


class Sweeping:
    """The part of a worker by which segments follow time. What it leaves word of is looked at by `Reacting`."""

    def __init__(self, database: Database, *, swept: Callable[[], None]) -> None:
        self._database = database
        self._swept = swept

    async def once(self) -> float | None:
        """Move all time rules to the time that it is in their workspace."""
        for workspace, now in await workspaces_to_sweep(self._database, real=real_now()):
            try:
                left = await self.sweep(workspace, now=now)
            except Exception as error:
                if is_out_of_reach(error):
                    raise
                # What stops one workspace must not stop the others.
                _log.error("sweep_failed", workspace=show("workspace", workspace), exc_info=error)
                continue
            if left:
                self._swept()
        return None

    async def sweep(self, workspace: WorkspaceId, *, now: datetime) -> int:
        """Move the time rules of one workspace; gives how many contacts are to be looked at."""
        return await sweep(self._database, workspace, now=now)

    async def next_due(self, tx: Tx, workspace: WorkspaceId) -> datetime | None:
        """The next time at which somebody crosses a boundary."""
        return await next_crossing(tx, workspace)
