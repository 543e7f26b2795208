"""A client that tracks events until it is killed: `python -m tests.crash.tracking_process WORKSPACE FILE FIRST`.

Each event that was acknowledged is a line in the file. FIRST is the number of the first person.
"""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path
from uuid import UUID

from dripline.accounts.workspaces import find_workspace
from dripline.database.hints import Hints
from dripline.database.pool import Database
from dripline.engine.facts.tracking import Ingest
from dripline.kernel.ids import WorkspaceId
from dripline.settings import read_settings
from tests.crash.walks import Walk

_AT_ONCE = 4


async def track(workspace: WorkspaceId, file: Path, *, first: int) -> None:
    url = read_settings(os.environ).database_url
    assert url is not None
    database = await Database.open(url)
    async with database.work() as tx:
        walk = Walk(await find_workspace(tx, workspace), Ingest(database, Hints(database)))
    people = count(first)

    async def client() -> None:
        for person in people:
            tracked = await walk.start(person)
            # One write for each line, so that none is cut in two by our end.
            os.write(lines, f"{tracked.event.id}\n".encode())

    lines = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(track(WorkspaceId(UUID(sys.argv[1])), Path(sys.argv[2]), first=int(sys.argv[3])))
