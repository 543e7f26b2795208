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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import structlog

from dripline.contacts.facts import ContactFacts
from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery import gate, letters
from dripline.delivery.capping import places
from dripline.delivery.carriers import Carriers, Way
from dripline.delivery.domains.sending import Domains
from dripline.delivery.feedback.escalating import USUAL, Escalation
from dripline.delivery.lanes import budgets_of, domain_of
from dripline.delivery.letters import Pending
from dripline.delivery.message.addressing import Unmailable
from dripline.delivery.outbox import URGENT, LaneState, SendKey
from dripline.delivery.outcomes import RELAY_UNAVAILABLE, RetryRule, in_doubt, outcome_of
from dripline.delivery.settling import PutBack, Settled, put_back, settle
from dripline.delivery.warmup.moving import day_budget, next_day
from dripline.delivery.writing import Sources, Writer
from dripline.durable.budgets import Grant, give_back, reserve
from dripline.durable.leases import keeping, write_down
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId, new_uuid
from dripline.sequences.enrollments.facts import Run, gather
from dripline.sequences.interpreter.model import Settlement
from dripline.sequences.programs import Published, VersionKey, published
from dripline.templates.rendering.pool import Rendered, RenderFailure

_sql = queries(__package__)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one batch: how many were claimed, how many handed over and taken, and when to look again."""

    claimed: int = 0
    sent: int = 0
    look_again_at: datetime | None = None
    relay_failed: bool = False


class Deliveries:
    """Delivers batches. `carriers` knows how the mail of each workspace leaves."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        carriers: Carriers,
        domains: Domains,
        *,
        lease: timedelta,
        retry: RetryRule,
        chance: Random,
        escalation: Escalation = USUAL,
    ) -> None:
        self._database = database
        self._writer = writer
        self._sources = Sources()
        self._carriers = carriers
        self._domains = domains
        self._lease = lease
        # A verdict must not outlive the lease that it was written under.
        self._good_for = min(gate.GOOD_FOR, lease / 2)
        self._retry = retry
        self._chance = chance
        self._escalation = escalation

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
            await self._domains.load(tx, workspace, {mail.sender_domain for mail in mails})
        if not mails:
            return Delivered(look_again_at=grant.free_at if grant.permits == 0 else None)
        urgent = lane.priority == URGENT
        way = await self._carriers.sure_way(workspace, lane.mode, domain_of(lane.lane))
        async with keeping(self._database, _sql["renew"], workspace, token, lease=self._lease):
            rendered = await self._writer.render(workspace, mails, sources, urgent=urgent, now=now)
            by_key = dict(zip([mail.key for mail in mails], rendered, strict=True))
            going = await self._ask_gate(
                workspace, lane.mode, token, mails, by_key, has_transport=way is not None, now=now
            )
            outcomes = await self._hand_over(workspace, way, going, by_key, urgent=urgent, now=now) if way else []
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
        way = self._carriers.way(lane.workspace_id, lane.mode, domain_of(lane.lane))
        connection = way.carriers[0].name if way is not None else None
        budgets = budgets_of(lane.lane, connection=connection)
        grant = await reserve(tx, lane.workspace_id, budgets, limit, now=now)
        if day_budget(domain_of(lane.lane)) in grant.grown:
            await next_day(tx, lane.workspace_id, domain_of(lane.lane), now=now)
        if not grant.permits:
            return grant, []
        rows = await tx.rows(
            _sql["claim"],
            *(lane.workspace_id, lane.lane, lane.priority, now, grant.permits, token, real_now() + self._lease),
        )
        await give_back(tx, lane.workspace_id, grant, grant.permits - len(rows))
        return grant, [(row["source_id"], row["visit"]) for row in rows]

    async def _ask_gate(
        self,
        workspace: WorkspaceId,
        mode: str,
        token: UUID,
        mails: Sequence[Pending],
        rendered: Mapping[SendKey, Rendered | RenderFailure],
        *,
        has_transport: bool,
        now: datetime,
    ) -> list[Pending]:
        """Judge by what is true now; gives what may be handed over, and has settled or put back the rest."""
        async with self._database.work() as tx:
            await lock_contacts(tx, workspace, [mail.contact.id for mail in mails if mail.contact])
            mails = await letters.load(tx, workspace, token, [mail.key for mail in mails])
            programs = await _programs(tx, workspace, mails)
            facts = await _facts(tx, workspace, mails, programs, now=now)
            capped = [each.contact.id for each in facts.values()]
            left = await places(tx, workspace, capped, now=now) if capped else None
            going: list[Pending] = []
            back: list[PutBack] = []
            over: list[Settled] = []
            for mail in mails:
                known = facts.get(mail.source_id)
                free_at = left.free_at(known.contact.id) if left is not None and known is not None else now
                judgement = gate.judge(
                    mail,
                    programs[mail.run.key].program if mail.run is not None else None,
                    known,
                    has_transport=has_transport,
                    is_proved=mode == "test" or self._domains.known(workspace, mail.sender_domain).may_send,
                    free_at=free_at,
                    now=now,
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

    async def _hand_over(
        self,
        workspace: WorkspaceId,
        way: Way,
        mails: Sequence[Pending],
        rendered: Mapping[SendKey, Rendered | RenderFailure],
        *,
        urgent: bool,
        now: datetime,
    ) -> list[Settled | PutBack]:
        judged = asyncio.get_running_loop().time()
        return list(
            await asyncio.gather(
                *(
                    self._hand_one(workspace, way, mail, rendered[mail.key], judged, urgent=urgent, now=now)
                    for mail in mails
                )
            )
        )

    async def _hand_one(
        self,
        workspace: WorkspaceId,
        way: Way,
        mail: Pending,
        rendered: Rendered | RenderFailure,
        judged: float,
        *,
        urgent: bool,
        now: datetime,
    ) -> Settled | PutBack:
        assert isinstance(rendered, Rendered)
        domain = self._domains.known(workspace, mail.sender_domain)
        try:
            envelope = self._writer.compose(workspace, mail, rendered, sending=domain, now=now)
            carried = await way.send(envelope, urgent=urgent, in_time=lambda: self._is_good(judged))
        except Unmailable as error:
            return Settled(mail, "failed", Settlement.FAILED, "unmailable", error.message)
        except Exception as error:
            # A fault of ours in the middle of a conversation: it may have arrived. The others of the batch go on.
            _log.error("hand_over_failed", exc_info=error)
            return in_doubt(mail, f"{type(error).__name__}: {error}", subject=rendered.subject, now=now)
        if carried is None:
            return PutBack(mail, reason="verdict_too_old")
        return outcome_of(mail, carried, subject=rendered.subject, now=now, rule=self._retry, chance=self._chance)

    def _is_good(self, judged: float) -> bool:
        """Whether the gate's verdict of that moment still holds."""
        return asyncio.get_running_loop().time() - judged <= self._good_for.total_seconds()

    async def _settle(
        self, workspace: WorkspaceId, token: UUID, outcomes: Sequence[Settled | PutBack], *, now: datetime
    ) -> None:
        if not outcomes:
            return
        over = [outcome for outcome in outcomes if isinstance(outcome, Settled)]
        back = [outcome for outcome in outcomes if isinstance(outcome, PutBack)]

        async def act(tx: Tx) -> None:
            await lock_contacts(tx, workspace, [each.mail.contact.id for each in over if each.mail.contact])
            await settle(tx, workspace, token, over, now=now, rule=self._escalation)
            await put_back(tx, workspace, token, back)

        await write_down(self._database, act, lease=self._lease)

    async def _return_permits(self, workspace: WorkspaceId, grant: Grant, permits: int) -> None:
        if permits and grant.windows:
            async with self._database.work() as tx:
                await give_back(tx, workspace, grant, permits)


async def _programs(tx: Tx, workspace: WorkspaceId, mails: Sequence[Pending]) -> Mapping[VersionKey, Published]:
    """The versions that the runs of these mails are in."""
    keys = {mail.run.key for mail in mails if mail.run is not None}
    return await published(tx, workspace, keys) if keys else {}


async def _facts(
    tx: Tx,
    workspace: WorkspaceId,
    mails: Sequence[Pending],
    programs: Mapping[VersionKey, Published],
    *,
    now: datetime,
) -> dict[UUID, ContactFacts]:
    """What is known now about those whose runs asked for the mail, by run; nothing about those who are gone."""
    runs = [
        Run.of(mail.run, mail.contact, programs[mail.run.key])
        for mail in mails
        if mail.run is not None and mail.contact is not None
    ]
    return await gather(tx, workspace, runs, now=now) if runs else {}
