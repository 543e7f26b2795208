"""Permits in a window of time: daily limits, rates, drains. One row each, exact across processes.

A window begins at the budget's own anchor and repeats every period, so a day budget anchored at midnight UTC turns at
midnight UTC. A budget that does not exist does not limit. One that grows has another capacity after a window in which
permits were used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a reservation got of every budget that it asked.

    `windows` are the windows it counts in, by budget; empty where nothing limits. `free_at` is when more can be had,
    None while some is left. `grown` are the budgets whose window turned with this and that have a new capacity.
    """

    permits: int
    windows: Mapping[str, datetime] = field(default_factory=dict)
    free_at: datetime | None = None
    grown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Budget:
    """How a budget stands: permits used since `window_start`; `next_capacity` is what it grows to, if it does."""

    name: str
    capacity: int
    period: timedelta
    window_start: datetime
    used: int
    next_capacity: int | None = None

    def at(self, now: datetime) -> "Budget":
        """The budget as it stands at `now`, when its window may have turned."""
        windows = (now - self.window_start) // self.period
        if windows <= 0:
            return self
        grows = self.used > 0 and self.next_capacity is not None
        capacity = self.next_capacity if grows and self.next_capacity is not None else self.capacity
        left = None if grows else self.next_capacity
        return Budget(self.name, capacity, self.period, self.window_start + windows * self.period, 0, left)

    def free_at(self, now: datetime) -> datetime:
        """The earliest time, from `now` on, at which a permit may be free."""
        standing = self.at(now)
        return now if standing.used < standing.capacity else standing.window_start + standing.period


async def open_budget(
    tx: Tx, workspace: WorkspaceId, name: str, *, capacity: int, period: timedelta, anchor: datetime
) -> None:
    """Make a budget, or give an existing one a new capacity. What was used stays used."""
    await tx.run(_sql["open_budget"], workspace, name, capacity, round(period.total_seconds()), anchor)


async def put_budget(tx: Tx, workspace: WorkspaceId, budget: Budget) -> None:
    """Make a budget, or write over the one of its name: its window and what was used of it as well."""
    await tx.run(
        _sql["put_budget"],
        workspace,
        budget.name,
        budget.capacity,
        round(budget.period.total_seconds()),
        budget.window_start,
        budget.used,
        budget.next_capacity,
    )


async def close_budget(tx: Tx, workspace: WorkspaceId, name: str) -> None:
    """Remove a budget: nothing is limited by it any more. It may be missing already."""
    await tx.run(_sql["close_budget"], workspace, name)


async def reserve(tx: Tx, workspace: WorkspaceId, names: Sequence[str], permits: int, *, now: datetime) -> Grant:
    """Take up to `permits` of each budget there is among `names`: of all the same number, that of the scarcest.

    The rows stay locked until the transaction ends, so nobody else can take the same.
    """
    rows = await tx.rows(_sql["reserve"], workspace, list(names), permits, now)
    if not rows:
        return Grant(permits)
    return Grant(
        rows[0]["permits"],
        {row["name"]: row["window_start"] for row in rows},
        max((row["turns_at"] for row in rows if row["exhausted"]), default=None),
        frozenset(row["name"] for row in rows if row["grown"]),
    )


async def give_back(tx: Tx, workspace: WorkspaceId, grant: Grant, permits: int) -> None:
    """Return some of what was reserved and not used. A window that has turned in between forgets it."""
    if permits and grant.windows:
        await tx.run(_sql["give_back"], workspace, list(grant.windows), list(grant.windows.values()), permits)


async def grow_next(tx: Tx, workspace: WorkspaceId, name: str, capacity: int) -> None:
    """Say what a budget grows to after the next window in which permits are used."""
    await tx.run(_sql["grow_next"], workspace, name, capacity)


async def budgets(tx: Tx, workspace: WorkspaceId, names: Sequence[str]) -> dict[str, Budget]:
    """Those that exist among `names`."""
    rows = await tx.rows(_sql["budgets"], workspace, list(names))
    return {row["name"]: _budget(row) for row in rows}


async def budgets_under(tx: Tx, workspace: WorkspaceId, beginning: str) -> list[Budget]:
    """Those whose names begin so, by name."""
    return [_budget(row) for row in await tx.rows(_sql["budgets_under"], workspace, beginning)]


async def forget_budgets(tx: Tx, beginning: str, *, now: datetime) -> None:
    """Remove those whose names begin so and that nobody has used in this window, of all workspaces."""
    await tx.run(_sql["forget_budgets"], beginning, now)


def _budget(row: Row) -> Budget:
    return Budget(
        row["name"],
        row["capacity"],
        timedelta(seconds=row["period_seconds"]),
        row["window_start"],
        row["used"],
        row["next_capacity"],
    )
