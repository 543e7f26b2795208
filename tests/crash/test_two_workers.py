"""Two workers on one database share the work and never do it twice."""

from pathlib import Path

import pytest

from dripline.database.pool import Database
from dripline.settings import read_settings
from tests.crash.audit import Audit, audit_live, wait_for_idle
from tests.crash.walks import MAILED_THREE_TIMES, a_walk, three_mails
from tests.makers.processes import Sink, a_worker, environ_of
from tests.makers.work import at_work

pytestmark = pytest.mark.crash

CONTACTS = 40


async def test_two_workers_in_one_process_mail_everybody_once(
    database: Database, database_url: str, sink: Sink
) -> None:
    settings = read_settings(environ_of(database_url, port=sink.port, lease_seconds=30))
    walk = await a_walk(database, settings, three_mails("0m"))

    async with at_work(settings), at_work(settings):
        await walk.start_all(CONTACTS)
        await wait_for_idle(database, [walk.id])

    async with database.work() as tx:
        audit = await audit_live(tx, [walk.id], MAILED_THREE_TIMES, taken=sink.taken())
    assert audit == Audit(runs=CONTACTS, sent=3 * CONTACTS, in_doubt=0)


async def test_two_worker_processes_mail_everybody_once(
    database: Database, database_url: str, sink: Sink, tmp_path: Path
) -> None:
    environ = environ_of(database_url, port=sink.port, lease_seconds=30)
    walk = await a_walk(database, read_settings(environ), three_mails("0m"))

    logs = tmp_path / "one.log", tmp_path / "two.log"
    async with a_worker(environ, logs[0]), a_worker(environ, logs[1]):
        await walk.start_all(CONTACTS)
        await wait_for_idle(database, [walk.id])

    async with database.work() as tx:
        audit = await audit_live(tx, [walk.id], MAILED_THREE_TIMES, taken=sink.taken())
    assert audit == Audit(runs=CONTACTS, sent=3 * CONTACTS, in_doubt=0)
    assert not any("deadlock" in log.read_text() for log in logs)
