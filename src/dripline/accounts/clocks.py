"""The clock of a workspace: real time, or a time at which a test workspace stands still."""

from dataclasses import dataclass
from datetime import datetime

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What time it is in a workspace, and whether that time stands still."""

    now: datetime
    frozen: bool


async def read_clock(tx: Tx, workspace: WorkspaceId, *, real: datetime) -> ClockReading:
    """The clock of a workspace."""
    frozen: datetime | None = await tx.value(_sql["frozen_at"], workspace)
    return ClockReading(frozen or real, frozen is not None)
