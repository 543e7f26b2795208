"""Delivering wherever something is due: every webhook has a lane of its own, so that a slow one delays nobody."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

import structlog

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.delivery.webhooks.sending import Deliverer, Lane
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WebhookId, WorkspaceId

_sql = queries(__package__)
_log = structlog.get_logger()

# Lanes at work together, and those among them that fail: each of the former has a few connections, of the latter one.
_AT_ONCE = 100
_FAILING_AT_ONCE = 50

_Key: TypeAlias = tuple[WorkspaceId, WebhookId]


class WebhookWork:
    """The worker's part. `settled` is called when a batch has ended: there may be more."""

    def __init__(self, database: Database, deliverer: Deliverer, *, settled: Callable[[], None]) -> None:
        self._database = database
        self._deliverer = deliverer
        self._settled = settled
        self._busy: dict[_Key, tuple[Lane, asyncio.Task[None]]] = {}

    async def once(self) -> float | None:
        """Start a batch of every lane that is due and has none; gives the seconds until something more is due."""
        lanes = [_lane(*row) for row in await self._database.look(_sql["lanes"])]
        now = real_now()
        for lane in lanes:
            key = lane.workspace_id, lane.webhook_id
            if lane.due_at <= now and key not in self._busy and self._has_room(lane):
                self._busy[key] = lane, asyncio.create_task(self._deliver(key, lane))
        later = [lane.due_at for lane in lanes if lane.due_at > now]
        return (min(later) - now).total_seconds() if later else None

    async def sweep(self) -> float | None:
        """Give back what silent workers held."""
        async with self._database.work() as tx:
            freed = await tx.run(_sql["free_expired"], real_now())
        if freed:
            self._settled()
        return None

    async def finish(self) -> None:
        """Wait for the batches that are under way. Nothing new is started by it."""
        if self._busy:
            await asyncio.wait([task for _, task in self._busy.values()])

    def _has_room(self, lane: Lane) -> bool:
        if lane.is_failing and sum(other.is_failing for other, _ in self._busy.values()) >= _FAILING_AT_ONCE:
            return False
        return len(self._busy) < _AT_ONCE

    async def _deliver(self, key: _Key, lane: Lane) -> None:
        try:
            await self._deliverer.run(lane)
        except Exception as error:
            # Leases run out by themselves, and the sweep gives back what was under them.
            _log.error("webhooks_failed", webhook=str(lane.webhook_id), exc_info=error)
        finally:
            del self._busy[key]
            # One that fails has time until the next sweep.
            if not lane.is_failing:
                self._settled()


def _lane(workspace: WorkspaceId, webhook: WebhookId, is_failing: bool, due_at: datetime) -> Lane:
    return Lane(workspace, webhook, is_failing, due_at)
