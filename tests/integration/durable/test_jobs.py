from contextlib import suppress
from datetime import timedelta

import pytest

from dripline.database.pool import Database
from dripline.durable.jobs import (
    MOST_ERRORS,
    TIMELESS,
    Job,
    JobRunner,
    Page,
    add_job,
    cancel,
    find,
    held,
    keep,
    waits_for_older,
)
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict, Refused
from dripline.kernel.ids import JobId, WorkspaceId
from dripline.kernel.values import Json


class Counting:
    """A job of three pages that notes them, and dies where it is told."""

    def __init__(self, *, dies_before: int | None = None) -> None:
        self.pages: list[int] = []
        self.dies_before = dies_before

    async def page(self, job: Job) -> Page:
        place = job.cursor if isinstance(job.cursor, int) else 0
        if place == self.dies_before:
            raise KeyboardInterrupt
        self.pages.append(place)
        return Page(10, cursor=place + 1 if place < 2 else None, total=30, result={"pages": place + 1})


async def a_job(database: Database, workspace: WorkspaceId) -> JobId:
    async with database.work() as tx:
        return await add_job(tx, workspace, "counting", {"a": 1}, now=real_now())


async def seen(database: Database, workspace: WorkspaceId, job: JobId) -> tuple[str, int, int | None, object]:
    async with database.work() as tx:
        found = await find(tx, workspace, job)
    return found.status, found.done, found.total, found.result


async def test_a_job_is_worked_at_page_by_page_to_its_end(database: Database, workspace: WorkspaceId) -> None:
    counting = Counting()
    job = await a_job(database, workspace)

    assert await JobRunner(database, {"counting": counting.page}, lease=timedelta(seconds=60)).run_one(workspace)

    assert counting.pages == [0, 1, 2]
    assert await seen(database, workspace, job) == ("done", 30, 30, {"pages": 3})


async def test_a_killed_workers_job_goes_on_where_it_was(database: Database, workspace: WorkspaceId) -> None:
    first, second = Counting(dies_before=1), Counting()
    job = await a_job(database, workspace)
    with suppress(KeyboardInterrupt):
        await JobRunner(database, {"counting": first.page}, lease=timedelta(seconds=-1)).run_one(workspace)

    assert await JobRunner(database, {"counting": second.page}, lease=timedelta(seconds=60)).run_one(workspace)

    assert (first.pages, second.pages) == ([0], [1, 2])
    assert (await seen(database, workspace, job))[0] == "done"


async def test_a_job_under_lease_is_nobody_elses(database: Database, workspace: WorkspaceId) -> None:
    await a_job(database, workspace)
    inner: list[bool] = []

    async def page(_: Job) -> Page:
        inner.append(await runner.run_one(workspace))
        return Page(1)

    runner = JobRunner(database, {"counting": page}, lease=timedelta(seconds=60))
    await runner.run_one(workspace)

    assert inner == [False]


async def test_a_refused_job_fails_with_its_reason(database: Database, workspace: WorkspaceId) -> None:
    async def page(_: Job) -> Page:
        raise Refused("no such list")

    job = await a_job(database, workspace)
    await JobRunner(database, {"counting": page}, lease=timedelta(seconds=60)).run_one(workspace)

    async with database.work() as tx:
        found = await find(tx, workspace, job)
    assert (found.status, list(found.errors)) == ("failed", [{"message": "no such list"}])


async def test_a_cancelled_job_is_not_worked_at_any_more(database: Database, workspace: WorkspaceId) -> None:
    pages: list[int] = []

    async def page(job: Job) -> Page:
        pages.append(1)
        async with database.work() as tx:
            assert await cancel(tx, workspace, job.id, now=real_now())
        return Page(1, cursor=1)

    job = await a_job(database, workspace)
    await JobRunner(database, {"counting": page}, lease=timedelta(seconds=60)).run_one(workspace)

    assert pages == [1]
    assert (await seen(database, workspace, job))[0] == "cancelled"


async def test_a_kept_page_is_done_once_whatever_dies_behind_it(database: Database, workspace: WorkspaceId) -> None:
    pages: list[Json] = []

    async def page(job: Job) -> Page:
        place = job.cursor if isinstance(job.cursor, int) else 0
        done = Page(10, cursor=place + 1 if place < 2 else None, total=30, result="all", errors=[{"row": place}])
        async with database.work() as tx:
            await keep(tx, job, done)
        pages.append(place)
        raise KeyboardInterrupt

    job = await a_job(database, workspace)
    dying = JobRunner(database, {"counting": page}, lease=timedelta(seconds=-1))
    for _ in range(3):
        with suppress(KeyboardInterrupt):
            await dying.run_one(workspace)

    assert not await dying.run_one(workspace)
    assert pages == [0, 1, 2]
    assert await seen(database, workspace, job) == ("done", 30, 30, "all")
    async with database.work() as tx:
        assert list((await find(tx, workspace, job)).errors) == [{"row": 0}, {"row": 1}, {"row": 2}]


async def test_a_page_is_not_kept_without_the_lease(database: Database, workspace: WorkspaceId) -> None:
    await a_job(database, workspace)

    async def page(job: Job) -> Page:
        async with database.work() as tx:
            assert await cancel(tx, workspace, job.id, now=real_now())
        async with database.work() as tx:
            with pytest.raises(Conflict):
                await keep(tx, job, Page(1, cursor=1))
        return Page(1, cursor=1)

    assert await JobRunner(database, {"counting": page}, lease=timedelta(seconds=60)).run_one(workspace)


async def test_so_many_errors_are_kept_and_no_more(database: Database, workspace: WorkspaceId) -> None:
    async def page(job: Job) -> Page:
        place = job.cursor if isinstance(job.cursor, int) else 0
        errors = [{"row": place * 600 + number} for number in range(600)]
        return Page(600, cursor=place + 1 if place < 1 else None, errors=errors)

    job = await a_job(database, workspace)
    await JobRunner(database, {"counting": page}, lease=timedelta(seconds=60)).run_one(workspace)

    async with database.work() as tx:
        errors = (await find(tx, workspace, job)).errors
    assert [error["row"] for error in errors] == list(range(MOST_ERRORS))


async def test_a_runner_leaves_jobs_of_other_kinds_alone(database: Database, workspace: WorkspaceId) -> None:
    counting = Counting()
    job = await a_job(database, workspace)

    assert not await JobRunner(database, {"other": counting.page}, lease=timedelta(seconds=60)).run_one(workspace)

    assert (await seen(database, workspace, job))[0] == "queued"


async def test_a_held_job_is_nobody_elses_however_long_its_page_takes(
    database: Database, workspace: WorkspaceId
) -> None:
    lease, others = timedelta(seconds=0.3), Counting()

    async def slow(job: Job) -> Page:
        async with held(database, job, lease):
            # Longer than the lease: somebody else looks for it all the time, and does not get it.
            end = real_now() + 3 * lease
            while real_now() < end:
                assert not await JobRunner(database, {"counting": others.page}, lease=lease).run_one(workspace)
        return Page(1, result="done")

    job = await a_job(database, workspace)

    assert await JobRunner(database, {"counting": slow}, lease=lease).run_one(workspace)

    assert (others.pages, await seen(database, workspace, job)) == ([], ("done", 1, None, "done"))


async def test_nobody_waits_for_a_timeless_job(database: Database, workspace: WorkspaceId) -> None:
    async with database.work() as tx:
        await add_job(tx, workspace, f"{TIMELESS}mail", {}, now=real_now())
        later = await find(tx, workspace, await add_job(tx, workspace, "counting", {}, now=real_now()))
        latest = await find(tx, workspace, await add_job(tx, workspace, "counting", {}, now=real_now()))

        assert (await waits_for_older(tx, later), await waits_for_older(tx, latest)) == (False, True)
