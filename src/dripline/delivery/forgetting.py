"""Erasing a person from the ledger: messages stay counted, without address, subject and words about them."""

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId, WorkspaceId

_sql = queries(__package__)


async def forget_mail(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Erase the caught mail of a contact, and blank their messages."""
    await tx.run(_sql["forget_caught_mail"], workspace, contact)
    await tx.run(_sql["forget_messages"], workspace, contact)
