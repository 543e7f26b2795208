"""The other end of `bench.children`: what a program of ours says and hears."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import uvloop


def say(word: str, **about: object) -> None:
    """Tell the bench something."""
    sys.stdout.write(json.dumps({word: about}) + "\n")
    sys.stdout.flush()


async def hear() -> dict[str, Any] | None:
    """The next line from the bench; None when there will be none."""
    line = await asyncio.to_thread(sys.stdin.readline)
    return dict(json.loads(line)) if line else None


def order() -> dict[str, Any]:
    """What this program was started to do."""
    return dict(json.loads(sys.argv[1]))


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a program on the event loop that the product uses."""
    uvloop.run(main)


def write_json(path: str, value: object) -> None:
    """Leave something too long for a line in a file."""
    Path(path).write_bytes(msgspec.json.encode(value))
