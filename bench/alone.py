"""One program alone: begun, told to go, measured until it is done. No database takes part."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.children import running
from bench.stage import Meter, Stage


async def nothing_to_prepare(stage: Stage) -> None:
    """Nothing: no database takes part."""


async def measured(stage: Stage, name: str, command: Sequence[str]) -> tuple[Mapping[str, Any], Meter]:
    """What a program says when it is done, and what it cost, as `name`."""
    async with running(name, *command) as one:
        await one.heard("ready")
        async with stage.metered({name: one.pid}) as meter:
            await one.tell(go=True)
            done = await one.heard("done")
    return done, meter
