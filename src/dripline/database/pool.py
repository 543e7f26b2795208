"""Connections to PostgreSQL, and the one way to open a transaction.

Two roles use it (row-level security is their difference): the owner of the tables, for engine, delivery and
migrations, and `dripline_app`, which owns nothing and sees only the workspace named in its transaction, for the
front doors.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar
from urllib.parse import urlsplit

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from dripline.database.queries import Query
from dripline.database.work import Connection, Row, Tx
from dripline.kernel.errors import Unavailable
from dripline.kernel.ids import WorkspaceId

Result = TypeVar("Result")

SCHEMA = "dripline"
FRONT_DOOR_ROLE = "dripline_app"

# A statement or a lock that takes longer than this is a fault, not a slow day: better an error than a queue.
_SESSION = {
    "search_path": SCHEMA,
    # What these two are begun for takes longer to begin than most of our statements take.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "lock_timeout": "10s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "15s",
}

# Errors after which the same transaction may simply be run again: it was rolled back for somebody else's sake.
_TRANSIENT = (
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.InvalidCachedStatementError,
)
_ATTEMPTS = 5

_OUT_OF_REACH = (
    OSError,
    TimeoutError,
    asyncpg.exceptions.PostgresConnectionError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.TooManyConnectionsError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,
    asyncpg.exceptions.DiskFullError,
    asyncpg.exceptions.InterfaceError,
    # A statement on a connection whose end has been announced and has not come yet.
    asyncpg.exceptions.InternalClientError,
)


UNUSABLE = (
    *_OUT_OF_REACH,
    asyncpg.exceptions.InvalidAuthorizationSpecificationError,
    asyncpg.exceptions.InvalidCatalogNameError,
)
"""What opening a connection may fail with: nobody answers, the login is refused, the database is not there."""


def unusable(url: str, error: BaseException) -> Unavailable:
    """What to say when a connection to `url` could not be opened."""
    return Unavailable(f"PostgreSQL at {_place(url)} cannot be reached: {error}")


def is_out_of_reach(error: BaseException) -> bool:
    """Whether the database could not be used, as against having refused what was asked."""
    return isinstance(error, _OUT_OF_REACH)


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may well succeed later: the fault lies with the database or with other ones."""
    return isinstance(error, (*_OUT_OF_REACH, *_TRANSIENT, asyncpg.exceptions.LockNotAvailableError))


async def connect(url: str, *, name: str = "dripline") -> asyncpg.Connection:
    """One connection outside the pool, set up like the pooled ones. For listening and for advisory locks."""
    connection = await asyncpg.connect(url, server_settings={**_SESSION, "application_name": name}, timeout=10)
    await _set_codecs(connection)
    return connection


class Database:
    """A pool, and transactions on it."""

    def __init__(self, pool: asyncpg.Pool, url: str, *, front_door_by_role: bool) -> None:
        self._pool = pool
        self._front_door_by_role = front_door_by_role
        self.url = url

    @classmethod
    async def open(cls, url: str, *, size: int = 10, name: str = "dripline", app_url: str | None = None) -> "Database":
        """Open a pool of at most `size` connections to `url` (to `app_url`, where front doors have their own).

        Raises:
            Unavailable: the server cannot be reached.
        """
        try:
            pool = await asyncpg.create_pool(
                app_url or url,
                min_size=1,
                max_size=size,
                init=_set_codecs,
                reset=_nothing_to_reset,
                server_settings={**_SESSION, "application_name": name},
                timeout=10,
                max_inactive_connection_lifetime=60,
            )
        except UNUSABLE as error:
            raise unusable(url, error) from error
        return cls(pool, url, front_door_by_role=app_url is None)

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), 10)
        except TimeoutError:
            self._pool.terminate()

    async def look(self, query: Query, *arguments: object) -> list[Row]:
        """The rows of one statement, as the owner, without a transaction around it: a third of the round trips."""
        async with self._pool.acquire() as connection:
            return await Tx(connection).rows(query, *arguments)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Tx]:
        """One transaction as the owner of the tables: commits at the end, rolls back on any error."""
        async with self._transaction("BEGIN") as tx:
            yield tx

    @asynccontextmanager
    async def front_door(self, workspace: WorkspaceId) -> AsyncIterator[Tx]:
        """One transaction bound to one workspace by row-level security."""
        role = f"SET LOCAL ROLE {FRONT_DOOR_ROLE};" if self._front_door_by_role else ""
        # SET LOCAL as a statement and not set_config(): a distributed PostgreSQL passes on only the former.
        async with self._transaction(f"BEGIN; {role} SET LOCAL dripline.workspace = '{workspace}'") as tx:
            yield tx

    async def transact(self, act: Callable[[Tx], Awaitable[Result]], *, workspace: WorkspaceId | None = None) -> Result:
        """Run `act` in one transaction; again, a few times, when the database rolled it back for somebody else.

        With `workspace` it is a front-door transaction. `act` must be safe to run again from the start.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self.front_door(workspace) if workspace else self.work() as tx:
                    return await act(tx)
            except _TRANSIENT:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(0.01 * attempt)
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[Tx]:
        async with self._pool.acquire() as connection:
            # One round trip for BEGIN and the settings, where the driver's own transaction would take two.
            await connection.execute(begin)
            try:
                yield Tx(connection)
                await connection.execute("COMMIT")
            except BaseException:
                await _roll_back(connection)
                raise


async def _roll_back(connection: "PoolConnectionProxy[asyncpg.Record]") -> None:
    """Never raises: what is rolled back for, a cancellation too, must reach the caller."""
    try:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
        # A connection that cannot even roll back is thrown away; the server rolls back by itself. The pool may have
        # done so before us, when the connection was lost.
        with suppress(asyncpg.InterfaceError):
            connection.terminate()


async def _nothing_to_reset(connection: Connection) -> None:
    """All our settings are SET LOCAL, so a returned connection is clean without asking the server again."""


async def _set_codecs(connection: Connection) -> None:
    encode = msgspec.json.Encoder().encode
    decode = msgspec.json.Decoder().decode
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        # The binary form of jsonb is a version byte and the text.
        encoder=lambda value: b"\x01" + encode(value),
        decoder=lambda data: decode(data[1:]),
        format="binary",
    )


def _place(url: str) -> str:
    """Host and database of a URL, never its password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'its socket'}{parts.path}"
