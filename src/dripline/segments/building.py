"""Building a segment: a job looks at all contacts, page by page, and writes a new generation of members.

A page has the lock of the segments alone, so it happens between two changes: contacts up to `built_to` were looked at
after everything that had changed by then, and whoever follows later changes corrects the new generation itself. With
the last page the new generation counts. A build is where changes are counted from: it is none, and starts nothing.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from dripline.accounts.workspaces import find_workspace
from dripline.database.patience import limited
from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.durable import jobs
from dripline.durable.jobs import Job, Page, PageOf, add_job
from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import NotFound, Unprocessable
from dripline.kernel.ids import JobId, SegmentId, WorkspaceId
from dripline.kernel.values import Json
from dripline.predicates.boundaries import boundaries
from dripline.segments import store
from dripline.segments.locking import own_segments
from dripline.segments.model import Segment
from dripline.segments.statements import dated_paths, fill_dates, fill_members
from dripline.segments.sweeping import catch_up

_sql = queries(__package__)

BUILD_JOB = "build_segment"
CLEAN_JOB = "clean_segment"

_FIRST_PAGE, _SMALLEST_PAGE, _LARGEST_PAGE = 1_000, 100, 50_000
# Others wait while a page has the lock.
_LONG = timedelta(milliseconds=300)
_SHORT = timedelta(milliseconds=100)
_PATIENCE_SECONDS = 8
_CLEANED_AT_ONCE = 10_000

_LOOK_AGAIN_SECONDS = 0.01
_WAITED_AT_ONCE = timedelta(seconds=10)
# Longer than a transaction of ours may take; those of others in the same server may take for ever.
_WAITED_AT_MOST = timedelta(minutes=2)

_NOBODY, _EVERYBODY = UUID(int=0), UUID(int=(1 << 128) - 1)


async def start_build(tx: Tx, workspace: WorkspaceId, segment: Segment, *, anew: bool = False) -> JobId:
    """Queue the job that builds a segment, `anew` when its rules are other ones; gives the open one when there is one.

    The caller has the lock of the segments alone.
    """
    if not anew and segment.job_id is not None and await _is_open(tx, workspace, segment.job_id):
        return segment.job_id
    await stop_build(tx, workspace, segment)
    generation = max(segment.generation or 0, segment.building or 0) + 1
    arguments: dict[str, Json] = {"segment": str(segment.id), "generation": generation}
    job = await add_job(tx, workspace, BUILD_JOB, arguments, now=real_now())
    await store.begin_building(tx, workspace, segment.id, generation, job, anew=anew)
    return job


async def turn_back(tx: Tx, workspace: WorkspaceId, *, now: datetime) -> None:
    """Let time rules be true of a time before the one to which they were moved: their segments are built anew."""
    await own_segments(tx, workspace)
    moved = [row["id"] for row in await tx.rows(_sql["swept_beyond"], workspace, now)]
    for segment in (await store.find_segments(tx, workspace, moved)).values():
        await tx.run(_sql["begin_sweeping"], workspace, segment.id, now)
        await start_build(tx, workspace, segment)


async def stop_build(tx: Tx, workspace: WorkspaceId, segment: Segment) -> None:
    """End the job that builds a segment, if there is one."""
    if segment.job_id is not None:
        await jobs.cancel(tx, workspace, segment.job_id, now=real_now())


async def clean_later(tx: Tx, workspace: WorkspaceId, segment: SegmentId) -> None:
    """Queue the job that deletes what a segment which has been deleted leaves behind."""
    await add_job(tx, workspace, CLEAN_JOB, {"segment": str(segment)}, now=real_now())


def build_page(database: Database, *, first: int = _FIRST_PAGE) -> PageOf:
    """The page of the job that builds: it waits for who may not know yet what to tell, looks at all, and cleans up.

    `first` is how many contacts the first page has; the others have as many as take a short time.
    """

    async def page(job: Job) -> Page:
        cursor = job.cursor if isinstance(job.cursor, dict) else {}
        match cursor:
            case {"wait": int(begun), "until": str(until)}:
                return await _wait(database, job, begun, datetime.fromisoformat(until), first=first)
            case {"size": int(size)}:
                return await _look(database, job, size)
            case {"clean": _}:
                return await _clean(database, job)
            case _:
                return await _begin(database, job)

    return page


def clean_page(database: Database) -> PageOf:
    """The page of the job that cleans up."""

    async def page(job: Job) -> Page:
        return await _clean(database, job)

    return page


async def _begin(database: Database, job: Job) -> Page:
    async with database.work() as tx:
        begun: int = await tx.value(_sql["begun_by_now"], job.workspace)
        total: int = await tx.value(_sql["count_contacts"], job.workspace)
    return Page(0, cursor={"wait": begun, "until": iso(real_now() + _WAITED_AT_MOST)}, total=total)


async def _wait(database: Database, job: Job, begun: int, until: datetime, *, first: int) -> Page:
    """Wait for those who began before the segment was there to listen, and leave no word of what they change."""
    enough = min(until, real_now() + _WAITED_AT_ONCE)
    while True:
        [row] = await database.look(_sql["ended_by_now"], job.workspace)
        if row[0] >= begun or real_now() >= until:
            return Page(0, cursor={"size": first})
        if real_now() >= enough:
            return Page(0, cursor=job.cursor)
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _look(database: Database, job: Job, size: int) -> Page:
    begun = real_now()
    try:
        page = await _look_once(database, job, size)
    except Unprocessable:
        if size == _SMALLEST_PAGE:
            raise
        return Page(0, cursor={"size": max(size // 8, _SMALLEST_PAGE)})
    return page or Page(size, cursor={"size": _next_size(size, real_now() - begun)})


async def _look_once(database: Database, job: Job, size: int) -> Page | None:
    """Look at the next contacts; what is next, where that is not more of the same."""
    async with database.work() as tx:
        await own_segments(tx, job.workspace)
        segment = await _segment_of(tx, job)
        if segment is None or segment.building != job.arguments["generation"]:
            is_done = segment is not None and segment.generation == job.arguments["generation"]
            return Page(0, cursor={"clean": True}) if is_done else Page(0)
        too_long = f"{size} contacts cannot be looked at within {_PATIENCE_SECONDS} seconds."
        async with limited(tx, seconds=_PATIENCE_SECONDS, otherwise=too_long):
            rest = await _build_some(tx, job.workspace, segment, size)
    return Page(rest, cursor={"clean": True}) if rest is not None else None


def _next_size(size: int, took: timedelta) -> int:
    if took < _SHORT:
        return min(size * 2, _LARGEST_PAGE)
    return max(size // 2, _SMALLEST_PAGE) if took > _LONG else size


async def _build_some(tx: Tx, workspace: WorkspaceId, segment: Segment, size: int) -> int | None:
    """Look at the next contacts; how many there were, when they were the last."""
    now = await _now(tx, workspace, segment)
    await _set_time(tx, workspace, segment, now=now)
    after = segment.built_to or _NOBODY
    end: UUID | None = await tx.value(_sql["end_of_page"], workspace, after, size)
    until = end or _EVERYBODY
    await fill_members(tx, workspace, segment, after, until, now=now)
    await fill_dates(tx, workspace, segment, after, until, now=now)
    if end is not None:
        await tx.run(_sql["build_to"], workspace, segment.id, end)
        return None
    await tx.run(_sql["switch_generation"], workspace, segment.id, now)
    rest: int = await tx.value(_sql["count_rest"], workspace, after)
    return rest


async def _clean(database: Database, job: Job) -> Page:
    """Delete a part of what does not count any more: of what comes before the generation that does, or of all."""
    async with database.work() as tx:
        segment = await _segment_of(tx, job)
        id_ = _segment_id(job)
        before = segment.generation or 0 if segment is not None else (1 << 31) - 1
        paths = dated_paths(segment.whole) if segment is not None else []
        deleted = await tx.run(_sql["clean_members"], job.workspace, id_, before, _CLEANED_AT_ONCE)
        deleted += await tx.run(_sql["clean_dates"], job.workspace, id_, paths, _CLEANED_AT_ONCE)
    return Page(0, cursor={"clean": True} if deleted else None)


async def _set_time(tx: Tx, workspace: WorkspaceId, segment: Segment, *, now: datetime) -> None:
    """Let nobody cross a boundary unseen by whom it is told: from the first page of new rules on, and up to each."""
    if segment.live is not None:
        await catch_up(tx, workspace, segment, now=now)
    elif segment.swept_until is None and boundaries(segment.whole):
        await tx.run(_sql["begin_sweeping"], workspace, segment.id, now)


async def _now(tx: Tx, workspace: WorkspaceId, segment: Segment) -> datetime:
    """The time of the workspace, which is never before the one by which others are members already."""
    now = (await find_workspace(tx, workspace)).now(real_now())
    return max(now, segment.sweeping_to) if segment.sweeping_to is not None else now


async def _segment_of(tx: Tx, job: Job) -> Segment | None:
    return (await store.find_segments(tx, job.workspace, [_segment_id(job)])).get(_segment_id(job))


def _segment_id(job: Job) -> SegmentId:
    return SegmentId(UUID(str(job.arguments["segment"])))


async def _is_open(tx: Tx, workspace: WorkspaceId, job: JobId) -> bool:
    try:
        return (await jobs.find(tx, workspace, job)).status in ("queued", "running")
    except NotFound:
        return False
