"""Permits in a window of time: daily limits, rates, drains. One row each, exact across processes.

A window begins at the budget's own anchor and repeats every period, so a day budget anchored at midnight UTC turns at
midnight UTC. A budget that does not exist does not limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a reservation got. `window` is None where there is no budget of that name, and so no limit."""

    name: str
    permits: int
    window: datetime | None
    turns_at: datetime | None


@dataclass(frozen=True, slots=True)
class Budget:
    """How a budget stands: permits used since `window_start`."""

    name: str
    capacity: int
    period: timedelta
    window_start: datetime
    used: int

    def free_at(self, now: datetime) -> datetime:
        """The earliest time, from `now` on, at which a permit is free."""
        turns = self.window_start + self.period
        return now if self.used < self.capacity or now >= turns else turns


async def open_budget(
    tx: Tx, workspace: WorkspaceId, name: str, *, capacity: int, period: timedelta, anchor: datetime
) -> None:
    """Make a budget, or give an existing one a new capacity. What was used stays used."""
    await tx.run(_sql["open_budget"], workspace, name, capacity, round(period.total_seconds()), anchor)


async def close_budget(tx: Tx, workspace: WorkspaceId, name: str) -> None:
    """Remove a budget: nothing is limited by it any more. It may be missing already."""
    await tx.run(_sql["close_budget"], workspace, name)


async def reserve(tx: Tx, workspace: WorkspaceId, name: str, permits: int, *, now: datetime) -> Grant:
    """Take up to `permits`. The row stays locked until the transaction ends, so nobody else can take the same."""
    row = await tx.row(_sql["reserve"], workspace, name, permits, now)
    if row is None:
        return Grant(name, permits, None, None)
    return Grant(name, row["granted"], row["window_start"], row["turns_at"])


async def give_back(tx: Tx, workspace: WorkspaceId, name: str, permits: int, *, window: datetime | None) -> None:
    """Return what was reserved in `window` and not used. A window that has turned in between forgets it."""
    if permits and window is not None:
        await tx.run(_sql["give_back"], workspace, name, permits, window)


async def budgets(tx: Tx, workspace: WorkspaceId, names: Sequence[str]) -> dict[str, Budget]:
    """Those that exist among `names`."""
    rows = await tx.rows(_sql["budgets"], workspace, list(names))
    return {row["name"]: _budget(row) for row in rows}


def _budget(row: Row) -> Budget:
    return Budget(
        row["name"], row["capacity"], timedelta(seconds=row["period_seconds"]), row["window_start"], row["used"]
    )
