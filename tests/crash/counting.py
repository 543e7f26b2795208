"""Counting the resumptions of coroutines, to die at the k-th: every `await` that waited is a place to be killed at."""

import asyncio
import os
import signal
from collections.abc import Coroutine, Generator
from contextvars import Context
from types import TracebackType
from typing import Any


class Countdown:
    """Counts resumptions of all tasks that `task` made, and kills this process before the `last`; 0 is never."""

    def __init__(self, last: int) -> None:
        self.count = 0
        self._last = last

    def tick(self) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def task(
        self,
        loop: asyncio.AbstractEventLoop,
        coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
    ) -> "asyncio.Task[Any]":
        """A task factory."""
        assert isinstance(coro, Coroutine)
        return asyncio.Task(_Counted(self, coro), loop=loop, context=context)


class _Counted(Coroutine[Any, Any, Any]):
    """A coroutine that says whenever it is resumed."""

    def __init__(self, countdown: Countdown, inner: Coroutine[Any, Any, Any]) -> None:
        self._countdown = countdown
        self._inner = inner

    def send(self, value: object) -> object:
        self._countdown.tick()
        return self._inner.send(value)

    def throw(
        self,
        kind: Any,
        value: Any = None,
        trace: TracebackType | None = None,
    ) -> object:
        self._countdown.tick()
        return self._inner.throw(kind if value is None else value)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._inner.__await__()
