"""Delivering to one webhook: claim, call, write down. The engine is not concerned, so that no contact is locked.

claim   one transaction: deliveries leased, with what they tell        crash: the lease ends, nobody was called
call    each delivery under its own id, some at a time                 crash: it is called again, under the same id
settle  one transaction: what was answered, and how the webhook does   crash: the same
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
import structlog

from dripline.accounts.sealing import Sealer, Unsealable
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.calls.posting import NoAnswer, Poster
from dripline.delivery.calls.targets import NotAllowed
from dripline.delivery.webhooks.choosing import announce
from dripline.delivery.webhooks.judging import DISABLED_AFTER, Answer, judge
from dripline.delivery.webhooks.model import WEBHOOK_DISABLED, Reason, Told
from dripline.delivery.webhooks.payloads import body_of, headers_of
from dripline.delivery.webhooks.store import open_secrets, told_of
from dripline.durable.leases import keeping, write_down
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WebhookId, WorkspaceId, new_uuid, show

_sql = queries(__package__)
_log = structlog.get_logger()

BATCH = 20
_CALLS_AT_ONCE = 5
_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Lane:
    """A webhook with something to deliver, now or later."""

    workspace_id: WorkspaceId
    webhook_id: WebhookId
    is_failing: bool
    due_at: datetime


@dataclass(frozen=True, slots=True)
class _Due:
    """A delivery in hand. `attempts` counts the calls before this one."""

    id: UUID
    told: Told
    attempts: int


class Deliverer:
    """Makes batches of deliveries."""

    def __init__(self, database: Database, poster: Poster, sealer: Sealer, *, lease: timedelta, chance: Random) -> None:
        self._database = database
        self._poster = poster
        self._sealer = sealer
        self._lease = lease
        self._chance = chance

    async def run(self, lane: Lane) -> int:
        """Deliver what is due, some of it; gives how much. Of a webhook that fails only one is tried.

        Raises:
            Whatever the database raises when it is out of reach. Leases then run out, and the sweep decides.
        """
        token = new_uuid()
        target, batch = await self._claim(lane, token, limit=1 if lane.is_failing else BATCH)
        if target is None or not batch:
            return 0
        async with keeping(self._database, _sql["renew"], lane.workspace_id, token, lease=self._lease):
            some = asyncio.Semaphore(_CALLS_AT_ONCE)
            answers = await asyncio.gather(*(self._call(lane, target, due, some) for due in batch))

            async def act(tx: Tx) -> None:
                await self._settle(tx, lane, target["url"], token, list(zip(batch, answers, strict=True)))

            await write_down(self._database, act, lease=self._lease)
        return len(batch)

    async def _claim(self, lane: Lane, token: UUID, *, limit: int) -> tuple[Row | None, list[_Due]]:
        workspace, webhook = lane.workspace_id, lane.webhook_id
        async with self._database.work() as tx:
            target = await tx.row(_sql["target"], workspace, webhook)
            if target is None:
                return None, []
            now = real_now()
            if not await tx.run(_sql["claim"], workspace, webhook, now, limit, token, now + self._lease):
                return target, []
            rows = await tx.rows(_sql["claimed"], workspace, webhook, token)
        return target, [_Due(row["id"], told_of(row), row["attempts"]) for row in rows]

    async def _call(self, lane: Lane, target: Row, due: _Due, some: asyncio.Semaphore) -> Answer:
        async with some:
            now = real_now()
            try:
                secrets = open_secrets(lane.workspace_id, lane.webhook_id, target, sealer=self._sealer, now=now)
                body = msgspec.json.encode(body_of(due.told))
                headers = headers_of(secrets, show("delivery", due.id), now, body)
                reply = await self._poster.post(target["url"], body, headers)
            except NotAllowed as error:
                return Answer(None, f"is not called: {error}", final=True)
            except NoAnswer as error:
                return Answer(None, str(error))
            except Unsealable as error:
                return Answer(None, f"cannot be signed: the secret {error}"[:_LONGEST_DETAIL])
            except Exception as error:
                # A fault of ours: it may have been heard. The others of the batch go on, and it is tried again.
                _log.error("webhook_call_failed", webhook=show("webhook", lane.webhook_id), exc_info=error)
                return Answer(None, f"a fault of this installation: {type(error).__name__}")
            return Answer(reply.status, reply.said[:_LONGEST_DETAIL], after=reply.after)

    async def _settle(self, tx: Tx, lane: Lane, url: str, token: UUID, answered: Sequence[tuple[_Due, Answer]]) -> None:
        now = real_now()
        verdicts = [judge(answer, due.attempts + 1, now=now, chance=self._chance) for due, answer in answered]
        await tx.run(
            _sql["settle"],
            *(lane.workspace_id, token, now),
            [due.id for due, _ in answered],
            [verdict.status for verdict in verdicts],
            [verdict.due_at for verdict in verdicts],
            [answer.status for _, answer in answered],
            [answer.words for _, answer in answered],
        )
        await _note(tx, lane, url, [answer for _, answer in answered], now=now)


async def _note(tx: Tx, lane: Lane, url: str, answers: Sequence[Answer], *, now: datetime) -> None:
    """Write how the webhook does. A call under an address that it has no more says nothing about it."""
    hook = lane.workspace_id, lane.webhook_id, url
    gone = [answer for answer in answers if answer.is_gone]
    if any(answer.is_good for answer in answers) and not gone:
        await tx.run(_sql["note_good"], *hook)
        return
    last = (gone or list(answers))[-1].words
    since: datetime | None = await tx.value(_sql["note_failures"], *hook, now, len(answers), last)
    if since is None:
        return
    reason = Reason.GONE if gone else Reason.FAILING
    if not gone and now - since < DISABLED_AFTER:
        return
    if await tx.run(_sql["disable"], *hook, reason, now):
        shown = show("webhook", lane.webhook_id)
        _log.warning("webhook_disabled", webhook=shown, reason=reason, last_error=last)
        data = {"webhookId": shown, "url": url, "reason": str(reason), "lastError": last}
        await announce(tx, lane.workspace_id, WEBHOOK_DISABLED, data, at=now)
