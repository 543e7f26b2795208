"""Whether a worker is there: it holds a shared advisory lock for as long as its connection lives."""

import asyncpg

# Any number will do, as long as it stays the same; both halves of it show in pg_locks.
_WORKER = 7_305_116_002


async def announce_worker(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Say on this connection that a worker is there."""
    await connection.execute("SELECT pg_advisory_lock_shared($1)", _WORKER)


async def worker_is_present(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Whether any process has announced a worker and still lives."""
    found: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32 | objid::bigint) = $1)
        """,
        _WORKER,
    )
    return found
