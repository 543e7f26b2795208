"""Waiting for facts: never for a time, and never for ever."""

import asyncio
from collections.abc import Awaitable, Callable

_LOOK_EVERY_SECONDS = 0.02


async def until(claim: Callable[[], Awaitable[bool]], what: str, *, seconds: float = 30) -> None:
    """Wait until the claim is true.

    Raises:
        AssertionError: it did not come true; says what was waited for.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not await claim():
        assert loop.time() < end, f"after {seconds:g} s still not: {what}"
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
