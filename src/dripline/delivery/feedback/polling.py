"""Mailboxes that bounces go to: every minute one worker looks into each, and keeps what is new.

What is kept and how far the mailbox was read are written together, under a lease; only then is mail marked or moved.
So nothing is lost and nothing is kept twice, wherever a worker ends.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import structlog

from dripline.accounts.connections.model import Connection, Status
from dripline.accounts.connections.store import named_connection, note_check, renew_secrets
from dripline.accounts.sealing import Sealer
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.calls.reaching import Reach
from dripline.delivery.feedback.inbound import Received, Source, keep, keep_aside, mail_key
from dripline.delivery.feedback.mailboxes import Batch, Cursor, Mailbox, Trouble, mailbox_of
from dripline.delivery.feedback.oauth import Passes
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId, new_uuid

if TYPE_CHECKING:
    from dripline.delivery.feedback.imap import Session

_sql = queries(__package__)
_log = structlog.get_logger()

_EVERY = timedelta(minutes=1)
_LONGEST_REST = timedelta(minutes=30)
_LEASE = timedelta(minutes=4)
# Longer than a batch may take by itself, shorter than half a lease.
_CALL_SECONDS = 90.0
_CHECK_SECONDS = 8.0
_MOST_BATCHES = 20
_MOST_UNMARKED = 500
# Of a mailbox that is seen for the first time: what came before is about nothing that is remembered.
_LOOKS_BACK = timedelta(days=30)
# So often in a row a conversation may break at the same mail before it goes on without it.
_PATIENCE = 3

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _Claim:
    """A mailbox under a lease, as far as it was read."""

    workspace_id: WorkspaceId
    connection: str
    token: UUID
    place: str
    cursor: Cursor
    unmarked: tuple[int, ...]
    failures: int
    stuck_uid: int | None

    @property
    def key(self) -> tuple[WorkspaceId, str, UUID]:
        return self.workspace_id, self.connection, self.token

    @property
    def skipped(self) -> int | None:
        """The mail to go on without."""
        return self.stuck_uid if self.failures >= _PATIENCE else None


class LeaseLost(Exception):
    """Somebody else reads the mailbox now."""


class Mailboxes:
    """The worker's part. `kept` is called when there is something to be worked."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        most_bytes: int,
        kept: Callable[[], None],
        tls: ssl.SSLContext | None = None,
        reach: Reach | None = None,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._most_bytes = most_bytes
        self._kept = kept
        self._tls = tls
        self._reach = reach
        self._passes = Passes()

    async def once(self) -> float | None:
        """Look into the mailbox that is due for the longest; gives 0 while there may be more."""
        async with self._database.work() as tx:
            claim = await _claim(tx)
            if claim is None:
                return None
            connection = await named_connection(tx, claim.workspace_id, claim.connection, sealer=self._sealer)
        if connection is not None and connection.status is not Status.UNREADABLE:
            await self._look(claim, connection)
        return 0

    async def _look(self, claim: _Claim, connection: Connection) -> None:
        mailbox = mailbox_of(connection)
        session = _session(mailbox, self._tls, most_bytes=self._most_bytes, reach=self._reach, passes=self._passes)
        try:
            is_read = await self._read_all(claim, mailbox, session)
        except LeaseLost:
            _log.info("mailbox_lease_lost", connection=claim.connection)
        except Trouble as trouble:
            await self._failed(claim, connection, trouble)
        else:
            async with self._database.work() as tx:
                now = real_now()
                await tx.run(_sql["release_mailbox"], *claim.key, now + _EVERY if is_read else now)
                if connection.status is not Status.OK:
                    await note_check(tx, claim.workspace_id, connection, None, now=now)
        finally:
            session.abort()
            await asyncio.to_thread(session.close)
            await self._keep_refresh_token(claim, connection, session)

    async def _keep_refresh_token(self, claim: _Claim, connection: Connection, session: "Session") -> None:
        """Keep the refresh token that takes the place of the last one, which ends some day."""
        renewed = session.access.refresh_token if session.access is not None else ""
        if renewed and renewed != connection.secrets.get("refreshToken"):
            secrets = {**connection.secrets, "refreshToken": renewed}
            async with self._database.work() as tx:
                await renew_secrets(tx, claim.workspace_id, connection, secrets, sealer=self._sealer)

    async def _read_all(self, claim: _Claim, mailbox: Mailbox, session: "Session") -> bool:
        """Read what is new, batch by batch; False when there is more than one turn may take."""
        validity = await in_time(session, session.open, seconds=_CALL_SECONDS)
        if claim.place != mailbox.place or claim.cursor.validity != validity:
            claim = replace(claim, place=mailbox.place, cursor=Cursor(validity), unmarked=())
        since = (real_now() - _LOOKS_BACK).date()
        for _ in range(_MOST_BATCHES):
            cursor, skipped = claim.cursor, claim.skipped
            batch = await in_time(session, lambda: session.read(cursor, since, skipped), seconds=_CALL_SECONDS)  # noqa: B023
            if batch.end != claim.cursor or batch.end.uid == 0:
                claim = await self._keep(claim, batch)
            if claim.unmarked:
                uids = claim.unmarked
                await in_time(session, lambda: session.put_away(uids), seconds=_CALL_SECONDS)  # noqa: B023
                claim = await self._marked(claim)
            if not batch.has_more:
                return True
        return False

    async def _keep(self, claim: _Claim, batch: Batch) -> _Claim:
        """Keep a batch and move the cursor behind it, in one."""
        read = [uid for uid, _ in batch.mails]
        after = replace(
            claim,
            cursor=batch.end,
            unmarked=(*claim.unmarked, *read)[-_MOST_UNMARKED:],
            failures=0,
            stuck_uid=None,
        )
        await self._database.transact(lambda tx: _store(tx, after, batch))
        if read:
            self._kept()
        return after

    async def _marked(self, claim: _Claim) -> _Claim:
        async with self._database.work() as tx:
            if not await tx.run(_sql["marked"], *claim.key):
                raise LeaseLost
        return replace(claim, unmarked=())

    async def _failed(self, claim: _Claim, connection: Connection, trouble: Trouble) -> None:
        _log.warning("mailbox_failed", connection=claim.connection, error=str(trouble))
        async with self._database.work() as tx:
            now = real_now()
            failures = claim.failures + 1 if trouble.uid == claim.stuck_uid else 1
            rest = min(_EVERY * 2 ** min(failures - 1, 10), _LONGEST_REST)
            if await tx.run(_sql["mailbox_failed"], *claim.key, failures, trouble.uid, now + rest):
                await note_check(tx, claim.workspace_id, connection, str(trouble), now=now)


async def check_mailbox(connection: Connection, reach: Reach | None = None) -> str | None:
    """Whether the mailbox of a connection can be opened; the reason why not, else None."""
    return await why_closed(mailbox_of(connection), reach=reach)


async def why_closed(mailbox: Mailbox, tls: ssl.SSLContext | None = None, *, reach: Reach | None = None) -> str | None:
    """Why a mailbox cannot be opened; None when it can."""
    session = _session(mailbox, tls, most_bytes=0, reach=reach)
    try:
        await in_time(session, session.open, seconds=_CHECK_SECONDS)
    except Trouble as trouble:
        return str(trouble)
    finally:
        session.abort()
        await asyncio.to_thread(session.close)
    return None


async def in_time(session: "Session", act: Callable[[], Found], *, seconds: float) -> Found:
    """What a call of a session gives, from a thread.

    Raises:
        Trouble: it said so, or it took too long; then the conversation is over.
    """
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.to_thread(act)
    except TimeoutError:
        raise Trouble(f"no answer in {seconds:g} seconds") from None
    except asyncio.CancelledError:
        session.abort()
        raise


async def forget_mailboxes(tx: Tx) -> int:
    """Delete what is known of mailboxes whose connection has gone, in all workspaces."""
    return await tx.run(_sql["forget_mailboxes"])


def _session(
    mailbox: Mailbox,
    tls: ssl.SSLContext | None,
    *,
    most_bytes: int,
    reach: Reach | None,
    passes: Passes | None = None,
) -> "Session":
    from dripline.delivery.feedback.imap import Session

    context = tls or ssl.create_default_context()
    return Session(mailbox, context, most_bytes=most_bytes, reach=reach, passes=passes)


async def _claim(tx: Tx) -> _Claim | None:
    token, now = new_uuid(), real_now()
    row = await tx.row(_sql["claim_mailbox"], now, token, now + _LEASE)
    if row is None:
        return None
    return _Claim(
        row["workspace_id"],
        row["connection"],
        token,
        row["place"],
        Cursor(row["uid_validity"], row["uid"]),
        tuple(row["unmarked"]),
        row["failures"],
        row["stuck_uid"],
    )


async def _store(tx: Tx, claim: _Claim, batch: Batch) -> None:
    now = real_now()
    cursor = claim.cursor
    moved = await tx.run(
        _sql["move_cursor"], *claim.key, claim.place, cursor.validity, cursor.uid, list(claim.unmarked), now + _LEASE
    )
    if not moved:
        raise LeaseLost
    workspace = claim.workspace_id
    received = {mail_key(raw, ()): raw for _, raw in batch.mails}
    await keep(tx, workspace, Source.IMAP, [Received(key, raw) for key, raw in received.items()], now=now)
    aside: Sequence[tuple[str, str]] = [
        (f"{claim.place}/{cursor.validity}/{uid}", f"the mailbox did not give mail {uid}: {why}")
        for uid, why in batch.withheld
    ]
    if aside:
        await keep_aside(tx, workspace, Source.IMAP, aside, now=now)
