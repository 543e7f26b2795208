from datetime import timedelta

from dripline.database.pool import Database
from dripline.durable.jobs import add_job
from dripline.durable.uploads import PART, forget_upload, forget_uploads, keep_part, read_part
from dripline.kernel.clock import real_now
from dripline.kernel.ids import JobId, WorkspaceId, first_uuid, new_uuid


async def an_upload(database: Database, workspace: WorkspaceId, *parts: bytes, job: JobId | None = None) -> JobId:
    job = job or JobId(new_uuid())
    async with database.work() as tx:
        for number, content in enumerate(parts):
            await keep_part(tx, workspace, job, number, content)
    return job


async def read(database: Database, workspace: WorkspaceId, job: JobId, offset: int, most: int) -> bytes:
    async with database.work() as tx:
        return await read_part(tx, workspace, job, offset, most)


async def test_a_file_is_read_from_any_offset(database: Database, workspace: WorkspaceId) -> None:
    first = bytes(range(256)) * (PART // 256)
    job = await an_upload(database, workspace, first, b"the end")

    assert await read(database, workspace, job, 0, 3) == b"\x00\x01\x02"
    assert await read(database, workspace, job, PART - 2, 10) == b"\xfe\xff"
    assert await read(database, workspace, job, PART, 10) == b"the end"
    assert await read(database, workspace, job, PART + 4, 10) == b"end"
    assert await read(database, workspace, job, PART + 7, 10) == b""
    assert await read(database, workspace, job, 5 * PART, 10) == b""


async def test_a_file_can_be_thrown_away(database: Database, workspace: WorkspaceId) -> None:
    job, other = await an_upload(database, workspace, b"a"), await an_upload(database, workspace, b"b")

    async with database.work() as tx:
        await forget_upload(tx, workspace, job)

    assert await read(database, workspace, job, 0, 1) == b""
    assert await read(database, workspace, other, 0, 1) == b"b"


async def test_only_files_that_no_job_will_read_are_thrown_away(database: Database, workspace: WorkspaceId) -> None:
    now = real_now()
    old = JobId(first_uuid(now - timedelta(days=2)))
    coming, given_up = await an_upload(database, workspace, b"a"), await an_upload(database, workspace, b"b", job=old)
    async with database.work() as tx:
        waiting = await add_job(tx, workspace, "reading", {}, now=now)
    await an_upload(database, workspace, b"c", job=waiting)

    async with database.work() as tx:
        await forget_uploads(tx, now=now)

    assert [await read(database, workspace, each, 0, 1) for each in (coming, given_up, waiting)] == [b"a", b"", b"c"]
