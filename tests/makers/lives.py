"""The life of a sequence, moved by hand: another draft, a publishing, a pause and its end."""

from datetime import datetime

from dripline.contacts.store import find_contact_by_email
from dripline.engine.audience import people
from dripline.engine.runs import resuming
from dripline.engine.runs.resuming import Outlook, Policy, Resumed
from dripline.engine.versions import impact, publishing
from dripline.engine.versions.impact import Impact
from dripline.engine.versions.publishing import Completed, Published, Waiting
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.processes.domains import make_senders
from dripline.sequences import lifecycle
from dripline.sequences.model import Sequence
from dripline.sequences.store import find
from tests.makers.world import World


async def draft(world: World, definition: str, *, slug: str = "a-sequence") -> Sequence:
    """Another text, that is not published yet."""
    async with world.database.work() as tx:
        return await lifecycle.update(tx, world.workspace_id, slug, definition=definition, now=await world.now())


async def publish(
    world: World,
    definition: str | None = None,
    *,
    waiting: Waiting = Waiting.STAY,
    completed: Completed = Completed.STAY,
    rate: int = 60,
    slug: str = "a-sequence",
    expected_revision: int | None = None,
) -> Published:
    """Publish a draft, or the text given."""
    if definition is not None:
        await draft(world, definition, slug=slug)
    workspace = await world.workspace()
    async with world.database.work() as tx:
        return await publishing.publish(
            tx,
            workspace,
            slug,
            waiting=waiting,
            completed=completed,
            rate=rate,
            expected_revision=expected_revision,
            senders=make_senders(world.settings),
            now=workspace.now(real_now()),
        )


async def foresee_publishing(
    world: World,
    *,
    waiting: Waiting = Waiting.STAY,
    completed: Completed = Completed.STAY,
    rate: int = 60,
    slug: str = "a-sequence",
) -> Impact:
    """What publishing the draft would do."""
    workspace = await world.workspace()
    async with world.database.work() as tx:
        return await impact.foresee_publishing(
            tx,
            workspace,
            slug,
            waiting=waiting,
            completed=completed,
            rate=rate,
            senders=make_senders(world.settings),
            now=workspace.now(real_now()),
        )


async def resume(
    world: World, policy: Policy, *, rate: int = 60, slug: str = "a-sequence", now: datetime | None = None
) -> Resumed:
    """Resume, without the work of the job."""
    now = now or await world.now()
    async with world.database.work() as tx:
        return await resuming.resume(tx, world.workspace_id, slug, policy=policy, rate=rate, now=now)


async def foresee_resuming(world: World, *, rate: int = 60, slug: str = "a-sequence") -> Outlook:
    """What resuming would do."""
    now = await world.now()
    async with world.database.work() as tx:
        return await resuming.foresee(tx, world.workspace_id, slug, rate=rate, now=now)


async def status(world: World, slug: str = "a-sequence") -> str:
    """The status of a sequence."""
    async with world.database.work() as tx:
        return (await find(tx, world.workspace_id, slug)).status


async def work_at_jobs(world: World) -> int:
    """Work at every job that is open; gives how many there were."""
    done = 0
    while await world.parts.jobs.run_one(world.workspace_id):
        done += 1
    return done


async def tag(world: World, email: str, *tags: str) -> None:
    """Give a contact tags."""
    async with world.database.work() as tx:
        contact = await find_contact_by_email(tx, world.workspace_id, parse_address(email).key)
        assert contact is not None
        await people.tag(tx, world.workspace_id, [contact.id], tags, now=await world.now())


async def unsubscribe(world: World, email: str) -> None:
    """Let a contact opt out."""
    async with world.database.work() as tx:
        contact = await find_contact_by_email(tx, world.workspace_id, parse_address(email).key)
        assert contact is not None
        await people.opt_out(tx, world.workspace_id, contact.id, now=await world.now())
