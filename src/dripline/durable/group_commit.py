"""Group commit: what is asked for while a transaction is under way shares the next one.

Nobody waits for a timer: who finds the house empty starts a transaction at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dripline.database.pool import is_out_of_reach
from dripline.durable.halving import in_halves

Group = TypeVar("Group", bound=Hashable)
Item = TypeVar("Item")
Answer = TypeVar("Answer")

Commit = Callable[[Group, Sequence[Item]], Awaitable[Sequence[Answer]]]
"""Does what some items of a group ask for, in one transaction; one answer for each."""

# What comes in during a transaction is the next batch: two at once would make both smaller. Only when so much waits
# that the next one is large anyway, it need not wait for the database to answer the last one.
_LARGE = 200
_FLUSHES = 2


@dataclass(slots=True)
class _Queue(Generic[Item, Answer]):
    waiting: "list[tuple[Item, asyncio.Future[Answer]]]" = field(default_factory=list)
    flushes: int = 0


class GroupCommit(Generic[Group, Item, Answer]):
    """Brings items of the same group together, at most `most` of them."""

    def __init__(self, commit: Commit[Group, Item, Answer], *, most: int) -> None:
        self._commit = commit
        self._most = most
        self._queues: dict[Group, _Queue[Item, Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, group: Group, items: Sequence[Item]) -> "list[asyncio.Future[Answer]]":
        """Queue items; each future has its answer when its transaction has committed, or why it did not.

        An item whose future is done before its transaction begins, because nobody waits any more, is left out.
        """
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Answer]] = [loop.create_future() for _ in items]
        queue = self._queues.get(group)
        if queue is None:
            queue = self._queues[group] = _Queue()
        queue.waiting.extend(zip(items, futures, strict=True))
        self._start(group, queue)
        return futures

    def _start(self, group: Group, queue: _Queue[Item, Answer]) -> None:
        while queue.waiting and queue.flushes < (_FLUSHES if len(queue.waiting) >= _LARGE else 1):
            taken, queue.waiting = queue.waiting[: self._most], queue.waiting[self._most :]
            batch = [each for each in taken if not each[1].done()]
            if not batch:
                continue
            queue.flushes += 1
            task = asyncio.create_task(self._flush(group, queue, batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if not queue.waiting and not queue.flushes:
            self._queues.pop(group, None)

    async def _flush(
        self, group: Group, queue: _Queue[Item, Answer], batch: "Sequence[tuple[Item, asyncio.Future[Answer]]]"
    ) -> None:
        try:
            await self._answer(group, batch)
        finally:
            queue.flushes -= 1
            self._start(group, queue)

    async def _answer(self, group: Group, batch: "Sequence[tuple[Item, asyncio.Future[Answer]]]") -> None:
        """Commit a batch; when that fails, its halves, so that a bad item stops nobody but itself."""

        async def commit(some: "Sequence[tuple[Item, asyncio.Future[Answer]]]") -> None:
            answers = await self._commit(group, [item for item, _ in some])
            for (_, future), answer in zip(some, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

        async def refuse(one: "tuple[Item, asyncio.Future[Answer]]", error: Exception) -> None:
            if not one[1].done():
                one[1].set_exception(error)

        try:
            await in_halves(batch, commit, at_fault=refuse, is_nobodys=is_out_of_reach)
        except Exception as error:
            for one in batch:
                await refuse(one, error)
