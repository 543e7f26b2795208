"""What came in for a workspace and could not be worked: to be looked at, and to be tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.feedback.inbound import Source
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import WorkspaceId, show

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One thing that was put aside, with the reason. `received_at` is real time; `size` is in octets."""

    id: UUID
    source: Source
    reason: str
    received_at: datetime
    size: int


async def list_quarantine(
    tx: Tx, workspace: WorkspaceId, *, limit: int, before: UUID | None = None
) -> Sequence[Quarantined]:
    """What was put aside, newest first."""
    return [_quarantined(row) for row in await tx.rows(_sql["list_quarantine"], workspace, before, limit)]


async def quarantined_content(tx: Tx, workspace: WorkspaceId, identity: UUID) -> tuple[Source, bytes]:
    """Where one thing came from, and its bytes.

    Raises:
        NotFound: nothing of that id is in quarantine.
    """
    row = await tx.row(_sql["quarantined_content"], workspace, identity)
    if row is None:
        raise NotFound.of("report", show("report", identity))
    return Source(row["source"]), row["content"]


async def try_again(tx: Tx, workspace: WorkspaceId, identity: UUID, *, now: datetime) -> Quarantined:
    """Have one thing worked again, as if it had just come in. `now` is the real time.

    Raises:
        NotFound: nothing of that id is in quarantine.
        Conflict: there is nothing of it to be worked.
    """
    row = await tx.row(_sql["try_again"], workspace, identity, now)
    if row is not None:
        return _quarantined(row)
    await quarantined_content(tx, workspace, identity)
    raise Conflict("Nothing of it is here that could be worked: the mailbox did not give it.")


def _quarantined(row: Row) -> Quarantined:
    return Quarantined(row["id"], Source(row["source"]), row["reason"], row["received_at"], row["size"])
