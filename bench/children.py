"""Processes that take part, and what they cost.

A process that is measured says {"ready": …} when it stands at the start line, begins when it hears a line, and says
{"done": …} at the end; it lives on until its input is closed, so that its CPU time can still be read.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

_HERE = Path(__file__).parent
_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 300
_POLL_SECONDS = 0.02
_STOP_SECONDS = 60

T = TypeVar("T")

Message = dict[str, Any]
"""One line of JSON between the bench and a process."""


class Child:
    """A process that takes part."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self.name = name
        self.pid = process.pid

    async def heard(self, word: str, *, within: float = _START_SECONDS) -> Message:
        """The next thing it says, which must be about `word`.

        Raises:
            RuntimeError: it ended, or said something else.
        """
        assert self._process.stdout is not None
        async with asyncio.timeout(within):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {await self._process.wait()}; see above why")
        said: Message = json.loads(line)
        if word not in said:
            raise RuntimeError(f"{self.name}: expected {word!r}, heard {said}")
        return dict(said[word] or {})

    async def tell(self, **words: object) -> None:
        """Say a line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")
        await self._process.stdin.drain()

    async def stop(self) -> None:
        """Let it end: its input is closed, and it gets SIGTERM; SIGKILL when it takes too long."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def running(
    name: str, *command: str, environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> AsyncIterator[Child]:
    """A process for as long as it is needed. What it prints on its standard error is shown."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DRIPLINE_")}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**kept, **(environ or {})},
        cwd=folder or _HERE.parent,
        limit=1 << 24,
    )
    child = Child(process, name)
    try:
        yield child
    finally:
        await child.stop()


def program(name: str, order: Mapping[str, object], *, profile_to: Path | None = None) -> Sequence[str]:
    """The command of a program in `bench/programs`, with its order; under the profiler where a file is given."""
    return (*_python(profile_to), f"bench.programs.{name}", json.dumps(order))


def product(command: str, *, profile_to: Path | None = None) -> Sequence[str]:
    """The command of a process of the product."""
    return (*_python(profile_to), "dripline.cli.main", command)


def _python(profile_to: Path | None) -> Sequence[str]:
    if profile_to is None:
        return (sys.executable, "-m")
    return (sys.executable, "-m", "bench.programs.profiled", str(profile_to))


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and all below it, those that have ended included, so far."""
    parents = _parents()
    wanted, found = {pid}, 0
    while len(wanted) != found:
        found = len(wanted)
        wanted |= {child for child, parent in parents.items() if parent in wanted}
    return sum(_ticks(each) for each in wanted) / _TICKS


def _parents() -> dict[int, int]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return {pid: int(fields[1]) for pid in pids if (fields := _stat(pid))}


def _ticks(pid: int) -> int:
    fields = _stat(pid)
    return sum(int(each) for each in fields[11:15]) if fields else 0


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold spaces."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


async def until(holds: Callable[[], Awaitable[bool]], *, within: float) -> None:
    """Ask again and again until something holds.

    Raises:
        TimeoutError: it does not, within so many seconds.
    """
    async with asyncio.timeout(within):
        while True:
            if await holds():
                return
            await asyncio.sleep(_POLL_SECONDS)


def read_json(path: Path, kind: type[T]) -> T:
    """What a program has left in a file."""
    return msgspec.json.decode(path.read_bytes(), type=kind)
