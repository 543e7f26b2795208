"""Addresses never to be mailed, whether or not a contact has them."""

from datetime import datetime

from dripline.contacts import store
from dripline.contacts.model import Suppression, SuppressionReason
from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId


async def suppress(
    tx: Tx,
    workspace: WorkspaceId,
    *,
    email_key: str,
    reason: SuppressionReason,
    now: datetime,
    detail: str | None = None,
) -> bool:
    """Mark an address as never to be mailed; False when it already was, for whatever reason.

    Whoever has a contact with that address locks it first, so that no turn decides on what was before.
    """
    return await store.suppress(tx, workspace, Suppression(email_key, reason, detail, now))


async def unsuppress(tx: Tx, workspace: WorkspaceId, email_key: str) -> bool:
    """Let an address be mailed again; False when it could be."""
    return await store.unsuppress(tx, workspace, email_key)
