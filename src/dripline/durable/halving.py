"""Halving: work on many that fails is done on fewer, until the one at fault is alone and stops nobody but itself."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from dripline.database.pool import is_passing

Item = TypeVar("Item")
Done = TypeVar("Done")


async def in_halves(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], Awaitable[Done]],
    *,
    at_fault: Callable[[Item, Exception], Awaitable[None]],
    is_nobodys: Callable[[BaseException], bool] = is_passing,
) -> list[Done]:
    """What `work` gives for items together, or for as few together as it takes; in their order.

    `work` is one transaction: what raises has done nothing. `at_fault` is told of every item that fails alone.

    Raises:
        Exception: what `work` raises and `is_nobodys` fault is, such as a database that is away.
    """
    if not items:
        return []
    try:
        return [await work(items)]
    except Exception as error:
        if is_nobodys(error):
            raise
        if len(items) == 1:
            await at_fault(items[0], error)
            return []
    middle = len(items) // 2
    halves = items[:middle], items[middle:]
    return [done for half in halves for done in await in_halves(half, work, at_fault=at_fault, is_nobodys=is_nobodys)]
