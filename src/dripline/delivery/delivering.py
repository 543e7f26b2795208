"""Delivering: claim, render, gate, hand over, settle. One batch of one lane at a time, several batches in flight.

claim      one transaction: permits reserved, rows leased           crash: the lease ends, nothing was said
render     child processes, no transaction                          crash: the same
gate       one transaction under the contacts' locks: verdicts      crash: the same
           written, what may go is marked `handing`                 from here a crash leaves it in doubt
hand over  the transport, one letter a connection
settle     one transaction: outcome, outbox, run, events            crash: in doubt, unless the transport keeps
                                                                    each key once
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import structlog

from dripline.contacts.facts import ContactFacts
from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database, is_out_of_reach
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery import gate, letters
from dripline.delivery.capping import places
from dripline.delivery.letters import Pending
from dripline.delivery.message.addressing import Unmailable
from dripline.delivery.outbox import LaneState, SendKey
from dripline.delivery.outcomes import RELAY_UNAVAILABLE, RetryRule, in_doubt, outcome_of
from dripline.delivery.settling import PutBack, Settled, put_back, settle
from dripline.delivery.transports.contract import Transport
from dripline.delivery.writing import Sources, Writer
from dripline.durable.budgets import Grant, give_back, reserve
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId, new_uuid
from dripline.sequences.enrollments.facts import Run, gather
from dripline.sequences.interpreter.model import Settlement
from dripline.sequences.programs import Published, VersionKey, published
from dripline.templates.rendering.pool import Rendered, RenderFailure

_sql = queries(__package__)
_log = structlog.get_logger()


def day_budget(lane: str) -> str:
    """The name of the budget that limits what a sending domain sends in a day (UTC)."""
    return f"domain:{lane}/day"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one batch: how many were claimed, how many handed over and taken, and when to look again."""

    claimed: int = 0
    sent: int = 0
    look_again_at: datetime | None = None
    relay_failed: bool = False


class Deliveries:
    """Delivers batches. `transports` has one for each mode of workspace that can send at all."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        transports: Mapping[str, Transport],
        *,
        lease: timedelta,
        retry: RetryRule,
        chance: Random,
    ) -> None:
        self._database = database
        self._writer = writer
        self._sources = Sources()
        self._transports = transports
        self._lease = lease
        # A verdict must not outlive the lease that it was written under.
        self._good_for = min(gate.GOOD_FOR, lease / 2)
        self._retry = retry
        self._chance = chance
        self._slots = {mode: asyncio.Semaphore(transport.slots) for mode, transport in transports.items()}

    async def run(self, lane: LaneState, *, limit: int, now: datetime) -> Delivered:
        """Deliver at most `limit` mails of a lane that are due at `now`, the workspace's time.

        Raises:
            Whatever the database raises when it is out of reach. Leases then run out, and the sweep decides.
        """
        workspace = lane.workspace_id
        token = new_uuid()
        async with self._database.work() as tx:
            grant, keys = await self._claim(tx, lane, token, limit=limit, now=now)
            mails = await letters.load(tx, workspace, token, keys) if keys else []
            sources = await self._sources.load(tx, workspace, mails)
        if not mails:
            return Delivered(look_again_at=grant.turns_at if grant.permits == 0 else None)
        async with self._keeping_lease(workspace, token):
            rendered = await self._writer.render(workspace, mails, sources, now=now)
            by_key = dict(zip([mail.key for mail in mails], rendered, strict=True))
            going = await self._ask_gate(workspace, lane.mode, token, mails, by_key, now=now)
            outcomes = await self._hand_over(workspace, lane.mode, going, by_key, now=now)
            await self._settle(workspace, token, outcomes, now=now)
        sent = sum(isinstance(each, Settled) and each.sent_at is not None for each in outcomes)
        await self._return_permits(workspace, grant, len(mails) - sent)
        # One recipient at whom a relay closes the door is not a relay that cannot be used.
        failed = any(isinstance(each, PutBack) and each.reason == RELAY_UNAVAILABLE for each in outcomes)
        return Delivered(len(mails), sent, relay_failed=failed and not sent)

    async def _claim(
        self, tx: Tx, lane: LaneState, token: UUID, *, limit: int, now: datetime
    ) -> tuple[Grant, list[SendKey]]:
        """Reserve permits, then lease no more than they allow, then give back what was too many."""
        grant = await reserve(tx, lane.workspace_id, day_budget(lane.lane), limit, now=now)
        if not grant.permits:
            return grant, []
        rows = await tx.rows(
            _sql["claim"],
            *(lane.workspace_id, lane.lane, lane.priority, now, grant.permits, token, real_now() + self._lease),
        )
        await give_back(tx, lane.workspace_id, grant.name, grant.permits - len(rows), window=grant.window)
        return grant, [(row["source_id"], row["visit"]) for row in rows]

    async def _ask_gate(
        self,
        workspace: WorkspaceId,
        mode: str,
        token: UUID,
        mails: Sequence[Pending],
        rendered: Mapping[SendKey, Rendered | RenderFailure],
        *,
        now: datetime,
    ) -> list[Pending]:
        """Judge by what is true now; gives what may be handed over, and has settled or put back the rest."""
        async with self._database.work() as tx:
            await lock_contacts(tx, workspace, [mail.contact.id for mail in mails if mail.contact])
            mails = await letters.load(tx, workspace, token, [mail.key for mail in mails])
            programs = await published(tx, workspace, {mail.version for mail in mails})
            facts = await self._facts(tx, workspace, mails, programs, now=now)
            left = await places(tx, workspace, [each.contact.id for each in facts.values()], now=now)
            going: list[Pending] = []
            back: list[PutBack] = []
            over: list[Settled] = []
            for mail in mails:
                known = facts.get(mail.source_id)
                free_at = left.free_at(known.contact.id) if left is not None and known is not None else now
                judgement = gate.judge(
                    mail,
                    programs[mail.version].program,
                    known,
                    has_transport=mode in self._transports,
                    free_at=free_at,
                )
                match judgement, rendered[mail.key]:
                    case gate.Defer(reason, until), _:
                        back.append(PutBack(mail, due_at=until, reason=reason))
                    case gate.Skip(reason, exits), _:
                        over.append(Settled(mail, "skipped", Settlement.SKIPPED, reason, exits=exits))
                    case gate.Hold(reason), _:
                        back.append(PutBack(mail, held=reason, reason=reason))
                    case gate.Send(), RenderFailure(reason, detail):
                        over.append(Settled(mail, "skipped", Settlement.SKIPPED, reason, detail))
                    case gate.Send(), Rendered():
                        going.append(mail)
                        if left is not None and known is not None:
                            left.take(known.contact.id)
            await settle(tx, workspace, token, over, now=now)
            await put_back(tx, workspace, token, back)
            if not going:
                return []
            started = await tx.rows(
                _sql["start_handing"],
                *(workspace, token, [mail.source_id for mail in going], real_now() + self._lease, now),
            )
            ours = {(row["source_id"], row["visit"]) for row in started}
        return [mail for mail in going if mail.key in ours]

    async def _facts(
        self,
        tx: Tx,
        workspace: WorkspaceId,
        mails: Sequence[Pending],
        programs: Mapping[VersionKey, Published],
        *,
        now: datetime,
    ) -> dict[UUID, ContactFacts]:
        """What is known now about those whom the mail is for, by run; nothing about those who are gone."""
        runs = [
            Run(
                mail.source_id,
                mail.contact,
                mail.sequence_id,
                programs[mail.version],
                mail.entered_with,
                mail.enrolled_at,
                mail.anchor,
            )
            for mail in mails
            if mail.contact is not None
        ]
        return await gather(tx, workspace, runs, now=now)

    async def _hand_over(
        self,
        workspace: WorkspaceId,
        mode: str,
        mails: Sequence[Pending],
        rendered: Mapping[SendKey, Rendered | RenderFailure],
        *,
        now: datetime,
    ) -> list[Settled | PutBack]:
        judged = asyncio.get_running_loop().time()
        return list(
            await asyncio.gather(
                *(self._hand_one(workspace, mode, mail, rendered[mail.key], judged, now=now) for mail in mails)
            )
        )

    async def _hand_one(
        self,
        workspace: WorkspaceId,
        mode: str,
        mail: Pending,
        rendered: Rendered | RenderFailure,
        judged: float,
        *,
        now: datetime,
    ) -> Settled | PutBack:
        assert isinstance(rendered, Rendered)
        try:
            envelope = self._writer.compose(workspace, mail, rendered, now=now)
            async with self._slots[mode]:
                waited = asyncio.get_running_loop().time() - judged
                if waited > self._good_for.total_seconds():
                    return PutBack(mail, reason="verdict_too_old")
                reply = await self._transports[mode].send(envelope)
        except Unmailable as error:
            return Settled(mail, "failed", Settlement.FAILED, "unmailable", error.message)
        except Exception as error:
            # A fault of ours in the middle of a conversation: it may have arrived. The others of the batch go on.
            _log.error("hand_over_failed", exc_info=error)
            return in_doubt(mail, f"{type(error).__name__}: {error}", subject=rendered.subject, now=now)
        return outcome_of(mail, reply, subject=rendered.subject, now=now, rule=self._retry, chance=self._chance)

    async def _settle(
        self, workspace: WorkspaceId, token: UUID, outcomes: Sequence[Settled | PutBack], *, now: datetime
    ) -> None:
        if not outcomes:
            return
        over = [outcome for outcome in outcomes if isinstance(outcome, Settled)]
        back = [outcome for outcome in outcomes if isinstance(outcome, PutBack)]

        async def act(tx: Tx) -> None:
            await lock_contacts(tx, workspace, [each.mail.contact.id for each in over if each.mail.contact])
            await settle(tx, workspace, token, over, now=now)
            await put_back(tx, workspace, token, back)

        await self._persist(act)

    async def _persist(self, act: Callable[[Tx], Awaitable[None]]) -> None:
        """Write down what the world said, and keep at it while the database is away: it is known only here."""
        until = asyncio.get_running_loop().time() + self._lease.total_seconds()
        while True:
            try:
                return await self._database.transact(act)
            except Exception as error:
                if not is_out_of_reach(error) or asyncio.get_running_loop().time() > until:
                    raise
                await asyncio.sleep(0.2)

    async def _return_permits(self, workspace: WorkspaceId, grant: Grant, permits: int) -> None:
        if permits and grant.window is not None:
            async with self._database.work() as tx:
                await give_back(tx, workspace, grant.name, permits, window=grant.window)

    @asynccontextmanager
    async def _keeping_lease(self, workspace: WorkspaceId, token: UUID) -> AsyncIterator[None]:
        """Renew the lease for as long as the work under it goes on: a server may take ten minutes to answer."""
        renewing = asyncio.create_task(self._renew(workspace, token))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, workspace: WorkspaceId, token: UUID) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                async with self._database.work() as tx:
                    await tx.run(_sql["renew"], workspace, token, real_now() + self._lease)
            except Exception as error:
                if not is_out_of_reach(error):
                    raise
                _log.warning("lease_not_renewed", error=str(error))
