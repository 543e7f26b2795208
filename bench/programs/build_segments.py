"""Builds all segments of the crowd: by the product's jobs, or by one hand-written statement for each."""

import time
from datetime import timedelta

from bench.crowd import BY_HAND, NOW, RULES, the_workspace
from bench.talking import hear, order, run, say
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.durable.jobs import JobRunner
from dripline.kernel.ids import WorkspaceId
from dripline.segments.building import BUILD_JOB, build_page

_MAKE = Query(
    "make",
    "Makes the table.",
    'CREATE TABLE by_hand (segment text COLLATE "C", contact_id uuid, since timestamptz, '
    "PRIMARY KEY (segment, contact_id))",
)
_NO_LIMIT = Query("no_limit", "Lets statements take their time.", "SET LOCAL statement_timeout = 0")
_MEMBERS = {
    "dripline": Query("members", "Counts.", "SELECT count(*) FROM segment_member"),
    "hand-written SQL": Query("members", "Counts.", "SELECT count(*) FROM by_hand"),
}
_BYTES = {
    "dripline": Query(
        "bytes",
        "Measures.",
        "SELECT pg_total_relation_size('segment_member') + pg_total_relation_size('segment_date')",
    ),
    "hand-written SQL": Query("bytes", "Measures.", "SELECT pg_total_relation_size('by_hand')"),
}


async def main() -> None:
    asked = order()
    how = asked["how"]
    workspace = (await the_workspace(asked["url"])).id
    database = await Database.open(asked["url"], size=4, name="bench segments")
    if how != "dripline":
        async with database.work() as tx:
            await tx.run(_MAKE)
    say("ready")
    await hear()
    start = time.perf_counter()
    each = await (_by_jobs if how == "dripline" else _by_hand)(database, workspace)
    seconds = time.perf_counter() - start
    async with database.work() as tx:
        members, size = await tx.value(_MEMBERS[how]), await tx.value(_BYTES[how])
    say("done", seconds=seconds, each=each, members=members, bytes=size)
    await database.close()
    await hear()


async def _by_jobs(database: Database, workspace: WorkspaceId) -> dict[str, float]:
    runner = JobRunner(database, {BUILD_JOB: build_page(database)}, lease=timedelta(minutes=1))
    each = {}
    for slug in RULES:
        start = time.perf_counter()
        assert await runner.run_one(workspace)
        each[slug] = time.perf_counter() - start
    return each


async def _by_hand(database: Database, workspace: WorkspaceId) -> dict[str, float]:
    each = {}
    for slug, statement in BY_HAND.items():
        start = time.perf_counter()
        async with database.work() as tx:
            await tx.run(_NO_LIMIT)
            text = f"INSERT INTO by_hand SELECT '{slug}', found.*, $2 FROM ({statement}) AS found"
            await tx.run(Query(slug, "Fills it.", text), workspace, NOW)
        each[slug] = time.perf_counter() - start
    return each


if __name__ == "__main__":
    run(main())
