"""Webhooks and their deliveries, made, changed and read; their secrets sealed, each to its webhook."""

import base64
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dripline.accounts.resealing import Place, Resealed
from dripline.accounts.sealing import Sealer, Unsealable
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.webhooks.model import (
    DELIVERIES_KEPT,
    FORMER_SIGNS_FOR,
    Delivery,
    DeliveryStatus,
    Reason,
    Secrets,
    Status,
    Told,
    Webhook,
)
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import WebhookId, WorkspaceId, first_uuid, new_uuid, read, show

_sql = queries(__package__)

MOST = 50
"""Webhooks that a workspace may have."""
SECRET_BYTES = 32
_PAGE = 200
_FORGOTTEN_AT_ONCE = 5000


def secret_of(chance: bytes) -> str:
    """A secret of Standard Webhooks, made of random bytes."""
    return f"whsec_{base64.b64encode(chance).decode()}"


async def add_webhook(
    tx: Tx, workspace: WorkspaceId, url: str, events: Sequence[str], secret: str, *, sealer: Sealer, now: datetime
) -> Webhook:
    """Keep a new webhook, enabled. `now` is the real time, here and below.

    Raises:
        Conflict: there are too many.
    """
    if await tx.value(_sql["count"], workspace) >= MOST:
        raise Conflict(f"There are {MOST} webhooks already, which is the most that a workspace may have.")
    id_ = WebhookId(new_uuid())
    sealed = sealer.seal(secret.encode(), _about(workspace, id_))
    await tx.run(_sql["add"], workspace, id_, url, list(events), sealed, now)
    return await find_webhook(tx, workspace, show("webhook", id_))


async def list_webhooks(
    tx: Tx, workspace: WorkspaceId, *, limit: int, after: UUID | None = None, only: UUID | None = None
) -> list[Webhook]:
    """Webhooks, oldest first."""
    return [_webhook(row) for row in await tx.rows(_sql["webhooks"], workspace, after, only, limit)]


async def find_webhook(tx: Tx, workspace: WorkspaceId, ref: str) -> Webhook:
    """One webhook.

    Raises:
        NotFound: there is none of that id.
    """
    found = read("webhook", ref)
    for webhook in await list_webhooks(tx, workspace, limit=1, only=found) if found is not None else []:
        return webhook
    raise NotFound.of("webhook", ref)


async def change_webhook(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    status: Status | None = None,
    now: datetime,
) -> Webhook:
    """Change what is named. Another address, or enabling it again, is a new beginning: what failed is forgotten, and
    what waits to be tried again is tried now.

    Raises:
        NotFound: there is none of that id.
    """
    before = await find_webhook(tx, workspace, ref)
    await tx.run(_sql["lock"], workspace, before.id)
    before = await find_webhook(tx, workspace, ref)
    wanted = status or before.status
    reason = (before.reason or Reason.MANUAL) if wanted is Status.DISABLED else None
    begins = (url or before.url) != before.url or (wanted, before.status) == (Status.ENABLED, Status.DISABLED)
    await tx.run(
        _sql["change"],
        *(workspace, before.id, url or before.url, list(before.events if events is None else events)),
        *(wanted, reason, begins, now),
    )
    if begins:
        await tx.run(_sql["hurry"], workspace, before.id, now)
    return await find_webhook(tx, workspace, ref)


async def rotate_secret(
    tx: Tx, workspace: WorkspaceId, ref: str, secret: str, *, sealer: Sealer, now: datetime
) -> Webhook:
    """Sign with another secret from now on, and with the one before beside it for a day.

    Raises:
        NotFound: there is none of that id.
    """
    found = await find_webhook(tx, workspace, ref)
    sealed = sealer.seal(secret.encode(), _about(workspace, found.id))
    await tx.run(_sql["replace_secret"], workspace, found.id, sealed, now + FORMER_SIGNS_FOR, now)
    return await find_webhook(tx, workspace, ref)


async def delete_webhook(tx: Tx, workspace: WorkspaceId, ref: str) -> None:
    """Erase a webhook and its deliveries.

    Raises:
        NotFound: there is none of that id.
    """
    found = await find_webhook(tx, workspace, ref)
    await tx.run(_sql["remove"], workspace, found.id)
    await tx.run(_sql["remove_deliveries"], workspace, found.id)


async def list_deliveries(
    tx: Tx,
    workspace: WorkspaceId,
    webhook: WebhookId,
    *,
    limit: int,
    before: UUID | None = None,
    status: DeliveryStatus | None = None,
    only: UUID | None = None,
) -> list[Delivery]:
    """Deliveries to a webhook, newest first."""
    rows = await tx.rows(_sql["deliveries"], workspace, webhook, before, status, only, limit)
    return [_delivery(row) for row in rows]


async def replay(tx: Tx, workspace: WorkspaceId, webhook: Webhook, ref: str, *, now: datetime) -> Delivery:
    """Make a delivery once more, from the beginning of the schedule, under the same id.

    Raises:
        NotFound: there is none of that id.
        Conflict: it is being made at this moment, was only recorded, or the webhook is disabled.
    """
    found = read("delivery", ref)
    if found is None or not await list_deliveries(tx, workspace, webhook.id, limit=1, only=found):
        raise NotFound.of("delivery", ref)
    if webhook.status is Status.DISABLED:
        raise Conflict("The webhook is disabled: enable it first.")
    if not await tx.run(_sql["replay"], workspace, webhook.id, found, now):
        raise Conflict("It is being delivered at this moment, or belongs to a test workspace, where nobody is called.")
    [delivery] = await list_deliveries(tx, workspace, webhook.id, limit=1, only=found)
    return delivery


async def forget_old_deliveries(database: Database, *, now: datetime) -> None:
    """Delete deliveries that are older than they are kept, in all workspaces, page by page."""
    oldest, gone = first_uuid(now - DELIVERIES_KEPT), 1
    while gone:
        async with database.work() as tx:
            gone = await tx.run(_sql["forget_old"], oldest, _FORGOTTEN_AT_ONCE)


def open_secrets(workspace: WorkspaceId, webhook: WebhookId, row: Row, *, sealer: Sealer, now: datetime) -> Secrets:
    """The secrets that count now, out of a row that has them sealed.

    Raises:
        Unsealable: the key that sealed the current one is not known.
    """
    about = _about(workspace, webhook)
    current, former = sealer.open(row["secret"], about).decode(), None
    if row["former_secret"] is not None and row["former_until"] > now:
        former = sealer.open(row["former_secret"], about).decode()
    return Secrets(current, former)


async def reseal(tx: Tx, sealer: Sealer, place: Place) -> Resealed:
    """Seal the secrets of webhooks behind a place with the current key, a page of them."""
    rows = await tx.rows(_sql["sealed"], *place, _PAGE)
    sealed = unreadable = 0
    for row in rows:
        about = _about(row["workspace_id"], row["id"])
        kept = [row["secret"], row["former_secret"]]
        stale = [each for each in kept if each is not None and not sealer.is_current(each)]
        if not stale:
            continue
        try:
            fresh = [each if each not in stale else sealer.seal(sealer.open(each, about), about) for each in kept]
        except Unsealable:
            unreadable += len(stale)
            continue
        if await tx.run(_sql["reseal"], row["workspace_id"], row["id"], row["secret"], *fresh):
            sealed += len(stale)
    behind = (rows[-1]["workspace_id"], str(rows[-1]["id"])) if len(rows) == _PAGE else None
    return Resealed(behind, sealed, unreadable)


def told_of(row: Row) -> Told:
    """What is told, out of a row that has its columns."""
    return Told(
        row["type"],
        row["occurred_at"],
        row["data"],
        row["event_id"],
        row["contact_id"],
        row["email"],
        row["user_id"],
    )


def _about(workspace: UUID, webhook: UUID) -> str:
    return f"webhook/{workspace}/{webhook}"


def _webhook(row: Row) -> Webhook:
    reason = row["reason"]
    return Webhook(
        id=row["id"],
        url=row["url"],
        events=tuple(row["events"]),
        status=Status(row["status"]),
        reason=Reason(reason) if reason is not None else None,
        failing_since=row["failing_since"],
        failures=row["failures"],
        last_error=row["last_error"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        webhook_id=row["webhook_id"],
        told=told_of(row),
        status=DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        due_at=row["due_at"],
        response_status=row["response_status"],
        detail=row["detail"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )
