"""Resumable jobs: long work in pages, each page recorded, so that a killed worker's job goes on where it was.

A worker may die after its page and before the record of it. So a page must be safe to repeat, or write its record in
its own transaction with `keep`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from dripline.database.pool import Database, is_out_of_reach
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict, NotFound, Refused
from dripline.kernel.ids import JobId, WorkspaceId, new_uuid, show
from dripline.kernel.values import Json

_sql = queries(__package__)
_log = structlog.get_logger()

MOST_ERRORS = 1_000
"""How many errors of a job are kept: enough to see what is wrong, and not a file of their own."""

TIMELESS = "write_"
"""How the kinds of jobs begin that come to the same at any time of the workspace."""

_MOST_FAILURES = 5
_REST_AFTER_FAILURE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Job:
    """Long work and how far it is. `token` is the lease that it is worked at under."""

    id: JobId
    workspace: WorkspaceId
    kind: str
    status: str
    arguments: Mapping[str, Json]
    cursor: Json
    done: int
    total: int | None
    errors: Sequence[Mapping[str, Json]]
    result: Json
    created_at: datetime
    updated_at: datetime
    token: UUID | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one page did. The job is finished when there is no next cursor. `errors` come behind those of the job."""

    done: int
    cursor: Json = None
    total: int | None = None
    result: Json = None
    errors: Sequence[Mapping[str, Json]] = ()


PageOf = Callable[[Job], Awaitable[Page]]


async def add_job(
    tx: Tx,
    workspace: WorkspaceId,
    kind: str,
    arguments: Mapping[str, Json],
    *,
    now: datetime,
    total: int | None = None,
    job: JobId | None = None,
) -> JobId:
    """Queue a job; a worker takes it up when the transaction has committed. `job` is its id, where there is one."""
    job = job or JobId(new_uuid())
    await tx.run(_sql["add_job"], workspace, job, kind, arguments, total, now)
    return job


async def find(tx: Tx, workspace: WorkspaceId, job: UUID) -> Job:
    """One job.

    Raises:
        NotFound: this workspace has no such job.
    """
    row = await tx.row(_sql["find_job"], workspace, job)
    if row is None:
        raise NotFound.of("job", show("job", job))
    return _job(workspace, row)


async def keep(tx: Tx, job: Job, page: Page) -> None:
    """Record a page in the transaction that does its work, so that it is done once, whatever dies.

    The last page ends the job here too: without a cursor it would begin anew. What the runner writes afterwards says
    the same once more.

    Raises:
        Conflict: somebody else works at the job now, or it was cancelled. The transaction must not commit.
    """
    after, now, lease = _after(job, page), real_now(), (job.workspace, job.id, job.token)
    if page.cursor is None:
        ended = ("done", page.result, after.errors, after.done, now, after.total)
        kept = await tx.run(_sql["end_job"], *lease, *ended)
    else:
        kept = await tx.run(_sql["keep_page"], *lease, after.cursor, after.done, after.total, after.errors, now)
    if not kept:
        raise Conflict("Somebody else works at this job, or it was cancelled.")


@asynccontextmanager
async def held(database: Database, job: Job, lease: timedelta) -> AsyncIterator[None]:
    """Keep a job ours while we wait for somebody outside, who may take longer than a lease."""
    holding = asyncio.create_task(_hold(database, job, lease))
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.wait([holding])


async def _hold(database: Database, job: Job, lease: timedelta) -> None:
    while True:
        await asyncio.sleep(lease.total_seconds() / 3)
        try:
            async with database.work() as tx:
                await tx.run(_sql["hold_job"], job.workspace, job.id, job.token, real_now() + lease)
        except Exception as error:
            # A database that is away for a moment: the lease runs on, and whoever takes the job over repeats the page.
            _log.warning("job_not_held", job=show("job", job.id), kind=job.kind, exc_info=error)


async def open_of_kind(tx: Tx, workspace: WorkspaceId, kind: str) -> JobId | None:
    """The oldest job of a kind that has not ended."""
    found: JobId | None = await tx.value(_sql["open_job_of_kind"], workspace, kind)
    return found


async def open_about(tx: Tx, workspace: WorkspaceId, kind: str, arguments: Mapping[str, Json]) -> JobId | None:
    """The oldest job of a kind that has these arguments, among others, and has not ended."""
    found: JobId | None = await tx.value(_sql["open_job_about"], workspace, kind, arguments)
    return found


async def waits_for_older(tx: Tx, job: Job) -> bool:
    """Whether the workspace has a job that was queued before this one and has not ended; timeless ones do not count."""
    found: bool = await tx.value(_sql["has_older_job"], job.workspace, job.id, job.created_at, TIMELESS)
    return found


async def cancel(tx: Tx, workspace: WorkspaceId, job: UUID, *, now: datetime) -> bool:
    """End a job early; gives whether it was still open."""
    return await tx.run(_sql["cancel_job"], workspace, job, now) > 0


class JobRunner:
    """Works at jobs, one at a time, with a page function for each kind. Jobs of other kinds are left to others."""

    def __init__(self, database: Database, pages: Mapping[str, PageOf], *, lease: timedelta) -> None:
        self._database = database
        self._pages = pages
        self._lease = lease

    async def once(self) -> float | None:
        """Work at every job that nobody works at, one after the other."""
        asked = self._database.look(_sql["workspaces_with_jobs"], real_now(), list(self._pages))
        waiting = [row[0] for row in await asked]
        for workspace in waiting:
            while await self.run_one(workspace):
                pass
        return None

    async def run_one(self, workspace: WorkspaceId) -> bool:
        """Take the oldest free job and work at it to its end. False when there was none, or the lease was lost."""
        token = new_uuid()
        now = real_now()
        async with self._database.work() as tx:
            row = await tx.row(_sql["claim_job"], workspace, now, token, now + self._lease, list(self._pages))
        if row is None:
            return False
        job: Job | None = replace(_job(workspace, row), token=token)
        while job is not None:
            job = await self._turn_page(job, token)
        return True

    async def _turn_page(self, job: Job, token: UUID) -> Job | None:
        """Do the next page; the job as it then is, or None when there is nothing more for us to do."""
        try:
            page = await self._pages[job.kind](job)
        except Refused as error:
            await self._end(job, token, "failed", errors=[{"message": error.message}])
            return None
        except Exception as error:
            if not is_out_of_reach(error):
                await self._count_failure(job, token, error)
                return None
            raise
        job = _after(job, page)
        if page.cursor is None:
            await self._end(job, token, "done", result=page.result)
            return None
        return job if await self._save(job, token) else None

    async def _save(self, job: Job, token: UUID) -> bool:
        now = real_now()
        async with self._database.work() as tx:
            saved = await tx.run(
                _sql["save_progress"],
                *(job.workspace, job.id, token, job.cursor, job.done, job.total, job.errors, now + self._lease, now),
            )
        return saved > 0

    async def _end(
        self, job: Job, token: UUID, status: str, *, result: Json = None, errors: Sequence[Mapping[str, Json]] = ()
    ) -> None:
        async with self._database.work() as tx:
            ended = (status, result, [*job.errors, *errors], job.done, real_now(), job.total)
            await tx.run(_sql["end_job"], job.workspace, job.id, token, *ended)

    async def _count_failure(self, job: Job, token: UUID, error: Exception) -> None:
        now = real_now()
        _log.error("job_page_failed", job=show("job", job.id), kind=job.kind, exc_info=error)
        async with self._database.work() as tx:
            rest = now + _REST_AFTER_FAILURE
            failures: int | None = await tx.value(_sql["fail_page"], job.workspace, job.id, token, rest, now)
        if failures is not None and failures >= _MOST_FAILURES:
            await self._end(job, token, "failed", errors=[{"message": f"{type(error).__name__}: {error}"[:500]}])


def _job(workspace: WorkspaceId, row: Row) -> Job:
    return Job(workspace=workspace, **dict(row))


def _after(job: Job, page: Page) -> Job:
    """The job as it is after a page."""
    errors = [*job.errors, *page.errors][:MOST_ERRORS] if page.errors else job.errors
    return replace(job, cursor=page.cursor, done=job.done + page.done, total=page.total or job.total, errors=errors)
