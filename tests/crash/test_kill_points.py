"""One turn and one hand-off, killed at every await: nothing is lost, nothing is doubled, every run goes on.

Each worker has a workspace of its own to die in. When all have died, one worker that lives finds what they left.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.kernel.ids import WorkspaceId
from dripline.processes.domains import make_senders
from dripline.settings import read_settings
from tests.crash.audit import Audit, audit_live, audit_test, wait_for_idle
from tests.crash.conftest import Tell
from tests.crash.nursery import a_nursery
from tests.crash.walks import MAILED_ONCE, ONE_MAIL, ONE_MAIL_WITH_EXITS, Walk, a_walk
from tests.makers.processes import Sink, a_worker, environ_of

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

CONTACTS = 3


async def test_a_live_mail_goes_out_once_wherever_its_worker_is_killed(
    database: Database, database_url: str, sink: Sink, tmp_path: Path, tell: Tell
) -> None:
    environ = environ_of(database_url, port=sink.port)

    walks, kills = await kill_everywhere(database, environ, ONE_MAIL_WITH_EXITS, tmp_path, mode=Mode.LIVE)
    async with a_worker(environ, tmp_path / "worker.log"):
        await wait_for_idle(database, walks)

    async with database.work() as tx:
        audit = await audit_live(tx, walks, MAILED_ONCE, taken=sink.taken())
    tell(kills, audit)
    assert audit.in_doubt <= kills * CONTACTS
    everybody = CONTACTS * len(walks)
    assert audit == Audit(runs=everybody, sent=everybody - audit.in_doubt, in_doubt=audit.in_doubt)


async def test_a_caught_mail_is_there_once_wherever_its_worker_is_killed(
    database: Database, database_url: str, tmp_path: Path, tell: Tell
) -> None:
    environ = environ_of(database_url)

    walks, kills = await kill_everywhere(database, environ, ONE_MAIL, tmp_path, mode=Mode.TEST)
    async with a_worker(environ, tmp_path / "worker.log"):
        await wait_for_idle(database, walks)

    async with database.work() as tx:
        audit = await audit_test(tx, walks, MAILED_ONCE)
    tell(kills, audit)
    # The inbox keeps each key once, so that there is never a doubt.
    assert audit == Audit(runs=CONTACTS * len(walks), sent=CONTACTS * len(walks), in_doubt=0)


async def test_a_transactional_mail_goes_out_once_wherever_its_worker_is_killed(
    database: Database, database_url: str, sink: Sink, tmp_path: Path, tell: Tell
) -> None:
    environ = environ_of(database_url, port=sink.port)

    async def begin(walk: Walk) -> None:
        await walk.send_all(database, make_senders(read_settings(environ)), CONTACTS)

    walks, kills = await kill_everywhere(database, environ, ONE_MAIL, tmp_path, mode=Mode.LIVE, begin=begin)
    async with a_worker(environ, tmp_path / "worker.log"):
        await wait_for_idle(database, walks)

    async with database.work() as tx:
        audit = await audit_live(tx, walks, MAILED_ONCE, taken=sink.taken())
    tell(kills, audit)
    assert audit.in_doubt <= kills * CONTACTS
    everybody = CONTACTS * len(walks)
    assert audit == Audit(runs=0, sent=everybody - audit.in_doubt, in_doubt=audit.in_doubt)


async def kill_everywhere(
    database: Database,
    environ: Mapping[str, str],
    definition: str,
    folder: Path,
    *,
    mode: Mode,
    begin: Callable[[Walk], Awaitable[None]] = lambda walk: walk.start_all(CONTACTS),
) -> tuple[list[WorkspaceId], int]:
    """Let a worker die at each resumption that a clean run counts; the workspaces, and how many did die there.

    Now and then a life has fewer resumptions than the clean one, and ends by itself.
    """
    settings = read_settings(environ)
    walks: list[WorkspaceId] = []
    kills, last = 0, 0
    async with a_nursery(environ, folder / "nursery.log") as nursery:
        while True:
            walk = await a_walk(database, settings, definition, mode=mode)
            await begin(walk)
            walks.append(walk.id)
            life = await nursery.live(walk.id, last=len(walks) - 1)
            kills += life.killed
            if life.resumptions is not None and not last:
                last = life.resumptions
            if len(walks) > last:
                return walks, kills
