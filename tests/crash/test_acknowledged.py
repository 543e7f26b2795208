"""What was acknowledged has happened, whoever is killed at that moment."""

import signal
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.durable.spool import Spool
from dripline.kernel.ids import EventId
from dripline.settings import read_settings
from tests.crash.breakable import a_breakable_server
from tests.crash.load import missing
from tests.crash.spooling_process import Number
from tests.crash.walks import ONE_MAIL, a_walk
from tests.makers.processes import end, environ_of, start
from tests.makers.waiting import until

pytestmark = pytest.mark.crash

ENOUGH = 100
MANY = 1_000_000


async def test_acknowledged_events_outlive_client_and_database(tmp_path: Path) -> None:
    file = tmp_path / "acknowledged"

    async def enough() -> bool:
        return len(acknowledged(file)) >= ENOUGH

    async with a_breakable_server(tmp_path / "data") as server:
        environ = environ_of(server.url)
        database = await Database.open(server.url)
        walk = await a_walk(database, read_settings(environ), ONE_MAIL, mode=Mode.TEST)
        for first, number in enumerate((signal.SIGQUIT, signal.SIGKILL)):
            file.unlink(missing_ok=True)
            words = "tests.crash.tracking_process", str(walk.id), str(file), str(first * MANY)
            client = await start(*words, environ=environ, log=tmp_path / "client.log")
            await until(enough, "events are acknowledged")
            status = await end(client, signal.SIGKILL)
            await server.restart(number)

            assert status == -signal.SIGKILL
            assert await missing(database, walk, acknowledged(file)) == (set(), set())
        await database.close()


async def test_what_is_acknowledged_as_kept_on_disk_outlives_the_process(tmp_path: Path) -> None:
    folder, file = tmp_path / "spool", tmp_path / "acknowledged"

    async def enough() -> bool:
        return file.exists() and len(file.read_text().split()) >= ENOUGH

    for first in (0, MANY):
        file.unlink(missing_ok=True)
        words = "tests.crash.spooling_process", str(folder), str(file), str(first)
        process = await start(*words, environ={}, log=tmp_path / "process.log")
        await until(enough, "numbers are acknowledged")
        status = await end(process, signal.SIGKILL)
        found: set[int] = set()

        async def bring(numbers: Sequence[Number], found: set[int] = found) -> None:
            found |= {each.number for each in numbers}

        spool = Spool(folder, Number)
        while await spool.replay(bring) is not None:
            pass

        assert status == -signal.SIGKILL
        assert {int(line) for line in file.read_text().split()} <= found
        assert list(folder.glob("*.jsonl")) == []


def acknowledged(file: Path) -> list[EventId]:
    return [EventId(UUID(line)) for line in file.read_text().splitlines()] if file.exists() else []
