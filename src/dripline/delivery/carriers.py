"""Which transports carry the mail of a workspace, in which order, and how each of them is doing.

A workspace sends through its own connections: the lowest priority first, those that serve the sending domain. Where it
has none that does, through what the environment gives to its mode. A carrier that cannot be used hands the letter on
to the next one, and rests; one that may have taken a letter never does.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from dripline.accounts.connections.environment import ENVIRONMENT
from dripline.accounts.connections.model import Connection, Route, Status
from dripline.accounts.connections.store import connections_that_carry
from dripline.accounts.model import Mode
from dripline.accounts.sealing import Sealer
from dripline.database.pool import Database
from dripline.delivery.slots import Slots
from dripline.delivery.transports.contract import Envelope, Reply, Transport, Verdict
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_log = structlog.get_logger()

Connect: TypeAlias = Callable[[WorkspaceId, Connection], Transport]
"""Makes the transport of a connection. Connects to nobody yet."""

CarrierKey: TypeAlias = tuple[object, ...]

_NAMES = {Mode.LIVE: ENVIRONMENT, Mode.TEST: "inbox"}
_FRESH = timedelta(seconds=1)
_FIRST_REST = timedelta(seconds=2)
_LONGEST_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Carried:
    """What a transport said to a letter, and which one it was."""

    reply: Reply
    by: str


class Carrier:
    """A transport as one worker uses it: its places, and a rest that grows while it cannot be used."""

    def __init__(self, key: CarrierKey, name: str, transport: Transport) -> None:
        self.key = key
        self.name = name
        self.transport = transport
        self._slots = Slots(transport.slots)
        self._rests_until: datetime | None = None
        self._rest = _FIRST_REST

    def rests(self, real: datetime) -> bool:
        return self._rests_until is not None and self._rests_until > real

    async def carry(self, envelope: Envelope, *, urgent: bool, in_time: Callable[[], bool]) -> Reply | None:
        """What the transport says; None when it was too late by the time that it had a place free.

        Raises:
            Unmailable: the envelope cannot go out; nothing was sent.
        """
        async with self._slots.taken(urgent=urgent):
            if not in_time():
                return None
            reply = await self.transport.send(envelope)
        self._learn(reply)
        return reply

    def _learn(self, reply: Reply) -> None:
        if reply.verdict is Verdict.UNAVAILABLE:
            self._rests_until = real_now() + (reply.again_after or self._rest)
            self._rest = min(self._rest * 2, _LONGEST_REST)
        elif reply.verdict is not Verdict.IN_DOUBT:
            self._rests_until = None
            self._rest = _FIRST_REST


@dataclass(frozen=True, slots=True)
class Way:
    """The carriers that may take a letter, in order. There is at least one."""

    carriers: tuple[Carrier, ...]

    @property
    def key(self) -> CarrierKey:
        return tuple(carrier.key for carrier in self.carriers)

    @property
    def slots(self) -> int:
        """How many letters the widest of them carries at once."""
        return max(carrier.transport.slots for carrier in self.carriers)

    @property
    def idempotent(self) -> bool:
        """Whether a letter can be handed over again without leaving a second copy: there is no other carrier for it."""
        return len(self.carriers) == 1 and self.carriers[0].transport.idempotent

    async def send(self, envelope: Envelope, *, urgent: bool, in_time: Callable[[], bool]) -> Carried | None:
        """What became of a letter; None when it was too late to hand it over.

        The next carrier is asked only when the one before has said that it did not take the letter, and that this is
        not because of the letter. Those that rest are asked last.

        Raises:
            Unmailable: the envelope cannot go out; nothing was sent.
        """
        real = real_now()
        refused: Carried | None = None
        for carrier in sorted(self.carriers, key=lambda each: each.rests(real)):
            if refused is not None and carrier.rests(real):
                break
            reply = await carrier.carry(envelope, urgent=urgent, in_time=in_time)
            if reply is None:
                return refused
            if reply.verdict is not Verdict.UNAVAILABLE:
                return Carried(reply, carrier.name)
            refused = _sooner(refused, Carried(reply, carrier.name))
        return refused


def _sooner(before: Carried | None, after: Carried) -> Carried:
    """Of two that cannot be used, what the first one said, and the shorter of the times that they ask for."""
    if before is None:
        return after
    waits = [each.reply.again_after for each in (before, after) if each.reply.again_after is not None]
    again = min(waits) if len(waits) == 2 else None
    return Carried(replace(before.reply, again_after=again), before.by)


class Carriers:
    """The ways of all workspaces in one worker. `given`: the transport of each mode that needs no connection."""

    def __init__(
        self,
        given: Mapping[str, Transport],
        database: Database | None = None,
        sealer: Sealer | None = None,
        connect: Connect | None = None,
    ) -> None:
        self._given = {
            mode: Way((Carrier((mode,), _NAMES[Mode(mode)], transport),)) for mode, transport in given.items()
        }
        self._database = database
        self._sealer = sealer
        self._connect = connect
        self._own: dict[WorkspaceId, list[tuple[Route, Carrier]]] = {}
        self._kept: dict[CarrierKey, Carrier] = {}
        self._looked: dict[WorkspaceId, datetime] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def modes(self) -> list[str]:
        """The modes whose workspaces need no connection of their own."""
        return list(self._given)

    def way(self, workspace: WorkspaceId, mode: str, domain: str) -> Way | None:
        """How mail from this domain leaves, as far as `refresh` has seen; None: it cannot."""
        if mode == Mode.LIVE:
            own = tuple(carrier for route, carrier in self._own.get(workspace, ()) if route.serves(domain))
            if own:
                return Way(own)
        return self._given.get(mode)

    async def sure_way(self, workspace: WorkspaceId, mode: str, domain: str) -> Way | None:
        """The same, and where there seems to be none, as it is at this moment: what has no way is held."""
        found = self.way(workspace, mode, domain)
        if found is None:
            self._looked.pop(workspace, None)
            await self.refresh([workspace])
        return found or self.way(workspace, mode, domain)

    def keeps_keys(self, workspace: WorkspaceId, mode: str) -> bool:
        """Whether nothing that this workspace hands over again leaves a second copy."""
        if self._own.get(workspace):
            return False
        given = self._given.get(mode)
        return given is not None and given.idempotent

    async def refresh(self, workspaces: Iterable[WorkspaceId]) -> None:
        """See what has changed in the connections of live workspaces, at most once a second for each."""
        if self._database is None or self._sealer is None:
            return
        real = real_now()
        stale = [each for each in set(workspaces) if real >= self._looked.get(each, real)]
        if not stale:
            return
        async with self._database.work() as tx:
            found = await connections_that_carry(tx, stale, sealer=self._sealer)
        for workspace in stale:
            self._looked[workspace] = real + _FRESH
            self._replace(workspace, found.get(workspace, []))

    async def close(self) -> None:
        """Let go of every transport. Letters under way are finished first."""
        for carrier in [*self._kept.values(), *(each for way in self._given.values() for each in way.carriers)]:
            await carrier.transport.close()
        if self._closing:
            await asyncio.wait(self._closing)

    def _replace(self, workspace: WorkspaceId, connections: list[Connection]) -> None:
        own: list[tuple[Route, Carrier]] = []
        for connection in sorted(connections, key=_order):
            carrier = self._carrier(workspace, connection)
            if carrier is not None:
                own.append((connection.route, carrier))
        left = {carrier.key for _, carrier in self._own.get(workspace, ())} - {carrier.key for _, carrier in own}
        self._own[workspace] = own
        for key in left:
            self._dismiss(self._kept.pop(key))

    def _carrier(self, workspace: WorkspaceId, connection: Connection) -> Carrier | None:
        key = (workspace, connection.name, connection.updated_at)
        if key not in self._kept:
            assert self._connect is not None
            try:
                transport = self._connect(workspace, connection)
            except Exception as error:
                # One connection that makes no sense must not stop those of others.
                _log.error("connection_unusable", connection=connection.name, exc_info=error)
                return None
            self._kept[key] = Carrier(key, connection.name, transport)
        return self._kept[key]

    def _dismiss(self, carrier: Carrier) -> None:
        task = asyncio.create_task(carrier.transport.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _order(connection: Connection) -> tuple[bool, int, str]:
    return connection.status is Status.FAILED, connection.route.priority, connection.name
