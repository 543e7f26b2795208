"""Statements that may take too long to wait for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from dripline.database.queries import Query
from dripline.database.work import Tx
from dripline.kernel.errors import Unprocessable


@asynccontextmanager
async def limited(tx: Tx, *, seconds: int, otherwise: str) -> AsyncIterator[None]:
    """Let each statement in the block take so many seconds; the limit stays until the transaction ends.

    Raises:
        Unprocessable: one takes longer; says `otherwise`. Nothing more can be done in this transaction.
    """
    await tx.run(Query("limit_statements", "Limits statements.", f"SET LOCAL statement_timeout = '{seconds}s'"))
    try:
        yield
    except asyncpg.exceptions.QueryCanceledError as error:
        raise Unprocessable(otherwise) from error
