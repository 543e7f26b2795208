"""Renders many mails in a few children."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from typing import TypeAlias

from dripline.kernel.errors import Unavailable
from dripline.templates.rendering.frames import Rendered, RenderFailure, RenderJob, Source, failure
from dripline.templates.rendering.process import Child, Lost

__all__ = ["RenderFailure", "RenderJob", "Rendered", "Renderer", "Source"]

Answer: TypeAlias = Rendered | RenderFailure

# Jobs that a child gets at once: enough to keep it busy, few enough to share between children.
_SHARE = 200

# A source that kills this many children in a row is not tried with the rest of the share.
_MOST_LOSSES = 3

_NOT_TRIED = f"not tried, {_MOST_LOSSES} renderings of this template in a row had to be killed"
_CLOSED = "The renderer is closed."


class Renderer:
    """Turns sources and data into mails. Children start when they are needed and stay until `close`.

    A rendering may take `seconds`, `memory_mb` of memory (the program included) and `output_bytes` for each part.
    """

    def __init__(
        self, *, children: int = 1, seconds: float = 2.0, memory_mb: int = 256, output_bytes: int = 1_000_000
    ) -> None:
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._output_bytes = output_bytes
        self._places = asyncio.Semaphore(children)
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._closed = False

    async def render(self, jobs: Sequence[RenderJob]) -> list[Answer]:
        """What becomes of each job, in their order. A job that fails, hangs or kills its child costs only itself.

        Raises:
            Unavailable: no child can be started, or the renderer is closed. Nothing is known about any job.
        """
        shares = [jobs[start : start + _SHARE] for start in range(0, len(jobs), _SHARE)]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._render_share(share)) for share in shares]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [answer for task in tasks for answer in task.result()]

    async def close(self) -> None:
        """End all children; a rendering under way ends with `Unavailable`. May be called again."""
        self._closed = True
        children = [*self._idle, *self._busy]
        self._idle.clear()
        for child in children:
            await child.kill()

    async def _render_share(self, jobs: Sequence[RenderJob]) -> list[Answer]:
        answers: list[Answer] = []
        losses: Counter[Source] = Counter()
        while len(answers) < len(jobs):
            begun = len(answers)
            tried = list(takewhile(lambda job: losses[job.source] < _MOST_LOSSES, jobs[begun:]))
            if not tried:
                answers.append(failure(_NOT_TRIED))
                continue
            try:
                await self._render_some(tried, answers)
            except Lost as lost:
                if self._closed:
                    # We killed the child, and not the job.
                    raise Unavailable(_CLOSED) from None
                for job in jobs[begun : len(answers)]:
                    losses[job.source] = 0
                losses[jobs[len(answers)].source] += 1
                answers.append(failure(str(lost)))
        return answers

    async def _render_some(self, jobs: Sequence[RenderJob], answers: list[Answer]) -> None:
        async with self._places:
            child = await self._take()
            try:
                await child.render(jobs, answers)
            except BaseException:
                # Also when we are cancelled: its answers would be taken for those of the next batch.
                await child.kill()
                raise
            finally:
                self._busy.discard(child)
            self._idle.append(child)

    async def _take(self) -> Child:
        if self._closed:
            raise Unavailable(_CLOSED)
        child = self._idle.pop() if self._idle else await self._start()
        self._busy.add(child)
        return child

    async def _start(self) -> Child:
        child = await Child.start(seconds=self._seconds, memory_mb=self._memory_mb, output_bytes=self._output_bytes)
        if self._closed:
            # While it started.
            await child.kill()
            raise Unavailable(_CLOSED)
        return child
