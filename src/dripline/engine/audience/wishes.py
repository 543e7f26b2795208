"""Wishes to get no more mail, said by a link in a mail: fulfilled at once, or on disk until they can be.

Somebody who unsubscribes does so once. A database that is away at that moment must not be the reason for another mail.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec
import structlog

from dripline.accounts.workspaces import find_workspace
from dripline.contacts.changes import has_resubscribed
from dripline.database.pool import Database, is_passing
from dripline.database.work import Tx
from dripline.durable.spool import Spool
from dripline.engine.audience.people import opt_out
from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import ContactId, MessageId, WorkspaceId, show
from dripline.kernel.values import Json

_log = structlog.get_logger()


class Wish(msgspec.Struct, frozen=True):
    """Whose wish, the mail with the link, and when it was said, in real time."""

    workspace_id: UUID
    contact_id: UUID
    message_id: UUID
    said_at: datetime


def source_of(message: MessageId) -> Mapping[str, Json]:
    """Where a wish was said, as it is kept with what came of it."""
    return {"source": "unsubscribe_link", "sendId": show("message", message)}


async def fulfil(tx: Tx, wish: Wish, *, about: Mapping[str, Json] | None = None) -> None:
    """Take the person off, and end every run. May be repeated. `about` is kept beside where it was said.

    Where nobody is left who could be mailed, what they asked for is so already.
    """
    with suppress(NotFound):
        workspace = await find_workspace(tx, WorkspaceId(wish.workspace_id))
        contact, message = ContactId(wish.contact_id), MessageId(wish.message_id)
        source = {**source_of(message), **(about or {})}
        now = workspace.now(real_now())
        await opt_out(tx, workspace.id, contact, message=message, source=source, now=now)


class Wishes:
    """Those that could not be fulfilled at once."""

    def __init__(self, database: Database, spool: Spool[Wish]) -> None:
        self._database = database
        self._spool = spool

    async def keep(self, wish: Wish) -> None:
        """Write a wish down; returns when the disk has it.

        Raises:
            OSError: it cannot be written.
        """
        await self._spool.keep(wish)

    async def replay(self) -> float | None:
        """Fulfil what the disk has; gives 0 when there may be more.

        Raises:
            Whatever the database raises when it is out of reach: the disk keeps them.
        """
        return await self._spool.replay(self._bring)

    async def _bring(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            try:
                await self._database.transact(partial(_fulfil_late, wish), workspace=WorkspaceId(wish.workspace_id))
            except Exception as error:
                if is_passing(error):
                    raise
                # It must not keep the wishes of others.
                _log.error("unsubscribe_failed", contact=show("contact", wish.contact_id), exc_info=error)


async def _fulfil_late(wish: Wish, tx: Tx) -> None:
    with suppress(NotFound):
        workspace = await find_workspace(tx, WorkspaceId(wish.workspace_id))
        since = workspace.now(wish.said_at)
        # Who has come back in the meantime wants mail again.
        if not await has_resubscribed(tx, workspace.id, ContactId(wish.contact_id), since=since):
            await fulfil(tx, wish, about={"saidAt": iso(wish.said_at)})
