"""Erasing a person from the ledger: messages stay counted, without address, subject and words about them."""

from datetime import datetime

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.effects.queue import forget_effects
from dripline.delivery.feedback.applying import forget_failures
from dripline.delivery.webhooks.choosing import forget_deliveries
from dripline.kernel.ids import ContactId, WorkspaceId

_sql = queries(__package__)


async def forget_mail(tx: Tx, workspace: WorkspaceId, contact: ContactId, *, now: datetime) -> None:
    """Take out what still waits for a contact, erase their caught mail, and blank their messages and effects;
    erase what webhooks were told of them.

    The contact is still there: tests that went to their address are known by it.
    """
    await tx.run(_sql["forget_requests"], workspace, contact, now)
    await tx.run(_sql["forget_caught_mail"], workspace, contact)
    await tx.run(_sql["forget_messages"], workspace, contact)
    await forget_effects(tx, workspace, contact)
    await forget_deliveries(tx, workspace, contact)
    await forget_failures(tx, workspace, contact)
