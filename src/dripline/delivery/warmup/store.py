"""Runs the queries of warm-ups."""

from datetime import datetime

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.warmup.model import Status, Warmup
from dripline.delivery.warmup.plan import Plan
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


async def find_warmup(tx: Tx, workspace: WorkspaceId, domain: str) -> Warmup:
    """The warm-up of a domain; an inactive one by default values where nothing was ever said."""
    row = await tx.row(_sql["find_warmup"], workspace, domain)
    return _warmup(row) if row is not None else Warmup(domain)


async def lock_warmup(tx: Tx, workspace: WorkspaceId, domain: str, *, budget: str) -> Warmup:
    """The warm-up of a domain, with its budget, both locked: always in this order."""
    await tx.row(_sql["lock_day_budget"], workspace, budget)
    row = await tx.row(_sql["lock_warmup"], workspace, domain)
    return _warmup(row) if row is not None else Warmup(domain)


async def save_warmup(tx: Tx, workspace: WorkspaceId, warmup: Warmup, *, now: datetime) -> None:
    await tx.run(
        _sql["save_warmup"],
        workspace,
        warmup.domain,
        warmup.status,
        warmup.plan.starting_limit,
        warmup.plan.target_limit,
        warmup.plan.factor,
        warmup.day,
        warmup.reason,
        warmup.healthy_since,
        warmup.started_at,
        now,
    )


async def count_in_hand(tx: Tx, workspace: WorkspaceId, domain: str) -> int:
    """How many mails of a domain workers have in their hands."""
    found: int = await tx.value(_sql["count_in_hand"], workspace, domain)
    return found


def _warmup(row: Row) -> Warmup:
    return Warmup(
        row["domain"],
        Status(row["status"]),
        Plan(row["starting_limit"], row["target_limit"], row["factor"].normalize()),
        row["day"],
        row["reason"],
        row["healthy_since"],
        row["started_at"],
    )
