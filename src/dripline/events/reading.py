"""Reading events back: newest first, by contact and name."""

from datetime import UTC, datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.events.model import Event
from dripline.events.store import event_of
from dripline.kernel.ids import ContactId, WorkspaceId

_sql = queries(__package__)


Place = tuple[datetime, UUID]
"""Where an event stands among those of its contact: when it happened, and its id."""

NOW_AND_LATER: Place = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=(1 << 128) - 1))
"""The place behind all events."""


async def events_of(
    tx: Tx,
    workspace: WorkspaceId,
    *,
    contact_id: UUID | None = None,
    name: str | None = None,
    limit: int,
    before: UUID | None = None,
) -> list[tuple[Event, str | None]]:
    """Events with the address of their contact, newest first, older than the event `before`.

    Those of one contact are in the order in which they happened, all others in that in which they were recorded.
    """
    if contact_id is None:
        rows = await tx.rows(_sql["events"], workspace, name, before, limit)
    else:
        place = await _place_of(tx, workspace, before) if before is not None else NOW_AND_LATER
        rows = await tx.rows(_sql["events_before"], workspace, contact_id, *place, name, limit)
    return [(event_of(row), row["email"]) for row in rows]


async def events_before(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, before: Place, *, limit: int
) -> list[Event]:
    """The events of a contact before a place, newest first."""
    return [event_of(row) for row in await tx.rows(_sql["events_before"], workspace, contact, *before, None, limit)]


async def _place_of(tx: Tx, workspace: WorkspaceId, event: UUID) -> Place:
    rows = await tx.rows(_sql["events_by_id"], workspace, [event])
    # Behind an event that is not there any more comes nothing: its contact was erased.
    return (rows[0]["occurred_at"], event) if rows else (datetime(1, 1, 2, tzinfo=UTC), event)
