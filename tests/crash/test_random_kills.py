"""Workers that are killed again and again, with mail in their hands, while people walk through a sequence.

`make crash` lets 500 contacts walk under two workers; without options it is a few contacts and one worker.
"""

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.settings import read_settings
from tests.crash.audit import Audit, audit_live, wait_for_idle
from tests.crash.conftest import Tell
from tests.crash.walks import MAILED_THREE_TIMES, Walk, a_walk, three_mails
from tests.makers.processes import Sink, a_worker, end, environ_of
from tests.makers.waiting import until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(3600)]

SEED = 2
# Mails that a worker may have in its hands: two batches for each of its connections.
IN_FLIGHT = 8
_LEASES = Query("leases", "Gives leases.", "SELECT DISTINCT lease_token FROM outbox WHERE workspace_id = $1")
_WALKING = Query(
    "walking",
    "Says whether anybody is still under way.",
    "SELECT EXISTS (SELECT 1 FROM enrollment WHERE workspace_id = $1 AND status = 'active')",
)


@dataclass(slots=True)
class Killing:
    """People who walk, and workers who are killed, until everybody has arrived."""

    database: Database
    environ: Mapping[str, str]
    walk: Walk
    sink: Sink
    folder: Path
    chance: Random
    longest_gap: float
    "Seconds between two people who set out, at most: their steps come due over that much time too."
    most_letters: int
    "Letters that go out between one kill and the next, at most."
    all_set_out: bool = False
    kills: int = 0

    async def run(self, *, contacts: int, workers: int) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._set_out(contacts))
            for number in range(workers):
                group.create_task(self._kill_again_and_again(self.folder / f"worker-{number}.log"))

    async def _set_out(self, contacts: int) -> None:
        for person in range(contacts):
            await self.walk.start(person)
            await asyncio.sleep(self.chance.uniform(0, self.longest_gap))
        self.all_set_out = True

    async def _kill_again_and_again(self, log: Path) -> None:
        while not await self._is_over():
            letters, leases = self._letters(), await self._leases()
            # At a random moment, told by what has been done and not by a clock: machines differ.
            more = self.chance.randrange(self.most_letters)
            async with a_worker(self.environ, log) as process:
                await until(partial(self._has_done, letters + more, leases), "a worker has been at work", seconds=300)
                await end(process, signal.SIGKILL)
            self.kills += 1

    async def _has_done(self, letters: int, leases: set[UUID]) -> bool:
        """Whether so many letters have gone out, and there is another lease than those."""
        if self._letters() >= letters and await self._leases() - leases:
            return True
        return await self._is_over()

    def _letters(self) -> int:
        return self.sink.file.read_bytes().count(b"\n")

    async def _is_over(self) -> bool:
        if not self.all_set_out:
            return False
        async with self.database.work() as tx:
            return not await tx.value(_WALKING, self.walk.id)

    async def _leases(self) -> set[UUID]:
        async with self.database.work() as tx:
            return {row[0] for row in await tx.rows(_LEASES, self.walk.id) if row[0] is not None}


async def test_workers_killed_again_and_again_lose_and_double_nothing(
    database: Database, database_url: str, sink: Sink, tmp_path: Path, tell: Tell, pytestconfig: pytest.Config
) -> None:
    contacts: int = pytestconfig.getoption("--crash-contacts")
    workers: int = pytestconfig.getoption("--crash-workers")
    is_long = contacts >= 100
    environ = environ_of(database_url, port=sink.port)
    walk = await a_walk(database, read_settings(environ), three_mails("1m" if is_long else "0m"))
    gap, letters = (0.25, 16) if is_long else (0.01, 3)
    killing = Killing(database, environ, walk, sink, tmp_path, Random(SEED), longest_gap=gap, most_letters=letters)

    await killing.run(contacts=contacts, workers=workers)
    async with a_worker(environ, tmp_path / "last.log"):
        await wait_for_idle(database, [walk.id])

    async with database.work() as tx:
        audit = await audit_live(tx, [walk.id], MAILED_THREE_TIMES, taken=sink.taken())
    tell(killing.kills, audit)
    assert audit.in_doubt <= killing.kills * IN_FLIGHT
    assert audit == Audit(runs=contacts, sent=3 * contacts - audit.in_doubt, in_doubt=audit.in_doubt)
