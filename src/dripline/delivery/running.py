"""Delivering wherever mail is due: as many letters in flight as the transports have room for, and no more."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from dripline.database.pool import Database
from dripline.delivery.delivering import Delivered, Deliveries
from dripline.delivery.outbox import LaneState, all_lanes
from dripline.delivery.recovering import end_doubts, free_expired, release_left_over
from dripline.delivery.transports.contract import Transport
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_log = structlog.get_logger()

# How many mails are looked at together that have nowhere to go, to be held.
_HELD_TOGETHER = 200
_BATCHES_AT_ONCE = 2
# Letters in hand for each connection: those of one batch are on the wire while the next are written and judged.
_LETTERS_PER_SLOT = 4
_LONGEST_REST = timedelta(seconds=60)


_Key = tuple[WorkspaceId, str]


class Relay:
    """How one transport is doing: letters in flight, and a rest that grows while it cannot be used."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.free = slots
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
        transports: Mapping[str, Transport],
        *,
        settled: Callable[[], None],
    ) -> None:
        self._database = database
        self._deliveries = deliveries
        self._transports = transports
        self._relays = {mode: Relay(_LETTERS_PER_SLOT * transport.slots) for mode, transport in transports.items()}
        self._nowhere = Relay(_HELD_TOGETHER)
        self._settled = settled
        self._asleep: dict[_Key, datetime] = {}
        self._full: set[_Key] = set()
        self._batches: set[asyncio.Task[None]] = set()

    async def once(self) -> float | None:
        """Start batches until no slot is free; gives the seconds until something more is due."""
        states = await all_lanes(self._database)
        real = real_now()
        due = [state for state in states if self._is_due(state, real=real)]
        # One batch for each lane, and then a second for those whose last one was full. Each that ends wakes this loop.
        for state in [*due, *(state for state in due if _key(state) in self._full)]:
            self._start(state, real=real)
        later = [state.due_at for state in states if state.frozen_at is None and state.due_at > real]
        return (min(later) - real_now()).total_seconds() if later else None

    async def sweep(self) -> float | None:
        """Free what silent workers held, and end old doubts."""
        freed = await free_expired(self._database, self._transports, now=real_now())
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
        awake_at = self._asleep.get(_key(state))
        return state.due_at <= now and (awake_at is None or awake_at <= now)

    def _start(self, state: LaneState, *, real: datetime) -> None:
        relay = self._relays.get(state.mode, self._nowhere)
        if relay.free <= 0 or (relay.rests_until is not None and relay.rests_until > real):
            return
        size = max(1, min(relay.free, relay.slots // _BATCHES_AT_ONCE))
        relay.free -= size
        task = asyncio.create_task(self._deliver(state, relay, size, now=state.frozen_at or real))
        self._batches.add(task)
        task.add_done_callback(self._batches.discard)

    async def _deliver(self, state: LaneState, relay: Relay, size: int, *, now: datetime) -> None:
        try:
            delivered = await self._deliveries.run(state, limit=size, now=now)
            relay.report(delivered, now=real_now())
            lane = _key(state)
            if delivered.look_again_at is not None:
                self._asleep[lane] = delivered.look_again_at
            else:
                self._asleep.pop(lane, None)
            (self._full.add if delivered.claimed >= size else self._full.discard)(lane)
        except Exception as error:
            # Leases run out by themselves; the sweep puts back what was not said to anybody.
            _log.error("batch_failed", lane=state.lane, exc_info=error)
        finally:
            relay.free += size
            self._settled()


def _key(state: LaneState) -> _Key:
    return state.workspace_id, state.lane
