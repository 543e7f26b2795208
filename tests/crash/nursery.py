"""The process that lives the short lives of `killed_worker`, as a test sees it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from dripline.kernel.ids import WorkspaceId
from tests.crash.killed_worker import Life, Order
from tests.makers.processes import ROOT


class Nursery:
    """Lives one life at a time."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._answers = process.stdout

    async def live(self, workspace: WorkspaceId, *, last: int) -> Life:
        """One turn and one hand-off in a workspace, killed at the resumption `last` (0: not killed)."""
        self._orders.write(msgspec.json.encode(Order(workspace, last)) + b"\n")
        answer = await self._answers.readline()
        assert answer, "a life failed: see the log of the nursery"
        return msgspec.json.decode(answer, type=Life)


@asynccontextmanager
async def a_nursery(environ: Mapping[str, str], log: Path) -> AsyncIterator[Nursery]:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crash.killed_worker"),
            cwd=ROOT,
            env={**os.environ, **environ},
            stdin=PIPE,
            stdout=PIPE,
            stderr=output,
        )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
