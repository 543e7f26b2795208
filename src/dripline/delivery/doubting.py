"""Asking providers about mail in doubt: those that can tell say whether they have taken a letter.

That they know of none says nothing: what they take is listed only a while later. So they are asked again after longer
and longer times, until the doubt ends by itself.
"""

import asyncio
from datetime import datetime, timedelta

from dripline.accounts.model import Mode
from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.carriers import Carrier, Carriers
from dripline.delivery.message.identity import message_id
from dripline.delivery.outbox import Kind
from dripline.delivery.recovering import DOUBT_LASTS
from dripline.delivery.telling import Mail, mail_event, tell
from dripline.delivery.transports.contract import Remembers
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)

_EVERY = timedelta(minutes=1)
_AT_ONCE = 4


class Doubting:
    """A worker's part that asks. A doubt is asked about when it is two minutes old, then four, eight, and so on."""

    def __init__(self, database: Database, carriers: Carriers) -> None:
        self._database = database
        self._carriers = carriers
        self._looked_at = real_now() - _EVERY

    async def once(self) -> float | None:
        """Ask when a minute has passed; gives the seconds until the next one has."""
        now = real_now()
        if now - self._looked_at >= _EVERY:
            await self.ask(since=self._looked_at, now=now)
            self._looked_at = now
        return (self._looked_at + _EVERY - real_now()).total_seconds()

    async def ask(self, *, since: datetime, now: datetime) -> int:
        """Ask about those whose turn came after `since`; gives how many turned out to have been taken. Real times."""
        rows = await self._database.look(_sql["doubts_to_ask_about"], now, now - DOUBT_LASTS, _EVERY, since)
        await self._carriers.refresh(row["workspace_id"] for row in rows)
        places = asyncio.Semaphore(_AT_ONCE)

        async def ask(row: Row) -> bool:
            async with places:
                return await _ask(self._database, self._carriers, row)

        return sum(await asyncio.gather(*(ask(row) for row in rows)))


async def _ask(database: Database, carriers: Carriers, row: Row) -> bool:
    workspace, source, visit = row["workspace_id"], row["source_id"], row["visit"]
    domain = parse_mailbox(row["from_address"]).address.domain
    way = carriers.way(workspace, Mode.LIVE, domain)
    for carrier in way.carriers if way is not None else ():
        # Whose worker died while it handed over has no name of a carrier: it may have been any of them.
        if row["carrier"] not in (None, carrier.name):
            continue
        found = await _found(carrier, f"{workspace}/{source}/{visit}", message_id(workspace, source, visit, domain))
        if found is not None:
            async with database.work() as tx:
                if row["contact_id"] is not None:
                    await lock_contacts(tx, workspace, [row["contact_id"]])
                taken = await tx.row(_sql["resolve_doubt"], workspace, source, visit, carrier.name, found)
                if taken is not None:
                    await _tell(tx, workspace, taken)
            return True
    return False


async def _tell(tx: Tx, workspace: WorkspaceId, row: Row) -> None:
    """Tell that a mail left after all. Of tests only the message knows."""
    if row["kind"] == Kind.TEST or row["contact_id"] is None:
        return
    mail = Mail(row["id"], row["template_id"], row["sequence_id"], row["sequence"], row["step"])
    event = mail_event("email.sent", row["contact_id"], mail, now=real_now(), depth=row["depth"] + 1)
    await tell(tx, workspace, [event])


async def _found(carrier: Carrier, key: str, identity: str) -> str | None:
    if not isinstance(carrier.transport, Remembers):
        return None
    return await carrier.transport.find(key, identity)
