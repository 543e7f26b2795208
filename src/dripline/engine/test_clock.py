"""The clock of a test workspace: real, or frozen at a time that only `advance` moves.

Advancing goes from one due thing to the next and lets everything that is due there happen before it goes on, so that
every step runs in time order at its own time, as it would have in real time.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from dripline.accounts.clocks import read_clock
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.delivery.delivering import Deliveries
from dripline.delivery.effects import queue as effects
from dripline.delivery.effects.carrying import Effects
from dripline.delivery.lanes import budgets_of
from dripline.durable.budgets import budgets
from dripline.durable.jobs import Job, Page, add_job, open_of_kind, waits_for_older
from dripline.engine.facts.pending import react_to_pending
from dripline.engine.runs.turn import Turns
from dripline.events.store import pending_contacts
from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import Conflict, Invalid
from dripline.kernel.ids import JobId, WorkspaceId
from dripline.kernel.values import Json
from dripline.segments.building import turn_back
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.enrollments.store import LaneState
from dripline.sequences.lifecycle import drain_budget

_sql = queries(__package__)

ADVANCE_JOB = "advance_test_clock"
FURTHEST = timedelta(days=3660)
_BATCH = 100
_SOMEBODY_ELSE_IS_AT_IT_SECONDS = 0.01
_OLDER_JOB_SECONDS = 0.05


async def start_advance(
    tx: Tx, workspace: WorkspaceId, *, by: timedelta | None = None, to: datetime | None = None, real: datetime
) -> JobId:
    """Queue the job that moves a test workspace's clock, by a duration or to a time. Freezes a clock that still runs.

    Raises:
        Invalid: the time has passed, or lies more than ten years ahead.
        Conflict: the clock is being moved already.
    """
    now = (await read_clock(tx, workspace, real=real)).now
    target = to if to is not None else now + (by or timedelta())
    if target < now:
        raise Invalid.at("to", "has passed", found=iso(target), expected=f"a time from {iso(now)} on")
    if target - now > FURTHEST:
        raise Invalid.at("to", "is too far away", found=iso(target), expected="at most ten years ahead")
    # Freezing locks the row of the workspace, so that two requests cannot both find no job.
    await tx.run(_sql["freeze"], workspace, now)
    if await open_of_kind(tx, workspace, ADVANCE_JOB) is not None:
        raise Conflict("The test clock is being moved already.")
    return await add_job(tx, workspace, ADVANCE_JOB, {"from": iso(now), "to": target.isoformat()}, now=real)


async def release(tx: Tx, workspace: WorkspaceId) -> None:
    """Let the clock of a test workspace run in real time again.

    Raises:
        Conflict: it is being moved.
    """
    await tx.run(_sql["unfreeze"], workspace)
    if await open_of_kind(tx, workspace, ADVANCE_JOB) is not None:
        raise Conflict("The test clock is being moved.")
    await turn_back(tx, workspace, now=real_now())


class Sweep(Protocol):
    """What happens because time passes and not because something is due: a boundary that moves over people."""

    async def next_due(self, tx: Tx, workspace: WorkspaceId) -> datetime | None:
        """The earliest time at which the boundary may pass somebody; None when there is nobody to pass."""
        ...

    async def sweep(self, workspace: WorkspaceId, *, now: datetime) -> int:
        """Move the boundary up to `now`; gives how many it passed."""
        ...


class Agenda:
    """Does what is due in a frozen workspace, time after time."""

    def __init__(
        self, database: Database, turns: Turns, deliveries: Deliveries, effects: Effects, sweeps: Sequence[Sweep]
    ) -> None:
        self._database = database
        self._turns = turns
        self._deliveries = deliveries
        self._effects = effects
        self._sweeps = sweeps

    async def page(self, job: Job) -> Page:
        """One time of the agenda: the next one at which something is due, or else the target, which is the last."""
        target = datetime.fromisoformat(str(job.arguments["to"]))
        so_far = job.cursor if isinstance(job.cursor, dict) else {"turns": 0, "messages": 0}
        async with self._database.work() as tx:
            now = (await read_clock(tx, job.workspace, real=real_now())).now
            early = await waits_for_older(tx, job)
        if early:
            # What was asked for before the clock was moved belongs to the time before.
            await asyncio.sleep(_OLDER_JOB_SECONDS)
            return Page(0, cursor=dict(so_far))
        due = await self._next_due(job.workspace, now=now)
        at = target if due is None else max(now, min(due, target))
        async with self._database.work() as tx:
            await tx.run(_sql["freeze"], job.workspace, at)
        turns, messages = await self._do_all(job.workspace, at)
        counts: dict[str, Json] = {"turns": so_far["turns"] + turns, "messages": so_far["messages"] + messages}
        if due is None or due > target:
            return Page(0, result={"now": iso(target), **counts})
        return Page(1, cursor=counts)

    async def _do_all(self, workspace: WorkspaceId, at: datetime) -> tuple[int, int]:
        """Everything that is due at a time, and what follows from it at the same time; the turns and the mails."""
        turns = messages = 0
        while True:
            passed = sum([await sweep.sweep(workspace, now=at) for sweep in self._sweeps])
            reacted = await react_to_pending(self._database, workspace, now=at)
            decided = await self._turn(workspace, at)
            carried = await self._carry(workspace, at)
            sent = await self._deliver(workspace, at)
            turns, messages = turns + decided, messages + sent
            if passed or reacted or decided or carried or sent:
                continue
            due = await self._next_due(workspace, now=at)
            if due is None or due > at:
                return turns, messages
            await asyncio.sleep(_SOMEBODY_ELSE_IS_AT_IT_SECONDS)

    async def _next_due(self, workspace: WorkspaceId, *, now: datetime) -> datetime | None:
        async with self._database.work() as tx:
            # One snapshot: a mail that is settled between two looks would be in neither of them.
            await tx.run(_sql["look_once"])
            return await next_due(tx, workspace, self._sweeps, now=now)

    async def _turn(self, workspace: WorkspaceId, at: datetime) -> int:
        async with self._database.work() as tx:
            lanes = [lane for lane in await enrollments.lanes(tx, [workspace]) if lane.due_at <= at]
        return (await self._turns.run(workspace, lanes, now=at)).decided if lanes else 0

    async def _carry(self, workspace: WorkspaceId, at: datetime) -> int:
        async with self._database.work() as tx:
            lanes = [lane for lane in await effects.lanes(tx, [workspace]) if lane.due_at <= at]
        return sum([await self._effects.run(lane, limit=_BATCH, now=at) for lane in lanes])

    async def _deliver(self, workspace: WorkspaceId, at: datetime) -> int:
        async with self._database.work() as tx:
            lanes = [lane for lane in await outbox.lanes(tx, [workspace]) if lane.due_at <= at]
        delivered = [await self._deliveries.run(lane, limit=_BATCH, now=at) for lane in lanes]
        return sum(each.claimed for each in delivered)


async def next_due(tx: Tx, workspace: WorkspaceId, sweeps: Sequence[Sweep], *, now: datetime) -> datetime | None:
    """The earliest time from `now` on at which something can happen: a fact, an enrollment, a mail, another effect, a
    budget's turn, a boundary that passes somebody.
    """
    # What somebody has in hand is settled at a time that is not later than now, and other things follow from it.
    if await pending_contacts(tx, workspace, limit=1):
        return now
    if await outbox.is_leased(tx, workspace) or await effects.is_leased(tx, workspace):
        return now
    times = [await _lane_due(tx, lane, now=now) for lane in await enrollments.lanes(tx, [workspace])]
    for lane in await outbox.lanes(tx, [workspace]):
        due = max(lane.due_at, now)
        limits = await budgets(tx, workspace, budgets_of(lane.lane))
        times.append(max((budget.free_at(due) for budget in limits.values()), default=due))
    times += [max(lane.due_at, now) for lane in await effects.lanes(tx, [workspace])]
    boundaries = [await sweep.next_due(tx, workspace) for sweep in sweeps]
    times += [max(each, now) for each in boundaries if each is not None]
    return min(times, default=None)


async def _lane_due(tx: Tx, lane: LaneState, *, now: datetime) -> datetime:
    due = max(lane.due_at, now)
    if lane.draining_since is None or lane.due_at > lane.draining_since:
        return due
    name = drain_budget(lane.sequence_id)
    budget = (await budgets(tx, lane.workspace_id, [name])).get(name)
    return budget.free_at(due) if budget else due
