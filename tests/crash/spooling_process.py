"""A process that keeps numbers on disk until it is killed: `python -m tests.crash.spooling_process FOLDER FILE FIRST`.

Each number that was acknowledged is a line in the file. FIRST is the first one.
"""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

import msgspec

from dripline.durable.spool import Spool

_AT_ONCE = 20


class Number(msgspec.Struct, frozen=True):
    """Something to keep."""

    number: int


async def spool(folder: Path, file: Path, *, first: int) -> None:
    kept, numbers = Spool(folder, Number), count(first)
    lines = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    async def client() -> None:
        for number in numbers:
            await kept.keep(Number(number))
            # One write for each line, so that none is cut in two by our end.
            os.write(lines, f"{number}\n".encode())

    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(spool(Path(sys.argv[1]), Path(sys.argv[2]), first=int(sys.argv[3])))
