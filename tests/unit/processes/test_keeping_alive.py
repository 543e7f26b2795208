"""What is kept alive lives again when it ends, unless it cannot live."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dripline.processes.supervisor import KeepsEnding, Pace, keep_alive, together

HASTY = Pace(first_delay=0.0, longest_delay=0.0, short_life=3600.0, most_short_lives=5)
NEVER_SHORT = Pace(first_delay=0.0, longest_delay=0.0, short_life=0.0, most_short_lives=2)


def lives(statuses: list[int], after: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
    """Lives that end with these statuses one after the other, then `after`."""
    left = iter(statuses)

    async def live() -> int:
        for status in left:
            return status
        return await after()

    return live


async def forever() -> int:
    await asyncio.Event().wait()
    raise AssertionError


async def test_it_lives_again_until_a_life_lasts() -> None:
    lasting = asyncio.Event()

    async def last() -> int:
        lasting.set()
        return await forever()

    task = asyncio.create_task(keep_alive("worker", lives([1, -9, 0], last), HASTY))
    await lasting.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_five_short_lives_in_a_row_are_enough() -> None:
    with pytest.raises(KeepsEnding) as raised:
        await keep_alive("worker", lives([1, 1, 1, 1, -9], forever), HASTY)

    assert raised.value.message == (
        "The process 'worker' ended at once 5 times in a row, last with signal SIGKILL. Its last lines above say why."
    )


async def test_long_lives_never_count() -> None:
    enough = asyncio.Event()

    async def last() -> int:
        enough.set()
        return await forever()

    task = asyncio.create_task(keep_alive("worker", lives([1] * 50, last), NEVER_SHORT))
    await enough.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_when_one_fails_the_others_end_first() -> None:
    ended = []

    async def other() -> None:
        try:
            await forever()
        finally:
            ended.append("other")

    with pytest.raises(KeepsEnding):
        await together(other(), keep_alive("worker", lives([1] * 5, forever), HASTY))

    assert ended == ["other"]
