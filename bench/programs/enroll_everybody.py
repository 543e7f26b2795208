"""Enrolls everybody of a workspace in its one sequence: by the product's job, or by one statement."""

import time
from datetime import timedelta

from bench.talking import hear, order, run, say
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.durable.jobs import JobRunner
from dripline.engine.runs.enrolling_many import ENROLL_JOB, Audience, AudienceKind, enroll_later, enroll_page
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId
from dripline.sequences import store

_WORKSPACE = Query("workspace", "Gives the one that has a sequence.", "SELECT workspace_id FROM sequence")
_INSERT = Query(
    "insert",
    "Enrolls everybody at once.",
    """INSERT INTO enrollment (workspace_id, id, sequence_id, version, contact_id, status, step, since, visits, due_at,
        entered_via, enrolled_at)
    SELECT c.workspace_id, gen_random_uuid(), s.id, s.version, c.id, 'active', 'decide', $1, 0, $1, 'manual:', $1
    FROM contact AS c JOIN sequence AS s ON s.workspace_id = c.workspace_id
    ON CONFLICT (workspace_id, contact_id, sequence_id, key) WHERE status = 'active' DO NOTHING""",
)


async def main() -> None:
    asked = order()
    database = await Database.open(asked["url"], size=4, name="bench enrolling")
    async with database.work() as tx:
        workspace = WorkspaceId(await tx.value(_WORKSPACE))
    say("ready")
    await hear()
    start = time.perf_counter()
    units = await (_by_job(database, workspace) if asked["how"] == "dripline" else _by_statement(database))
    say("done", units=units, seconds=time.perf_counter() - start)
    await database.close()
    await hear()


async def _by_job(database: Database, workspace: WorkspaceId) -> int:
    async with database.work() as tx:
        sequence = await store.find(tx, workspace, "bench")
        await enroll_later(tx, workspace, sequence, Audience(AudienceKind.EVERYBODY), via="manual:")
    runner = JobRunner(database, {ENROLL_JOB: enroll_page(database, begun=lambda: None)}, lease=timedelta(seconds=60))
    await runner.run_one(workspace)
    async with database.work() as tx:
        done: int = await tx.value(_DONE, workspace)
    return done


_DONE = Query("done", "Gives how far the job came.", "SELECT done FROM job WHERE workspace_id = $1")


async def _by_statement(database: Database) -> int:
    async with database.work() as tx:
        return await tx.run(_INSERT, real_now())


if __name__ == "__main__":
    run(main())
