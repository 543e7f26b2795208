"""What a workspace is: one tenant, with its own clock when it is a test one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dripline.kernel.ids import WorkspaceId


class Mode(StrEnum):
    """`live` sends; `test` never does: its mail lands in the inbox."""

    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant. `frozen_at` is where its clock stands, for a test workspace that has been advanced."""

    id: WorkspaceId
    name: str
    mode: Mode
    frozen_at: datetime | None

    def now(self, real: datetime) -> datetime:
        """This workspace's time, given the real one."""
        return self.frozen_at or real
