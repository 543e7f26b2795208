"""Statements that take too long are refused in words, and not for ever waited for."""

import pytest

from dripline.database.patience import limited
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.kernel.errors import Unprocessable

SLEEP = Query("sleep", "Takes its time.", "SELECT pg_sleep(30)")
LIMIT = Query("limit", "Gives the limit.", "SHOW statement_timeout")


async def test_a_statement_that_takes_too_long_is_refused_in_words(database: Database) -> None:
    with pytest.raises(Unprocessable, match="too long for us"):
        await _sleep(database)


async def test_the_limit_does_not_outlive_its_transaction(database: Database) -> None:
    async with database.work() as tx:
        before = await tx.value(LIMIT)

    with pytest.raises(Unprocessable):
        await _sleep(database)

    async with database.work() as tx:
        assert await tx.value(LIMIT) == before


async def _sleep(database: Database) -> None:
    async with database.work() as tx, limited(tx, seconds=1, otherwise="too long for us"):
        await tx.rows(SLEEP)
