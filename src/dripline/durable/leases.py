"""Work under a lease: keeping it while the work goes on, and writing down what came of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import structlog

from dripline.database.pool import Database, is_out_of_reach
from dripline.database.queries import Query
from dripline.database.work import Tx
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId

_log = structlog.get_logger()

_REST_SECONDS = 0.2


@asynccontextmanager
async def keeping(
    database: Database, renew: Query, workspace: WorkspaceId, token: UUID, *, lease: timedelta
) -> AsyncIterator[None]:
    """Renew a lease for as long as the work under it goes on. `renew` takes workspace, token, and its new end."""
    renewing = asyncio.create_task(_renew(database, renew, workspace, token, lease))
    try:
        yield
    finally:
        renewing.cancel()


async def _renew(database: Database, renew: Query, workspace: WorkspaceId, token: UUID, lease: timedelta) -> None:
    while True:
        await asyncio.sleep(lease.total_seconds() / 3)
        try:
            async with database.work() as tx:
                await tx.run(renew, workspace, token, real_now() + lease)
        except Exception as error:
            if not is_out_of_reach(error):
                raise
            _log.warning("lease_not_renewed", error=str(error))


async def write_down(database: Database, act: Callable[[Tx], Awaitable[None]], *, lease: timedelta) -> None:
    """Write down what the world said, and keep at it while the database is away: it is known only here.

    Raises:
        Whatever the database raises once the lease has run out.
    """
    until = asyncio.get_running_loop().time() + lease.total_seconds()
    while True:
        try:
            return await database.transact(act)
        except Exception as error:
            if not is_out_of_reach(error) or asyncio.get_running_loop().time() > until:
                raise
            await asyncio.sleep(_REST_SECONDS)
