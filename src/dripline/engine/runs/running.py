"""Taking turns wherever somebody is due: several workspaces at a time, going round, so that none starves."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter

import structlog

from dripline.accounts.clocks import read_clock
from dripline.database.pool import Database, is_out_of_reach
from dripline.engine.facts.pending import react_to_pending
from dripline.engine.runs.lanes import MOST_LANES
from dripline.engine.runs.turn import Turns
from dripline.events.store import workspaces_with_reactions
from dripline.kernel.clock import real_now
from dripline.kernel.grouping import grouped
from dripline.kernel.ids import WorkspaceId, show
from dripline.sequences.enrollments.store import LaneState, all_lanes

_log = structlog.get_logger()

IN_FLIGHT = 4
"""Turns that run at once, of different workspaces as long as there are that many."""


class Running:
    """The engine's part of a worker."""

    def __init__(self, database: Database, turns: Turns, *, queued: Callable[[], None]) -> None:
        self._database = database
        self._turns = turns
        self._queued = queued
        self._rotation = 0
        self._full: set[WorkspaceId] = set()

    async def once(self) -> float | None:
        """Turn until nobody is due; gives the seconds until somebody is."""
        while True:
            states = await all_lanes(self._database)
            now = real_now()
            due = [state for state in states if state.due_at <= (state.frozen_at or now)]
            worked = await self._turn_all(due) if due else False
            if not worked:
                later = [state.due_at for state in states if state.frozen_at is None and state.due_at > now]
                return (min(later) - real_now()).total_seconds() if later else None

    async def _turn_all(self, due: Sequence[LaneState]) -> bool:
        """One turn for each workspace, in rotation; whether any of them decided anything."""
        groups = sorted(grouped(due, key=attrgetter("workspace_id")).items())
        self._rotation += 1
        first = self._rotation % len(groups)
        # A workspace whose last turn was full gets two: while one waits for the database, the other decides.
        again = [group for group in groups if group[0] in self._full]
        turns = [*groups[first:], *groups[:first], *again]
        self._full.clear()
        waiting = iter(turns)
        worked = await asyncio.gather(*(self._turn_some(waiting) for _ in range(min(IN_FLIGHT, len(turns)))))
        return any(worked)

    async def _turn_some(self, waiting: Iterator[tuple[WorkspaceId, list[LaneState]]]) -> bool:
        worked = False
        for workspace, states in waiting:
            # The lanes take turns at being first: one with endless work must not hide the others.
            place = self._rotation % len(states)
            first = [*states[place:], *states[:place]][:MOST_LANES]
            now = states[0].frozen_at or real_now()
            try:
                turned = await self._turns.run(workspace, first, now=now)
            except Exception as error:
                if is_out_of_reach(error):
                    raise
                # What stops one workspace must not stop the others.
                _log.error("turn_failed", workspace=show("workspace", workspace), exc_info=error)
                continue
            worked = worked or turned.decided > 0
            if turned.more:
                self._full.add(workspace)
            if turned.queued:
                self._queued()
        return worked


class Reacting:
    """Reacts to facts that were recorded below the engine."""

    def __init__(self, database: Database, *, reacted: Callable[[], None]) -> None:
        self._database = database
        self._reacted = reacted

    async def once(self) -> float | None:
        """React until no fact waits."""
        waiting = await workspaces_with_reactions(self._database)
        for workspace in waiting:
            while await react_to_pending(self._database, workspace, now=await self._now(workspace)):
                self._reacted()
        return None

    async def _now(self, workspace: WorkspaceId) -> datetime:
        # Read for each batch: what is decided by a time long past may have to be taken back.
        async with self._database.work() as tx:
            return (await read_clock(tx, workspace, real=real_now())).now
