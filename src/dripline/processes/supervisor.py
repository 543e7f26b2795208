"""Keeping processes alive: started again when they end, ended when we end, however we end.

Nothing here knows what the processes do. A process that we stop gets SIGTERM and time; one whose supervisor was killed
is killed too, by the kernel (Linux): then its database may be stopping already, so there is nothing to finish.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

import structlog

from dripline.database.orphans import end_with_parent
from dripline.kernel.errors import Unavailable

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Command:
    """A process to keep alive."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard to try. All times in seconds.

    The delay before a new life doubles with each life shorter than `short_life`; after `most_short_lives` of them in a
    row there is no other. A process that was told to stop gets `time_to_stop`.
    """

    first_delay: float = 0.2
    longest_delay: float = 30.0
    short_life: float = 5.0
    most_short_lives: int = 5
    time_to_stop: float = 30.0


NORMAL_PACE = Pace()


class KeepsEnding(Unavailable):
    """A process ended at once, again and again: starting it once more would not help."""

    def __init__(self, name: str, status: int, lives: int) -> None:
        how = f"status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
        super().__init__(
            f"The process {name!r} ended at once {lives} times in a row, last with {how}. Its last lines above say why."
        )
        self.name = name
        self.status = status


async def keep_commands(commands: Sequence[Command], environ: Mapping[str, str], pace: Pace) -> NoReturn:
    """Keep all of them alive until cancelled; then stop them and wait for their end.

    Raises:
        KeepsEnding: one of them cannot live. The others are stopped.
    """

    def lives_of(command: Command) -> Callable[[], Awaitable[int]]:
        return lambda: _live(command, environ, pace)

    await together(*(keep_alive(command.name, lives_of(command), pace) for command in commands))
    raise AssertionError("what is kept alive does not end by itself")


async def together(*works: Coroutine[object, object, object]) -> None:
    """Run all of them; when one fails, cancel the others, wait for their end, and raise what it raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def keep_alive(name: str, live: Callable[[], Awaitable[int]], pace: Pace) -> NoReturn:
    """Live again and again. `live` is one life, from its start to its exit status; cancelled, it ends it.

    Raises:
        KeepsEnding: too many short lives in a row.
    """
    seconds = asyncio.get_running_loop().time
    short_lives = 0
    while True:
        born = seconds()
        status = await live()
        short_lives = short_lives + 1 if seconds() - born < pace.short_life else 0
        if short_lives >= pace.most_short_lives:
            raise KeepsEnding(name, status, short_lives)
        delay = min(pace.first_delay * 2**short_lives, pace.longest_delay)
        _log.error("process_ended", name=name, status=status, again_in_seconds=delay)
        await asyncio.sleep(delay)


async def _live(command: Command, environ: Mapping[str, str], pace: Pace) -> int:
    process = await asyncio.create_subprocess_exec(
        *command.words,
        env=dict(environ),
        stdin=asyncio.subprocess.DEVNULL,
        # Ctrl-C in our terminal reaches only us; we stop the others in order.
        start_new_session=True,
        preexec_fn=end_with_parent(signal.SIGKILL),
    )
    _log.info("process_started", name=command.name, pid=process.pid)
    try:
        return await process.wait()
    finally:
        await _end(process, command.name, pace)


async def _end(process: asyncio.subprocess.Process, name: str, pace: Pace) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(pace.time_to_stop):
            await process.wait()
    except TimeoutError:
        _log.warning("process_killed", name=name, after_seconds=pace.time_to_stop)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def until_signal(work: Coroutine[object, object, None]) -> None:
    """Run `work`. The first SIGINT or SIGTERM cancels it, and it is waited for; further ones change nothing."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            _log.info("stopping")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopping:
            raise
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
