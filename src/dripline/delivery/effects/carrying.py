"""Carrying effects out: claim, judge, ask the world, settle. One batch of one lane at a time.

claim   one transaction: rows leased                                   crash: the lease ends, nothing was said
judge   one transaction under the contacts' locks: verdicts written,   crash: the same
        what may go is marked `carrying`, with what will be asked
ask     the provider, under the key of the visit                       crash: it is asked again, under the same key
settle  one transaction: outcome, code, run                            crash: the same
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol
from uuid import UUID

import structlog

from dripline.accounts.connections.model import Connection
from dripline.contacts.facts import ContactFacts
from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.discounts.faking import fake_discount
from dripline.delivery.discounts.model import Plan, next_request
from dripline.delivery.discounts.pools import draw
from dripline.delivery.effects.answers import Answer, Done, Later, Never
from dripline.delivery.effects.asked import Asked, load
from dripline.delivery.effects.judging import judge, outcome_of
from dripline.delivery.effects.queue import Lane, LaneState
from dripline.delivery.effects.settling import PutBack, Settled, as_json, put_back, settle
from dripline.durable.leases import keeping, write_down
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ContactId, WorkspaceId, new_uuid
from dripline.sequences.enrollments.facts import Run, gather
from dripline.sequences.interpreter.program import Discount, Node, Offer, Webhook
from dripline.sequences.programs import published

_sql = queries(__package__)
_log = structlog.get_logger()

# How soon it is looked again whether a provider has been connected.
_UNCONNECTED = timedelta(minutes=1)
_SHOWN = {Lane.STRIPE: "Stripe", Lane.SHOPIFY: "Shopify"}


class Maker(Protocol):
    """Makes codes at one provider. Asked for the same code again, it gives the one that it made."""

    async def __call__(self, connection: Connection, offer: Offer, plan: Plan, asked: Asked, /) -> Answer: ...


class Caller(Protocol):
    """Calls webhooks."""

    async def request_of(self, hook: Webhook, asked: Asked, *, now: datetime) -> Answer:
        """What would be called and with what, as the result of a call that is not made."""
        ...

    async def call(self, hook: Webhook, asked: Asked, *, now: datetime) -> Answer:
        """Call, and say what came of it."""
        ...


class Connecting(Protocol):
    """Finds the connection of a workspace to a provider, in the transaction that asks."""

    async def __call__(self, tx: Tx, workspace: WorkspaceId, lane: Lane, /) -> Connection | None: ...


@dataclass(frozen=True, slots=True)
class World:
    """Whom effects are asked of."""

    makers: dict[Lane, Maker]
    caller: Caller
    connecting: Connecting


@dataclass(frozen=True, slots=True)
class _Going:
    """An effect that is being carried out: by which step, with which plan, over which connection."""

    asked: Asked
    node: Node
    plan: Plan | None
    connection: Connection | None


class Effects:
    """Carries out batches."""

    def __init__(self, database: Database, world: World, *, lease: timedelta, chance: Random) -> None:
        self._database = database
        self._world = world
        self._lease = lease
        self._chance = chance

    async def run(self, lane: LaneState, *, limit: int, now: datetime) -> int:
        """Carry out at most `limit` effects of a lane that are due at `now`, the workspace's time; gives how many were
        claimed.

        Raises:
            Whatever the database raises when it is out of reach. Leases then run out, and the sweep decides.
        """
        workspace, token = lane.workspace_id, new_uuid()
        async with self._database.work() as tx:
            until = real_now() + self._lease
            rows = await tx.rows(_sql["claim"], workspace, lane.lane, now, limit, token, until)
        if not rows:
            return 0
        async with keeping(self._database, _sql["renew"], workspace, token, lease=self._lease):
            contacts = [row["contact_id"] for row in rows]
            going = await self._judge(lane, token, contacts, now=now)
            answers = await asyncio.gather(*(self._ask(lane.mode, each, now=now) for each in going))

            async def act(tx: Tx) -> None:
                await lock_contacts(tx, workspace, [each.asked.contact_id for each in going])
                await self._settle(tx, workspace, token, list(zip(going, answers, strict=True)), now=now)

            if going:
                await write_down(self._database, act, lease=self._lease)
        return len(rows)

    async def _judge(
        self, lane: LaneState, token: UUID, contacts: Sequence[ContactId], *, now: datetime
    ) -> list[_Going]:
        """Judge by what is true now; gives what may be asked for, and has settled or put back the rest."""
        workspace = lane.workspace_id
        async with self._database.work() as tx:
            await lock_contacts(tx, workspace, contacts)
            batch = await load(tx, workspace, token)
            programs = await published(tx, workspace, {each.run.key for each in batch})
            runs = [Run.of(each.run, each.contact, programs[each.run.key]) for each in batch if each.contact]
            facts: dict[UUID, ContactFacts] = await gather(tx, workspace, runs, now=now) if runs else {}
            connection, missing = await self._connect(tx, lane)
            going: list[_Going] = []
            over: list[Settled] = []
            back: list[PutBack] = []
            for asked in batch:
                program = programs[asked.run.key].program
                match judge(asked, program, facts.get(asked.source_id)):
                    case Settled() as settled:
                        over.append(settled)
                    case PutBack() as held:
                        back.append(held)
                    case None if missing is not None:
                        back.append(
                            PutBack(asked, asked.plan, now + _UNCONNECTED, reason="not_connected", detail=missing)
                        )
                    case None:
                        going.append(self._plan(asked, program.nodes[asked.step], connection, lane.mode, now=now))
            await settle(tx, workspace, token, over, now=now)
            await put_back(tx, workspace, token, back)
            return await self._start(tx, workspace, token, going, now=now)

    async def _connect(self, tx: Tx, lane: LaneState) -> tuple[Connection | None, str | None]:
        """The connection, where this lane needs one, and why there is none that could be used."""
        if lane.mode == "test" or lane.lane not in _SHOWN:
            return None, None
        connection = await self._world.connecting(tx, lane.workspace_id, lane.lane)
        return connection, None if connection is not None else f"{_SHOWN[lane.lane]} is not connected"

    def _plan(self, asked: Asked, node: Node, connection: Connection | None, mode: str, *, now: datetime) -> _Going:
        plan = None
        if isinstance(node, Discount) and mode != "test" and asked.lane is not Lane.POOL:
            plan = next_request(node.offer, asked.plan, now=now, chance=self._chance)
        return _Going(asked, node, plan, connection)

    async def _start(
        self, tx: Tx, workspace: WorkspaceId, token: UUID, going: Sequence[_Going], *, now: datetime
    ) -> list[_Going]:
        if not going:
            return []
        started = await tx.rows(
            _sql["start"],
            workspace,
            token,
            real_now() + self._lease,
            now,
            [each.asked.source_id for each in going],
            [each.asked.visit for each in going],
            [as_json(each.plan) for each in going],
        )
        ours = {(row["source_id"], row["visit"]) for row in started}
        return [each for each in going if each.asked.key in ours]

    async def _ask(self, mode: str, going: _Going, *, now: datetime) -> Answer | None:
        """What the world says; None of what is answered here, in the transaction that settles it."""
        try:
            match going.node:
                case Discount(offer=offer) if mode == "test":
                    discount = fake_discount(offer, seed=going.asked.name, now=now)
                    return Done(f"made {discount['code']}, which is no real code", discount, discount)
                case Discount(offer=offer) if going.connection is not None and going.plan is not None:
                    make = self._world.makers[going.asked.lane]
                    return await make(going.connection, offer, going.plan, going.asked)
                case Discount():
                    return None
                case Webhook() as hook if mode == "test":
                    return await self._world.caller.request_of(hook, going.asked, now=now)
                case Webhook() as hook:
                    return await self._world.caller.call(hook, going.asked, now=now)
                case _:
                    return Never("step_changed", "this step asks for nothing any more")
        except Exception as error:
            # A fault of ours: it may have been heard. The others of the batch go on, and it is asked again.
            _log.error("effect_failed", lane=going.asked.lane, exc_info=error)
            return Later("internal_error", f"a fault of this installation: {type(error).__name__}")

    async def _settle(
        self,
        tx: Tx,
        workspace: WorkspaceId,
        token: UUID,
        answered: Sequence[tuple[_Going, Answer | None]],
        *,
        now: datetime,
    ) -> None:
        outcomes = []
        for going, answer in answered:
            if answer is None:
                assert isinstance(going.node, Discount)
                answer = await draw(tx, workspace, going.node.offer, going.asked.key, now=now)
            outcomes.append(outcome_of(going.asked, going.plan, answer, now=now, chance=self._chance))
        await settle(tx, workspace, token, [each for each in outcomes if isinstance(each, Settled)], now=now)
        await put_back(tx, workspace, token, [each for each in outcomes if isinstance(each, PutBack)])
