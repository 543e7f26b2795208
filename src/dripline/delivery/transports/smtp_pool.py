"""Connections to one relay, kept for the next letter. The relay never sees more of them than allowed."""

import asyncio

from dripline.delivery.transports.smtp_opening import Door, open_wire
from dripline.delivery.transports.smtp_transaction import is_reset
from dripline.delivery.transports.smtp_wire import Wire


class Pool:
    """At most `size` connections, those that are saying goodbye included.

    One is let go after so many letters, or after so many seconds without one: relays close what is old or quiet.
    """

    def __init__(self, door: Door, *, size: int, letters_per_connection: int, idle_seconds: float) -> None:
        self._door = door
        self._letters_per_connection = letters_per_connection
        self._idle_seconds = idle_seconds
        self._room = asyncio.Semaphore(size)
        # Last in, first out: under little load few connections stay warm and the others go.
        self._idle: list[Wire] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    async def take(self) -> Wire:
        """A connection on which MAIL can follow. Must be given back.

        Raises:
            Unusable: the relay cannot be used now.
        """
        while self._idle:
            wire = self._idle.pop()
            is_fit = False
            try:
                is_fit = await is_reset(wire)
            finally:
                if not is_fit:
                    self.drop(wire)
            if is_fit:
                return wire
        await self._room.acquire()
        try:
            return await open_wire(self._door)
        except BaseException:
            self._room.release()
            raise

    def give_back(self, wire: Wire) -> None:
        """Keep it for the next letter, when it is good for one."""
        if not wire.is_connected:
            self.drop(wire)
        elif wire.carried >= self._letters_per_connection:
            self._dismiss(wire)
        else:
            wire.idle_since = _now()
            self._idle.append(wire)
            self._watch()

    def drop(self, wire: Wire) -> None:
        """Close it at once, whatever it was doing."""
        wire.abort()
        self._room.release()

    async def close(self) -> None:
        """Say goodbye on all that are idle, and wait for it."""
        self._retire(0)
        if self._leaving:
            await asyncio.wait(self._leaving)

    def _watch(self) -> None:
        if self._sweep is None and self._idle:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(self._idle_seconds, self._retire, self._idle_seconds)

    def _retire(self, idle_seconds: float) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        latest = _now() - idle_seconds
        retired = [wire for wire in self._idle if wire.idle_since <= latest]
        self._idle = [wire for wire in self._idle if wire.idle_since > latest]
        for wire in retired:
            self._dismiss(wire)
        self._watch()

    def _dismiss(self, wire: Wire) -> None:
        # In the background: nobody's letter waits for a goodbye.
        task = asyncio.get_running_loop().create_task(self._goodbye(wire))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _goodbye(self, wire: Wire) -> None:
        try:
            await wire.leave()
        finally:
            self._room.release()


def _now() -> float:
    return asyncio.get_running_loop().time()
