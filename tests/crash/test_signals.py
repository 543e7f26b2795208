"""A worker that is asked to stop leaves nothing in doubt; one that was frozen and thaws does no harm."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.kernel.ids import WorkspaceId
from dripline.settings import read_settings
from dripline.templates.rendering.pool import Rendered, Renderer, RenderJob, Source
from tests.crash.audit import Audit, audit_live, wait_for_idle
from tests.crash.conftest import Tell
from tests.crash.walks import MAILED_ONCE, ONE_MAIL, ONE_MAIL_WITH_EXITS, a_walk
from tests.makers.processes import a_sink, a_worker, end, environ_of
from tests.makers.waiting import until

pytestmark = pytest.mark.crash

CONTACTS = 12
_IN_PHASE = Query(
    "in_phase", "Counts mail in a phase.", "SELECT count(*) FROM outbox WHERE workspace_id = $1 AND phase = $2"
)
_LEASED = Query(
    "leased", "Counts leased mail.", "SELECT count(*) FROM outbox WHERE workspace_id = $1 AND phase <> 'ready'"
)


async def is_in_phase(database: Database, workspace: WorkspaceId, phase: str) -> bool:
    async with database.work() as tx:
        return bool(await tx.value(_IN_PHASE, workspace, phase))


async def test_a_worker_that_is_asked_to_stop_leaves_nothing_in_doubt(
    database: Database, database_url: str, tmp_path: Path, tell: Tell
) -> None:
    async with a_sink(tmp_path, delay=0.05) as sink:
        environ = environ_of(database_url, port=sink.port)
        walk = await a_walk(database, read_settings(environ), ONE_MAIL)
        await walk.start_all(CONTACTS)

        async with a_worker(environ, tmp_path / "first.log") as first:
            await until(lambda: is_in_phase(database, walk.id, "handing"), "a mail is being handed over")
            status = await end(first, signal.SIGTERM)
        async with database.work() as tx:
            leased = await tx.value(_LEASED, walk.id)
        async with a_worker(environ, tmp_path / "second.log"):
            await wait_for_idle(database, [walk.id])

        async with database.work() as tx:
            audit = await audit_live(tx, [walk.id], MAILED_ONCE, taken=sink.taken())
    tell(1, audit)
    assert (status, leased) == (0, 0)
    assert audit == Audit(runs=CONTACTS, sent=CONTACTS, in_doubt=0)


@pytest.mark.parametrize("phase", ["claimed", "handing"])
async def test_a_worker_frozen_for_longer_than_its_lease_doubles_nothing(
    database: Database, database_url: str, tmp_path: Path, tell: Tell, phase: str
) -> None:
    async with a_sink(tmp_path, delay=0.05) as sink:
        environ = environ_of(database_url, port=sink.port)
        walk = await a_walk(database, read_settings(environ), ONE_MAIL_WITH_EXITS)
        await walk.start_all(CONTACTS)

        async with a_worker(environ, tmp_path / "frozen.log") as frozen:
            await until(lambda: is_in_phase(database, walk.id, phase), f"a mail is {phase}")
            frozen.send_signal(signal.SIGSTOP)
            async with a_worker(environ, tmp_path / "other.log"):
                await wait_for_idle(database, [walk.id])
                frozen.send_signal(signal.SIGCONT)
                # It ends in order, and so says and writes first what it still would.
                status = await end(frozen, signal.SIGTERM)
                await wait_for_idle(database, [walk.id])

        async with database.work() as tx:
            audit = await audit_live(tx, [walk.id], MAILED_ONCE, taken=sink.taken())
    tell(1, audit)
    assert status == 0
    assert audit.in_doubt <= CONTACTS
    assert audit == Audit(runs=CONTACTS, sent=CONTACTS - audit.in_doubt, in_doubt=audit.in_doubt)


async def test_a_mail_that_was_rendered_while_the_worker_was_frozen_is_not_given_up() -> None:
    renderer = Renderer(seconds=0.1)
    job = RenderJob(Source("t/1", "Hi", "<p>Hi</p>", "Hi"), {"contact": {"email": "ann@example.com"}})
    try:
        [usual] = await renderer.render([job])

        rendering = asyncio.create_task(renderer.render([job]))
        await asyncio.sleep(0)  # the job is on its way
        time.sleep(0.5)  # noqa: ASYNC251 (nothing of this process moves, as under SIGSTOP)

        assert await rendering == [usual]
    finally:
        await renderer.close()
    assert usual == Rendered("Hi", "<p>Hi</p>", "Hi")
