"""Reading events back: newest first, by contact and name."""

from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.events.model import Event
from dripline.events.store import event_of
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)


async def events_of(
    tx: Tx,
    workspace: WorkspaceId,
    *,
    contact_id: UUID | None = None,
    name: str | None = None,
    limit: int,
    before: UUID | None = None,
) -> list[tuple[Event, str | None]]:
    """Events with the address of their contact, newest first, older than the event `before`."""
    rows = await tx.rows(_sql["events"], workspace, contact_id, name, before, limit)
    return [(event_of(row), row["email"]) for row in rows]
