"""The places of a transport: as many letters at once as it carries, and those first that somebody waits for."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_Waiting = deque[asyncio.Future[None]]


class Slots:
    """At most `most` places. What is not urgent leaves one of them free, where there is more than one.

    So an urgent letter waits for nobody else's conversation with a slow server, unless others like it do.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._most_for_bulk = max(1, most - 1)
        self._used = 0
        self._urgent: _Waiting = deque()
        self._bulk: _Waiting = deque()

    @asynccontextmanager
    async def taken(self, *, urgent: bool) -> AsyncIterator[None]:
        """Have one place for as long as this lasts."""
        await self._take(self._urgent if urgent else self._bulk)
        try:
            yield
        finally:
            self._used -= 1
            self._let_in()

    async def _take(self, queue: _Waiting) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(place)
        self._let_in()
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                queue.remove(place)
            else:
                # It was ours already when we were told to stop waiting.
                self._used -= 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        for queue, most in ((self._urgent, self._most), (self._bulk, self._most_for_bulk)):
            while self._used < most and (place := next((each for each in queue if not each.done()), None)) is not None:
                queue.remove(place)
                place.set_result(None)
                self._used += 1
