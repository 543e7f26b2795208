"""What is tracked in the mail of a workspace. A contact, and a single mail, may say otherwise."""

from dataclasses import dataclass

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Tracking:
    """Whether opens and clicks are tracked."""

    opens: bool = True
    clicks: bool = True


async def read_tracking(tx: Tx, workspace: WorkspaceId) -> Tracking:
    """What is tracked; both where nothing was said."""
    row = await tx.row(_sql["tracking"], workspace)
    return Tracking(row["opens"], row["clicks"]) if row is not None else Tracking()


async def set_tracking(tx: Tx, workspace: WorkspaceId, tracking: Tracking) -> None:
    """Say what is tracked from the next mail on."""
    await tx.run(_sql["set_tracking"], workspace, tracking.opens, tracking.clicks)
