"""Bringing the schema up to date: plain SQL files, in order, each in one transaction, each once.

`NNNN_pre_…sql` is safe while the old code still runs, `NNNN_post_…sql` follows when the new code is everywhere.
An applied file that was changed afterwards is refused.
"""

import hashlib
from dataclasses import dataclass
from importlib import resources

import asyncpg

from dripline.database.pool import FRONT_DOOR_ROLE, SCHEMA, UNUSABLE, connect, unusable
from dripline.kernel.errors import Unprocessable

# Any number will do, as long as it stays the same: it makes two migrations at once wait for each other.
_LOCK = 7_305_116_001

_TABLE = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS {SCHEMA}.schema_migration (
    name text COLLATE "C" PRIMARY KEY,
    checksum text COLLATE "C" NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name and its SQL."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All that this release knows, in order."""
    folder = resources.files(__package__).joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name)
    return [Migration(file.name, file.read_text("utf-8")) for file in files]


async def migrate(url: str) -> list[str]:
    """Apply what is missing; gives the names of the files applied now.

    Raises:
        Unavailable: the server cannot be reached.
        Unprocessable: the role must not or cannot do it, or an applied file has changed. Says what to run.
    """
    try:
        connection = await connect(url, name="dripline migrate")
    except UNUSABLE as error:
        raise unusable(url, error) from error
    try:
        await check_roles(connection)
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(_TABLE)
        applied = await _applied(connection)
        _refuse_changed(applied)
        missing = [migration for migration in migrations() if migration.name not in applied]
        for migration in missing:
            await _apply(connection, migration)
        return [migration.name for migration in missing]
    finally:
        await connection.close()


async def pending(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """The names of migrations that this database still lacks."""
    exists = await connection.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.schema_migration")
    applied = await _applied(connection) if exists else {}
    return [migration.name for migration in migrations() if migration.name not in applied]


async def check_roles(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Refuse a superuser and a missing front-door role, naming the SQL that mends it.

    Raises:
        Unprocessable: row-level security would not bind, or the front doors would have no role.
    """
    user, superuser = await connection.fetchrow(  # type: ignore[misc]
        "SELECT current_user::text, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    if superuser:
        raise Unprocessable(
            f"DRIPLINE_DATABASE_URL logs in as {user}, whom row-level security does not bind. Run as superuser: "
            f"CREATE ROLE dripline LOGIN PASSWORD '…'; GRANT CREATE ON DATABASE … TO dripline; and log in as that role."
        )
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", FRONT_DOOR_ROLE):
        raise Unprocessable(
            f"The role {FRONT_DOOR_ROLE} is missing. Run as superuser: "
            f"CREATE ROLE {FRONT_DOOR_ROLE} NOLOGIN; GRANT {FRONT_DOOR_ROLE} TO {user};"
        )
    if not await connection.fetchval("SELECT pg_has_role(current_user, $1, 'MEMBER')", FRONT_DOOR_ROLE):
        raise Unprocessable(
            f"{user} may not become {FRONT_DOOR_ROLE}. Run as superuser: GRANT {FRONT_DOOR_ROLE} TO {user};"
        )


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    rows = await connection.fetch(f"SELECT name, checksum FROM {SCHEMA}.schema_migration")  # noqa: S608
    return {row["name"]: row["checksum"] for row in rows}


def _refuse_changed(applied: dict[str, str]) -> None:
    for migration in migrations():
        if migration.name in applied and applied[migration.name] != migration.checksum:
            raise Unprocessable(f"The migration {migration.name} was changed after it had been applied.")


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '4s'; SET LOCAL statement_timeout = 0")
        await connection.execute(migration.text)
        await connection.execute(
            f"INSERT INTO {SCHEMA}.schema_migration (name, checksum) VALUES ($1, $2)",  # noqa: S608
            migration.name,
            migration.checksum,
        )
