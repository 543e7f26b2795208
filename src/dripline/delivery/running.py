"""Delivering wherever mail is due: as many letters in flight as the transports have room for, and no more."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.delivery.carriers import CarrierKey, Carriers
from dripline.delivery.delivering import Delivered, Deliveries
from dripline.delivery.lanes import domain_of
from dripline.delivery.outbox import BULK, URGENT, LaneState, all_lanes
from dripline.delivery.recovering import end_doubts, free_expired, release_left_over, release_stranded
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_log = structlog.get_logger()

# How many mails are looked at together that have nowhere to go, to be held.
_HELD_TOGETHER = 200
_BATCHES_AT_ONCE = 2
# Letters in hand for each connection: those of one batch are on the wire while the next are written and judged.
_LETTERS_PER_SLOT = 4
# A connection that is made lets go what it is for. This is for what was held at that very moment, and for a relay that
# the environment has now.
_BETWEEN_LOOKS_AT_STRANDED = timedelta(minutes=1)
_LONGEST_REST = timedelta(seconds=60)
_LONGEST_SLEEP = timedelta(seconds=15)


_Key = tuple[WorkspaceId, str, int]


class Relay:
    """How one transport is doing: letters in flight, and a rest that grows while it cannot be used.

    Each priority has room of its own: letters that nobody waits for never take that of those that somebody does.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.free = {URGENT: slots, BULK: slots}
        self.rests_until: datetime | None = None
        self._rest = timedelta(seconds=1)

    def report(self, delivered: Delivered, *, now: datetime) -> None:
        """Learn from a batch: a relay that failed rests, twice as long each time; one that took mail is well."""
        if delivered.relay_failed:
            self.rests_until = now + self._rest
            self._rest = min(self._rest * 2, _LONGEST_REST)
        elif delivered.sent:
            self.rests_until = None
            self._rest = timedelta(seconds=1)


class Delivering:
    """Delivery's part of a worker. `settled` is called whenever a batch has ended: runs may go on, slots are free."""

    def __init__(
        self,
        database: Database,
        deliveries: Deliveries,
        carriers: Carriers,
        *,
        settled: Callable[[], None],
    ) -> None:
        self._database = database
        self._deliveries = deliveries
        self._carriers = carriers
        self._relays: dict[CarrierKey, Relay] = {}
        self._look_at_stranded_at = real_now()
        self._nowhere = Relay(_HELD_TOGETHER)
        self._settled = settled
        # Until when by the workspace's clock, and when to look all the same: somebody may have raised a limit.
        self._asleep: dict[_Key, tuple[datetime, datetime]] = {}
        self._full: set[_Key] = set()
        self._batches: set[asyncio.Task[None]] = set()

    async def once(self) -> float | None:
        """Start batches until no slot is free; gives the seconds until something more is due."""
        states = await all_lanes(self._database)
        await self._carriers.refresh(state.workspace_id for state in states if state.mode == Mode.LIVE)
        real = real_now()
        # What somebody waits for first, wherever it is due.
        due = sorted((state for state in states if self._is_due(state, real=real)), key=lambda state: state.priority)
        # One batch for each lane, and then a second for those whose last one was full. Each that ends wakes this loop.
        for state in [*due, *(state for state in due if _key(state) in self._full)]:
            self._start(state, real=real)
        later = [state.due_at for state in states if state.frozen_at is None and state.due_at > real]
        return (min(later) - real_now()).total_seconds() if later else None

    async def sweep(self) -> float | None:
        """Free what silent workers held, end old doubts, and now and then let go what had nowhere to go before."""
        real = real_now()
        if real >= self._look_at_stranded_at:
            self._look_at_stranded_at = real + _BETWEEN_LOOKS_AT_STRANDED
            if await release_stranded(self._database, self._carriers.modes):
                self._settled()
        freed = await free_expired(self._database, self._carriers, now=real_now())
        if freed or await release_left_over(self._database):
            self._settled()
        await end_doubts(self._database, now=real_now())
        return None

    async def finish(self) -> None:
        """Wait for the batches that are under way. Nothing new is started by it."""
        if self._batches:
            await asyncio.wait(self._batches)

    def _is_due(self, state: LaneState, *, real: datetime) -> bool:
        now = state.frozen_at or real
        until, at_the_latest = self._asleep.get(_key(state), (now, real))
        return state.due_at <= now and (until <= now or at_the_latest <= real)

    def _start(self, state: LaneState, *, real: datetime) -> None:
        relay = self._relay(state)
        free = relay.free[state.priority]
        if free <= 0 or (relay.rests_until is not None and relay.rests_until > real):
            return
        size = max(1, min(free, relay.slots // _BATCHES_AT_ONCE))
        relay.free[state.priority] -= size
        task = asyncio.create_task(self._deliver(state, relay, size, now=state.frozen_at or real))
        self._batches.add(task)
        task.add_done_callback(self._batches.discard)

    def _relay(self, state: LaneState) -> Relay:
        """What the mail of a lane leaves through, as one thing that has room, or none, or rests."""
        way = self._carriers.way(state.workspace_id, state.mode, domain_of(state.lane))
        if way is None:
            return self._nowhere
        return self._relays.setdefault(way.key, Relay(_LETTERS_PER_SLOT * way.slots))

    async def _deliver(self, state: LaneState, relay: Relay, size: int, *, now: datetime) -> None:
        try:
            delivered = await self._deliveries.run(state, limit=size, now=now)
            relay.report(delivered, now=real_now())
            lane = _key(state)
            if delivered.look_again_at is not None:
                self._asleep[lane] = delivered.look_again_at, real_now() + _LONGEST_SLEEP
            else:
                self._asleep.pop(lane, None)
            (self._full.add if delivered.claimed >= size else self._full.discard)(lane)
        except Exception as error:
            # Leases run out by themselves; the sweep puts back what was not said to anybody.
            _log.error("batch_failed", lane=state.lane, exc_info=error)
        finally:
            relay.free[state.priority] += size
            self._settled()


def _key(state: LaneState) -> _Key:
    return state.workspace_id, state.lane, state.priority
