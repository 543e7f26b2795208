"""Numbers that are kept from a release on begin with what was there before it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from dripline.database.embedded import EmbeddedServer
from dripline.database.migrating import Migration, migrate, migrations
from dripline.database.pool import Database, connect
from dripline.durable.tallies import Span, read_series
from dripline.kernel.ids import WorkspaceId, new_uuid
from tests.makers.counts import kept_and_recounted_mails, kept_and_recounted_runs

BEFORE = "0020_pre_numbers.sql"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
_BOOK = """
CREATE SCHEMA dripline;
CREATE TABLE dripline.schema_migration (name text COLLATE "C" PRIMARY KEY, checksum text COLLATE "C" NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now());
"""
_SEQUENCE = """
INSERT INTO sequence (workspace_id, id, slug, name, status, revision, version, created_at, updated_at)
VALUES ($1, $2, 'a-sequence', 'A sequence', 'draft', 1, 0, now(), now())
"""
_RUN = """
INSERT INTO enrollment (workspace_id, id, sequence_id, version, contact_id, status, step, since, visits, due_at,
    enrolled_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, NULL, $8, CASE WHEN $6 = 'completed' THEN $8::timestamptz END)
"""
_MAIL = """
INSERT INTO message (workspace_id, source_id, visit, id, contact_id, sequence_id, sequence_version, step, template_id,
    from_address, status, queued_at, sent_at, settled_at)
VALUES ($1, $2, $3, $4, $2, $5, 1, $6, $4, 'ann@example.com', 'sent', $7, $7, $7)
"""
_GOAL = """
INSERT INTO conversion (workspace_id, enrollment_id, sequence_id, contact_id, event_id, at)
VALUES ($1, $2, $3, $2, $2, $4)
"""
_COUNT = "INSERT INTO tally_by_{} (workspace_id, subject, at, what, count) VALUES ($1, $2, $3, 'sent', $4)"


async def apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    await connection.execute(migration.text)
    row = migration.name, migration.checksum
    await connection.execute("INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)", *row)


async def fill(connection: "asyncpg.Connection[asyncpg.Record]", workspace: WorkspaceId) -> str:
    """Runs at several places, mails of one of them, goals of two; gives what the numbers of the sequence begin with."""
    sequence, mailed, early = new_uuid(), new_uuid(), new_uuid()
    await connection.execute(_SEQUENCE, workspace, sequence)
    places = [(mailed, 1, "active", "end"), (early, 2, "active", "end"), (new_uuid(), 1, "active", "end")]
    for run, version, status, step in (*places, (new_uuid(), 1, "completed", None)):
        await connection.execute(_RUN, workspace, run, sequence, version, new_uuid(), status, step, AT)
    for visit, step in enumerate(("welcome", "tips", "last")):
        at = AT + visit * timedelta(hours=1)
        await connection.execute(_MAIL, workspace, mailed, visit, new_uuid(), sequence, step, at)
        for span, begin in (("day", AT.replace(hour=0)), ("hour", at)):
            await connection.execute(_COUNT.format(span), workspace, f"sequence:{sequence}/1/{step}/", begin, 1)
    await connection.execute(_GOAL, workspace, mailed, sequence, AT + timedelta(hours=1, minutes=30))
    await connection.execute(_GOAL, workspace, early, sequence, AT)
    return f"sequence:{sequence}/"


async def test_runs_goals_and_whole_sequences_are_counted_from_what_was_there(tmp_path: Path) -> None:
    server, workspace = EmbeddedServer(tmp_path), WorkspaceId(new_uuid())
    running = await server.start()
    try:
        connection = await connect(running.owner_url, name="a test")
        await connection.execute(_BOOK)
        for migration in migrations():
            if migration.name < BEFORE:
                await apply(connection, migration)
        beginning = await fill(connection, workspace)
        await connection.close()

        await migrate(running.owner_url)

        database = await Database.open(running.owner_url)
        async with database.work() as tx:
            runs, recounted_runs = await kept_and_recounted_runs(tx, workspace)
            mails, recounted_mails = await kept_and_recounted_mails(tx, workspace)
            span = {"since": AT, "until": AT + timedelta(days=1)}
            hours = await read_series(tx, workspace, beginning, by=Span.HOUR, **span)
        await database.close()
    finally:
        await server.stop()

    assert runs == recounted_runs
    assert sorted(runs.values()) == [1, 1, 2]
    assert mails == recounted_mails
    assert {str(place[0]).partition("/")[2]: count for place, count in mails.items() if place[1] == "converted"} == {
        "1/tips": 1,
        "2/": 1,
    }
    assert list(hours.values()) == [{"sent": 1, "converted": 1}, {"sent": 1, "converted": 1}, {"sent": 1}]
