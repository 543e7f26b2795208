"""One child process, as its parent sees it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from dripline.kernel.errors import Unavailable
from dripline.templates.rendering.frames import (
    LENGTH_BYTES,
    OUT_OF_MEMORY,
    Batch,
    Rendered,
    RenderFailure,
    RenderJob,
    Source,
    framed,
    length_of,
)

# Starting takes 0.3 s; a machine that is busy with other things may take long.
_START_SECONDS = 30

# How long an answer that is in the pipe already takes to be read.
_LOOK_SECONDS = 0.1

_decoder: msgspec.msgpack.Decoder[Rendered | RenderFailure] = msgspec.msgpack.Decoder(Rendered | RenderFailure)


class Lost(Exception):
    """The child is of no more use, because of the job that it has not answered. Says what happened."""


class Child:
    """A running child. It serves one batch at a time."""

    def __init__(self, process: Process, seconds: float) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._input = process.stdin
        self._output = process.stdout
        self._seconds = seconds
        self._length: int | None = None

    @classmethod
    async def start(cls, *, seconds: float, memory_mb: int, output_bytes: int) -> "Child":
        """Start a child and wait until it can render.

        Raises:
            Unavailable: it does not start; what it says about that is on the standard error.
        """
        command = (sys.executable, "-P", "-m", f"{__package__}.child", str(memory_mb), str(output_bytes))
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, env=_environment(), limit=1 << 20
        )
        child = cls(process, seconds)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await child._output.readexactly(LENGTH_BYTES)
        except (asyncio.IncompleteReadError, TimeoutError):
            await child.kill()
            raise Unavailable(f"The rendering process does not start (exit status {process.returncode}).") from None
        except BaseException:
            await child.kill()
            raise
        return child

    async def render(self, jobs: Sequence[RenderJob], answers: list[Rendered | RenderFailure]) -> None:
        """Append the answer of each job in their order, as soon as it is there.

        Raises:
            Lost: the child died, or was silent for too long, at the first job without an answer.
        """
        # Not drained: the child answers while it reads, so whoever waits for one side only may wait for ever.
        self._input.write(framed(_batch(jobs)))
        for _ in jobs:
            answers.append(await self._answer())  # noqa: PERF401

    async def kill(self) -> None:
        """End it, whatever it does. May be called again."""
        if self._process.returncode is None:
            # It may have died a moment ago, and nobody has told us yet.
            with suppress(ProcessLookupError):
                self._process.kill()
        self._input.close()
        await self._process.wait()

    async def _answer(self) -> Rendered | RenderFailure:
        try:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._read()
            except TimeoutError:
                # Perhaps it was we who were frozen; then the answer is there, and one look is enough.
                async with asyncio.timeout(_LOOK_SECONDS):
                    return await self._read()
        except TimeoutError:
            raise Lost(f"took longer than {self._seconds:g} s") from None
        except (asyncio.IncompleteReadError, OSError, msgspec.DecodeError):
            raise Lost(await self._death()) from None

    async def _read(self) -> Rendered | RenderFailure:
        """One answer. When it is cancelled half way, the next call goes on."""
        if self._length is None:
            self._length = length_of(await self._output.readexactly(LENGTH_BYTES))
        content = await self._output.readexactly(self._length)
        self._length = None
        return _decoder.decode(content)

    async def _death(self) -> str:
        await self.kill()
        if self._process.returncode == OUT_OF_MEMORY:
            return "needed more memory than a rendering may have"
        return f"the rendering process ended (exit status {self._process.returncode})"


def _batch(jobs: Sequence[RenderJob]) -> Batch:
    sources: dict[Source, int] = {}
    numbered = tuple((sources.setdefault(job.source, len(sources)), job.data) for job in jobs)
    return Batch(tuple(sources), numbered)


def _environment() -> dict[str, str]:
    """What a child may know: where Python is. Settings, keys and addresses of servers are none of its business.

    UTC and the plain locale make a rendering the same everywhere; the latter also keeps locale files out of memory.
    """
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    return kept | {"TZ": "UTC", "LC_ALL": "C", "PYTHONUTF8": "1"}
