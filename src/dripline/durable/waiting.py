"""Waiting no longer than one wants to, for what takes its time all the same."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

_going_on: "set[asyncio.Task[Any]]" = set()


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` gives. Work that takes longer is not stopped, which might take as long again: it goes on alone.

    Raises:
        TimeoutError: it takes longer.
        Whatever the work raises in time.
    """
    task = asyncio.create_task(work)
    _going_on.add(task)
    task.add_done_callback(_let_go)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    return task.result()


def _let_go(task: "asyncio.Task[Any]") -> None:
    _going_on.discard(task)
    if not task.cancelled():
        # What goes wrong after nobody waits any more is nobody's news.
        task.exception()


class Patience:
    """Gives up futures that take too long, by one timer for all of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._is_looking = False

    def watch(self, future: "asyncio.Future[Any]") -> None:
        """Give a future TimeoutError when it has nothing else by then."""
        loop = future.get_loop()
        self._watched.append((loop.time() + self._seconds, future))
        if not self._is_looking:
            self._is_looking = True
            loop.call_later(self._seconds, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._watched and (self._watched[0][0] <= now or self._watched[0][1].done()):
            _, future = self._watched.popleft()
            if not future.done():
                future.set_exception(TimeoutError(f"no answer within {self._seconds:g} seconds"))
        self._is_looking = bool(self._watched)
        if self._watched:
            loop.call_at(self._watched[0][0], self._look, loop)
