"""Carrying effects out wherever some are due."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.delivery.effects.carrying import Effects
from dripline.delivery.effects.queue import LaneState, all_lanes
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)
_log = structlog.get_logger()

BATCH = 20
"""Effects of one lane that are asked for at the same time: providers count requests, and refuse too many."""
_AT_ONCE = 8


class Carrying:
    """The part of a worker that carries effects out. `settled` is called when a batch has ended: runs may go on."""

    def __init__(self, database: Database, effects: Effects, *, settled: Callable[[], None]) -> None:
        self._database = database
        self._effects = effects
        self._settled = settled
        self._busy: dict[tuple[WorkspaceId, str], asyncio.Task[None]] = {}

    async def once(self) -> float | None:
        """Start a batch of every lane that is due and has none; gives the seconds until something more is due."""
        states = await all_lanes(self._database)
        real = real_now()
        for state in states:
            lane = state.workspace_id, state.lane
            if state.due_at <= (state.frozen_at or real) and lane not in self._busy and len(self._busy) < _AT_ONCE:
                self._busy[lane] = asyncio.create_task(self._carry(state, now=state.frozen_at or real))
        later = [state.due_at for state in states if state.frozen_at is None and state.due_at > real]
        return (min(later) - real_now()).total_seconds() if later else None

    async def sweep(self) -> float | None:
        """Give back what silent workers held, and let go what a pause left behind."""
        async with self._database.work() as tx:
            freed = await tx.run(_sql["free_expired"], real_now())
            freed += await tx.run(_sql["release_left_over"])
        if freed:
            self._settled()
        return None

    async def finish(self) -> None:
        """Wait for the batches that are under way. Nothing new is started by it."""
        if self._busy:
            await asyncio.wait(self._busy.values())

    async def _carry(self, state: LaneState, *, now: datetime) -> None:
        try:
            await self._effects.run(state, limit=BATCH, now=now)
        except Exception as error:
            # Leases run out by themselves, and the sweep gives back what was under them.
            _log.error("effects_failed", lane=state.lane, exc_info=error)
        finally:
            del self._busy[state.workspace_id, state.lane]
            self._settled()
