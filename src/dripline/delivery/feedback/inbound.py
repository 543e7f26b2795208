"""What came in, kept before anything is made of it: an answer says that it is safe, never that it is understood."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId, new_uuid

_sql = queries(__package__)

UNKNOWN = WorkspaceId(UUID(int=0))
"""The workspace of what nobody has been found for yet."""
_LEASE = timedelta(seconds=60)
_DONE_KEPT = timedelta(days=14)
_QUARANTINE_KEPT = timedelta(days=30)


class Source(StrEnum):
    """By which way something came in."""

    MAIL = "mail"
    IMAP = "imap"
    SES = "ses"
    POSTMARK = "postmark"
    SENDGRID = "sendgrid"
    MAILGUN = "mailgun"
    RESEND = "resend"


MAIL = frozenset({Source.MAIL, Source.IMAP})
"""The ways by which whole mails come."""


@dataclass(frozen=True, slots=True)
class Received:
    """One thing that came in. `key` is what makes it the same when it comes again."""

    key: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing to be worked, and how often that was begun."""

    workspace_id: WorkspaceId
    id: UUID
    source: Source
    envelope: tuple[str, ...]
    content: bytes
    attempts: int


def mail_key(raw: bytes, envelope: Sequence[str]) -> str:
    """What makes a received mail the same: its bytes, and whom it was for."""
    digest = hashlib.blake2b(raw, digest_size=20)
    digest.update("\n".join(sorted(envelope)).encode())
    return digest.hexdigest()


async def keep(
    tx: Tx,
    workspace: WorkspaceId,
    source: Source,
    received: Sequence[Received],
    *,
    envelope: Sequence[str] = (),
    now: datetime,
) -> int:
    """Keep what came in, and what is there already only once; gives how much was new. `now` is the real time."""
    return await tx.run(
        _sql["keep"],
        workspace,
        source,
        list(envelope),
        now,
        [new_uuid() for _ in received],
        [each.key for each in received],
        [each.content for each in received],
    )


async def keep_aside(
    tx: Tx, workspace: WorkspaceId, source: Source, reasons: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    """Note what came in and could not even be kept, by key and reason."""
    ids, keys = [new_uuid() for _ in reasons], [key for key, _ in reasons]
    await tx.run(_sql["keep_aside"], workspace, source, now, ids, keys, [reason for _, reason in reasons])


async def take(tx: Tx, *, limit: int, now: datetime) -> list[Inbound]:
    """Take up what waits. Whoever has not finished it within a minute loses it to somebody else."""
    rows = await tx.rows(_sql["take"], now, _LEASE.total_seconds(), limit)
    return [
        Inbound(
            row["workspace_id"],
            row["id"],
            Source(row["source"]),
            tuple(row["envelope"]),
            row["content"],
            row["attempts"],
        )
        for row in rows
    ]


async def hold(tx: Tx, inbound: Inbound) -> bool:
    """Have one for this transaction; False when somebody has ended it."""
    return await tx.row(_sql["hold"], inbound.workspace_id, inbound.id) is not None


async def finish(tx: Tx, inbound: Inbound, reason: str) -> None:
    """End the work on one: what came of it stays for a while, what it was goes."""
    await tx.run(_sql["finish"], inbound.workspace_id, inbound.id, reason)


async def put_aside(tx: Tx, inbound: Inbound, reason: str) -> None:
    """Put one into quarantine, with the reason."""
    await tx.run(_sql["quarantine"], inbound.workspace_id, inbound.id, reason)


async def wait(tx: Tx, inbound: Inbound, until: datetime) -> None:
    """Have one looked at again later."""
    await tx.run(_sql["wait"], inbound.workspace_id, inbound.id, until)


async def forget_inbound(tx: Tx, *, now: datetime) -> int:
    """Delete what is old, in all workspaces: what was worked after 14 days, the quarantine after 30."""
    return await tx.run(_sql["forget_inbound"], now - _DONE_KEPT, now - _QUARANTINE_KEPT)
