"""What a silent worker left behind: leases that ran out, and doubts that nobody resolved."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from uuid import UUID

import structlog

from dripline.accounts.connections.model import CARRIERS
from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row
from dripline.delivery import letters
from dripline.delivery.carriers import Carriers
from dripline.delivery.settling import PutBack, Settled, put_back, settle
from dripline.kernel.grouping import grouped
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.sequences.interpreter.model import Settlement

_sql = queries(__package__)
_log = structlog.get_logger()

DOUBT_LASTS = timedelta(hours=72)
"""After this without news, a message in doubt counts as sent."""


async def free_expired(database: Database, carriers: Carriers, *, now: datetime) -> set[WorkspaceId]:
    """Settle or put back mail whose lease ran out before `now` (real time); gives the workspaces that had some.

    What was only claimed goes back to its lane. What was being handed over may have arrived, so it is in doubt and
    its run goes on as if it were sent, unless the transport keeps every key once: then it is handed over again.
    """
    async with database.work() as tx:
        rows = await tx.rows(_sql["expired"], now)
    for (workspace, token), group in grouped(rows, key=itemgetter("workspace_id", "lease_token")).items():
        await _free(database, carriers, workspace, token, group, real=now)
    return {row["workspace_id"] for row in rows}


async def _free(
    database: Database,
    carriers: Carriers,
    workspace: WorkspaceId,
    token: UUID,
    rows: list[Row],
    *,
    real: datetime,
) -> None:
    now = rows[0]["frozen_at"] or real
    once = carriers.keeps_keys(workspace, rows[0]["mode"])
    async with database.work() as tx:
        await lock_contacts(tx, workspace, _contacts(rows))
        # While we waited, a worker that was only slow may have renewed its lease, or begun to hand over.
        rows = await tx.rows(_sql["still_expired"], workspace, token, real, [row["source_id"] for row in rows])
        keys = [(row["source_id"], row["visit"]) for row in rows]
        unsure = {(row["source_id"], row["visit"]) for row in rows if row["phase"] == "handing" and not once}
        mails = await letters.load(tx, workspace, token, keys)
        doubts = [
            Settled(mail, "in_doubt", Settlement.IN_DOUBT, "worker_lost", tried=1, sent_at=now)
            for mail in mails
            if mail.key in unsure
        ]
        await settle(tx, workspace, token, doubts, now=now)
        back = [PutBack(mail, reason="worker_lost") for mail in mails if mail.key not in unsure]
        await put_back(tx, workspace, token, back)
    _log.warning("leases_expired", in_doubt=len(doubts), put_back=len(back))


async def release_left_over(database: Database) -> int:
    """Let mail move that the gate held while its sequence was being resumed, and that nobody let go; gives how much."""
    async with database.work() as tx:
        return await tx.run(_sql["release_left_over"])


async def release_stranded(database: Database, modes: Sequence[str]) -> int:
    """Let mail move that had no way to leave and has one now; gives how much. Those of `modes` always have one."""
    async with database.work() as tx:
        return await tx.run(_sql["release_stranded"], modes, sorted(CARRIERS))


async def end_doubts(database: Database, *, now: datetime) -> int:
    """Count messages that have been in doubt for too long as sent; gives how many."""
    async with database.work() as tx:
        rows = await tx.rows(_sql["old_doubts"], None, now - DOUBT_LASTS)
        # One order for everybody: whoever else locks people of several workspaces begins with the same one.
        for workspace, old in sorted(grouped(rows, key=itemgetter("workspace_id")).items()):
            await lock_contacts(tx, workspace, _contacts(old))
            await tx.run(
                _sql["end_doubts"], workspace, [row["source_id"] for row in old], [row["visit"] for row in old]
            )
    return len(rows)


def _contacts(rows: list[Row]) -> list[ContactId]:
    return [row["contact_id"] for row in rows if row["contact_id"] is not None]
