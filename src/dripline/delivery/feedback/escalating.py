"""Failures that are not for good, and when so many in a row are taken to be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)

_FORGOTTEN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Escalation:
    """When failures that are not for good are taken to be: so many in a row, over at least so many days."""

    bounces: int = 5
    days: int = 7


USUAL = Escalation()


async def fails_too_often(tx: Tx, workspace: WorkspaceId, address: str, *, now: datetime, rule: Escalation) -> bool:
    """Count a failure for now of an address (by its key); gives whether the rule says that it is for good."""
    found = await tx.row(_sql["count_soft"], workspace, address, now, now - _FORGOTTEN)
    assert found is not None
    return int(found["count"]) >= rule.bounces and bool(now - found["first_at"] >= timedelta(days=rule.days))
