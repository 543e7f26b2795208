"""The database goes away under load, in every way there is; what was acknowledged is there, and mailed once."""

import asyncio
import signal
from collections.abc import AsyncIterator
from functools import partial
from random import Random

import pytest

from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.settings import read_settings
from tests.crash.audit import Audit, audit_live, wait_for_idle
from tests.crash.breakable import Breakable, a_breakable_server
from tests.crash.conftest import Tell
from tests.crash.load import Load, missing
from tests.crash.walks import MAILED_THREE_TIMES, a_walk, three_mails
from tests.makers.processes import Sink, environ_of
from tests.makers.waiting import until
from tests.makers.work import at_work

pytestmark = pytest.mark.crash

_TERMINATE = Query(
    "terminate",
    "Ends one connection of the product, chosen by a number; says whether there was one.",
    """
    SELECT pg_terminate_backend(pid) FROM (
        SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        ORDER BY hashint4(pid + $1) LIMIT 1
    ) AS victim
    """,
)
# Mails of one batch on four connections; two workers may have two batches each on the wire.
_IN_FLIGHT = 4 * 4


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Breakable]:
    async with a_breakable_server(tmp_path_factory.mktemp("breakable")) as started:
        yield started


@pytest.fixture
async def database(server: Breakable) -> AsyncIterator[Database]:
    database = await Database.open(server.url)
    yield database
    await database.close()


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="fast"),
        pytest.param(signal.SIGQUIT, id="immediate"),
        pytest.param(signal.SIGKILL, id="kill-9"),
    ],
)
async def test_a_restart_under_load_loses_nothing_that_was_acknowledged(
    server: Breakable, database: Database, sink: Sink, tell: Tell, number: signal.Signals
) -> None:
    settings = read_settings(environ_of(server.url, port=sink.port, lease_seconds=5))
    walk = await a_walk(database, settings, three_mails("0m"))
    load = Load(walk)

    async with at_work(settings), at_work(settings), asyncio.TaskGroup() as group:
        group.create_task(load.run(60))
        for reached in (15, 35):
            await until(partial(load.reached, reached), "the load goes on")
            await server.restart(number)
        await until(partial(load.reached, 60), "the load has passed")
        await wait_for_idle(database, [walk.id])

    async with database.work() as tx:
        audit = await audit_live(tx, [walk.id], MAILED_THREE_TIMES, taken=sink.taken())
    tell(2, audit)
    assert await missing(database, walk, load.acknowledged) == (set(), set())
    assert audit.in_doubt <= 2 * _IN_FLIGHT
    assert audit == Audit(runs=audit.runs, sent=3 * audit.runs - audit.in_doubt, in_doubt=audit.in_doubt)


async def test_connections_that_are_cut_at_random_lose_and_double_nothing(
    server: Breakable, database: Database, sink: Sink, tell: Tell
) -> None:
    settings = read_settings(environ_of(server.url, port=sink.port, lease_seconds=2))
    walk = await a_walk(database, settings, three_mails("0m"))
    load = Load(walk)
    chance = Random(8)
    cuts = range(5, 60, 3)

    async with at_work(settings), at_work(settings), asyncio.TaskGroup() as group:
        group.create_task(load.run(60))
        for reached in cuts:
            await until(partial(load.reached, reached), "the load goes on")
            await cut_one(database, chance)
        await until(partial(load.reached, 60), "the load has passed")
        await wait_for_idle(database, [walk.id])

    async with database.work() as tx:
        audit = await audit_live(tx, [walk.id], MAILED_THREE_TIMES, taken=sink.taken())
    tell(len(cuts), audit)
    assert await missing(database, walk, load.acknowledged) == (set(), set())
    assert audit.in_doubt <= len(cuts) * 4
    assert audit == Audit(runs=audit.runs, sent=3 * audit.runs - audit.in_doubt, in_doubt=audit.in_doubt)


async def cut_one(database: Database, chance: Random) -> None:
    async with database.work() as tx:
        await tx.rows(_TERMINATE, chance.randrange(1_000_000))
