"""One life for every long-lived part: do what there is to do, then sleep until more is due or somebody wakes it."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress

import structlog

from dripline.database.hints import Hint
from dripline.database.pool import is_out_of_reach

_log = structlog.get_logger()

Once = Callable[[], Awaitable[float | None]]
"""Does all that is due; gives the seconds until it wants to be asked again, or None when it knows of nothing."""

_REST_AFTER_FAILURE_SECONDS = 0.5


class Loop:
    """Runs `once` again and again. Survives a database that is away, and faults of its own part."""

    def __init__(self, name: str, once: Once, *, sweep_seconds: float) -> None:
        self.name = name
        self._once = once
        self._sweep_seconds = sweep_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be something to do. While it is at work, it will look once more."""
        self._woken.set()

    async def run(self) -> None:
        """Run until cancelled. Looks at least once in `sweep_seconds`, whether or not anybody woke it."""
        while True:
            self._woken.clear()
            try:
                rest = await self._once()
            except Exception as error:
                if is_out_of_reach(error):
                    _log.warning("database_away", part=self.name, error=str(error))
                else:
                    _log.error("part_failed", part=self.name, exc_info=error)
                await asyncio.sleep(_REST_AFTER_FAILURE_SECONDS)
                continue
            seconds = self._sweep_seconds if rest is None else min(rest, self._sweep_seconds)
            await self._sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        if seconds <= 0:
            # Even a part with endless work lets the others breathe.
            await asyncio.sleep(0)
            return
        # Not `wait_for`, which loses a cancellation that comes in the moment of a wake-up.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()


class Loops:
    """The loops of a process, by name; several of one name do the same side by side."""

    def __init__(self) -> None:
        self._loops: dict[str, list[Loop]] = {}
        self._heeding: dict[Hint, list[Loop]] = {hint: [] for hint in Hint}

    def add(
        self, name: str, once: Once, *, sweep_seconds: float, copies: int = 1, heeds: Collection[Hint] = ()
    ) -> None:
        """Have `once` run again and again, so many times at once, and soon after each of these hints."""
        self._loops[name] = [Loop(name, once, sweep_seconds=sweep_seconds) for _ in range(copies)]
        for hint in heeds:
            self._heeding[hint] += self._loops[name]

    def waking(self, *names: str) -> Callable[[], None]:
        """What lets these loops look for work when it is called. They may be added later."""

        def wake() -> None:
            for name in names:
                for loop in self._loops[name]:
                    loop.wake()

        return wake

    def hear(self, hint: Hint) -> None:
        """Let those that heed a hint look for work."""
        for loop in self._heeding[hint]:
            loop.wake()

    def start(self) -> list[asyncio.Task[None]]:
        """Run them all, until they are cancelled."""
        return [asyncio.create_task(loop.run(), name=name) for name, loops in self._loops.items() for loop in loops]


def settle_in() -> None:
    """Keep the garbage collector from what stays until the end. To be called when all is wired.

    Otherwise it looks at every module and route again, now and then, and everybody waits for a fifth of a second.
    """
    gc.collect()
    gc.freeze()


def run_in_loop(main: Coroutine[object, object, None]) -> None:
    """Run a process's coroutine to its end, on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
