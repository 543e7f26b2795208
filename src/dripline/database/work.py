"""A unit of work: what slices may do inside a transaction that somebody above them commits."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from dripline.database.queries import Query

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record


class Tx:
    """An open transaction. It cannot commit: only who opened it can."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, query: Query, *arguments: object) -> list[Row]:
        """All rows of a query."""
        return await self._connection.fetch(query.text, *arguments)

    async def row(self, query: Query, *arguments: object) -> Row | None:
        """The first row, or None."""
        return await self._connection.fetchrow(query.text, *arguments)

    # The driver cannot know the type of a column; each store gives the value its type at once.
    async def value(self, query: Query, *arguments: object) -> Any:
        """The first column of the first row, or None."""
        return await self._connection.fetchval(query.text, *arguments)

    async def run(self, query: Query, *arguments: object) -> int:
        """Run a statement; gives the number of rows it touched."""
        status = await self._connection.execute(query.text, *arguments)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def copy(self, table: str, columns: Sequence[str], records: Iterable[Sequence[object]]) -> None:
        """Append many rows by COPY. Only for the owner: COPY is refused under row-level security."""
        await self._connection.copy_records_to_table(
            table, columns=list(columns), records=records, schema_name="dripline"
        )
