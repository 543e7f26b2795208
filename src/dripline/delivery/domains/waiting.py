"""Mail that waits for its domain to be proved."""

from dataclasses import dataclass

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.lanes import domain_of
from dripline.delivery.message.addressing import Unmailable, wire_domain
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class WaitingLane:
    """A lane with mail that is held, and the domain that it waits for, in ASCII; empty where that is none."""

    workspace: WorkspaceId
    lane: str

    @property
    def domain(self) -> str:
        try:
            return wire_domain(domain_of(self.lane)).lower()
        except Unmailable:
            return ""


async def lanes_waiting(tx: Tx) -> list[WaitingLane]:
    """The lanes of all workspaces in which mail waits for its domain."""
    return [WaitingLane(row["workspace_id"], row["lane"]) for row in await tx.rows(_sql["lanes_waiting"])]


async def release_lane(tx: Tx, waiting: WaitingLane) -> int:
    """Let the mail of a lane go; gives how much it was."""
    return await tx.run(_sql["release_lane"], waiting.workspace, waiting.lane)
