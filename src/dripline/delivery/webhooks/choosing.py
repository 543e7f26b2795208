"""Who is told what: deliveries are left in the transaction in which the thing happens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.webhooks.model import DeliveryStatus, wants
from dripline.events.model import Event
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId, new_uuid
from dripline.kernel.values import Json

_sql = queries(__package__)


async def leave_events(tx: Tx, workspace: WorkspaceId, events: Sequence[Event]) -> None:
    """Leave deliveries of events that are recorded in this transaction: one look, however many there are."""
    if not events:
        return
    rows = [
        (hook, event.name, event.id, event.contact_id, None, event.occurred_at)
        for hook, names in await _hooks(tx, workspace)
        for event in events
        if wants(names, event.name)
    ]
    await _leave(tx, workspace, rows)


async def announce(tx: Tx, workspace: WorkspaceId, name: str, data: Mapping[str, Json], *, at: datetime) -> None:
    """Leave deliveries of something that happened to no contact. `at` is the workspace's time."""
    rows = [
        (hook, name, None, None, dict(data), at) for hook, names in await _hooks(tx, workspace) if wants(names, name)
    ]
    await _leave(tx, workspace, rows)


async def forget_deliveries(tx: Tx, workspace: WorkspaceId, contact: UUID) -> None:
    """Erase what was told, or is still to be told, of a contact."""
    await tx.run(_sql["forget"], workspace, contact)


async def _hooks(tx: Tx, workspace: WorkspaceId) -> list[tuple[UUID, tuple[str, ...]]]:
    rows = await tx.rows(_sql["listening"], workspace)
    return [(row["id"], tuple(row["events"])) for row in rows]


_Row = tuple[UUID, str, UUID | None, UUID | None, Mapping[str, Json] | None, datetime]


async def _leave(tx: Tx, workspace: WorkspaceId, rows: Sequence[_Row]) -> None:
    if rows:
        hooks, names, events, contacts, data, times = zip(*rows, strict=True)
        ids = [new_uuid() for _ in rows]
        await tx.run(
            _sql["leave"],
            *(workspace, ids, hooks, names, events, contacts, data, times),
            *(real_now(), DeliveryStatus.RECORDED, DeliveryStatus.PENDING),
        )
