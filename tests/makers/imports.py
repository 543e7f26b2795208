"""Imports without HTTP: a file kept as an upload, and the job that reads it."""

from dripline.contacts.importing.form import read_form
from dripline.durable.jobs import Job, find
from dripline.durable.uploads import PART, keep_part
from dripline.engine.audience.importing import Order, import_later
from dripline.kernel.ids import JobId, ListId, new_uuid
from tests.makers.world import World


async def an_import(
    world: World,
    content: bytes,
    *,
    onto: ListId | None = None,
    tags: tuple[str, ...] = (),
    enroll: bool = True,
    dry_run: bool = False,
) -> JobId:
    """A queued import."""
    job = JobId(new_uuid())
    form = read_form(content, is_whole=True)
    order = Order(form, len(content), onto, tags, enroll, dry_run)
    async with world.database.work() as tx:
        for number, start in enumerate(range(0, len(content), PART)):
            await keep_part(tx, world.workspace_id, job, number, content[start : start + PART])
        await import_later(tx, world.workspace_id, job, order)
    return job


async def imported(world: World, content: bytes, **options: object) -> Job:
    """An import that a worker has done."""
    job = await an_import(world, content, **options)  # type: ignore[arg-type]
    while await world.parts.jobs.run_one(world.workspace_id):
        pass
    return await job_of(world, job)


async def job_of(world: World, job: JobId) -> Job:
    async with world.database.work() as tx:
        return await find(tx, world.workspace_id, job)
