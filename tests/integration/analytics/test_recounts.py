"""What is counted as it happens is what a recount of the rows gives, whatever happens, and at every moment."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from random import Random

import pytest

from dripline.contacts.store import find_contact_by_email
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.durable.tallies import fold
from dripline.engine.audience import people
from dripline.engine.runs import exiting
from dripline.engine.runs.resuming import Policy
from dripline.engine.versions.publishing import Completed, Waiting
from dripline.kernel.addresses import parse_address
from dripline.kernel.errors import DriplineError
from dripline.kernel.ids import ContactId, MessageId, WorkspaceId, new_uuid
from dripline.processes.worker import worker
from tests.makers.counts import ONE_MOMENT, kept_and_recounted_mails, kept_and_recounted_runs
from tests.makers.lives import publish, resume
from tests.makers.world import World

HEAD = """
trigger: { event: signed.up }
conversion: { event: paid }
enrollment: { mode: unlimited }
steps:
"""
WELCOME = "  - { action: email, id: welcome, template: a-mail }\n"
PAUSE = "  - { action: delay, id: pause, duration: 1d }\n"
TIPS = "  - { action: email, id: tips, template: a-mail }\n"
WAIT = "  - { action: wait, id: answer, event: answered, timeout: 2d }\n"
LAST = "  - { action: email, id: last, template: a-mail }\n"
DEFINITIONS = [
    HEAD + WELCOME + PAUSE + TIPS,
    HEAD + PAUSE + TIPS + WAIT + LAST,
    HEAD + WELCOME + PAUSE + TIPS + WAIT + LAST,
    HEAD + WELCOME + PAUSE.replace("1d", "3d") + LAST,
]
ONE_MAIL = HEAD + WELCOME + PAUSE
_SEQUENCE = Query(
    "sequence",
    "Makes a sequence.",
    "INSERT INTO sequence (workspace_id, id, slug, name, status, revision, version, created_at, updated_at) "
    "VALUES ($1, $2, 'a-sequence', 'A sequence', 'draft', 1, 0, now(), now())",
)
_INSERT = Query(
    "insert",
    "Begins runs, without the engine.",
    "INSERT INTO enrollment (workspace_id, id, sequence_id, version, contact_id, status, step, since, visits, due_at, "
    "enrolled_at) SELECT $1, gen_random_uuid(), $2, 1 + n % 2, gen_random_uuid(), 'active', 'step-' || n % 3, now(), "
    "0, now(), now() FROM generate_series(1, $3) AS n WHERE $1::uuid IS NOT NULL",
)
_CHANGE = Query(
    "change",
    "Moves some, ends some, and leaves some at their step.",
    "UPDATE enrollment SET status = CASE step WHEN 'step-0' THEN 'completed' ELSE status END, "
    "ended_at = CASE step WHEN 'step-0' THEN now() END, due_at = NULL, "
    "step = CASE step WHEN 'step-1' THEN 'step-2' WHEN 'step-0' THEN NULL ELSE step END WHERE workspace_id = $1",
)
_DELETE = Query("delete", "Throws away runs.", "DELETE FROM enrollment WHERE workspace_id = $1 AND version = 2")


class Life:
    """A workspace in which things happen by chance."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world = world
        self._chance = chance

    async def go_on(self) -> None:
        """One more thing happens; what is not possible now is refused, and changes nothing."""
        often = (self._enter, self._enter, self._wait, self._wait, self._resume)
        seldom = (self._pause, self._publish, self._goal, self._answer, self._opt_out, self._exit, self._delete)
        act: Callable[[], Awaitable[None]] = self._chance.choice([*often, *often, *seldom, self._fold])
        with suppress(DriplineError):
            await act()

    def _somebody(self) -> str:
        return f"person-{self._chance.randrange(20)}@example.com"

    async def _contact(self) -> ContactId:
        async with self._world.database.work() as tx:
            key = parse_address(self._somebody()).key
            found = await find_contact_by_email(tx, self._world.workspace_id, key)
        return found.id if found is not None else ContactId(new_uuid())

    async def _enter(self) -> None:
        for _ in range(self._chance.randrange(2, 8)):
            await self._world.track(self._somebody(), "signed.up")

    async def _goal(self) -> None:
        await self._world.track(self._somebody(), "paid")

    async def _answer(self) -> None:
        await self._world.track(self._somebody(), "answered")

    async def _wait(self) -> None:
        await self._world.advance(self._chance.choice(("1h", "1d", "2d")))

    async def _pause(self) -> None:
        await self._world.pause("a-sequence")

    async def _resume(self) -> None:
        await resume(self._world, self._chance.choice(list(Policy)))
        await self._world.work()

    async def _publish(self) -> None:
        waiting, completed = self._chance.choice(list(Waiting)), self._chance.choice(list(Completed))
        await publish(self._world, self._chance.choice(DEFINITIONS), waiting=waiting, completed=completed)
        await self._world.work()

    async def _opt_out(self) -> None:
        contact = await self._contact()
        mails = await self._world.messages(contact_id=contact)
        async with self._world.database.work() as tx:
            message = MessageId(mails[-1].id) if mails else None
            now = await self._world.now()
            await people.opt_out(tx, self._world.workspace_id, contact, message=message, now=now)

    async def _exit(self) -> None:
        runs = await self._world.enrollments()
        async with self._world.database.work() as tx:
            run = self._chance.choice(runs).id if runs else new_uuid()
            await exiting.exit_enrollment(tx, self._world.workspace_id, run, now=await self._world.now())

    async def _delete(self) -> None:
        contact = await self._contact()
        async with self._world.database.work() as tx:
            await people.delete_contact(tx, self._world.workspace_id, contact, now=await self._world.now())

    async def _fold(self) -> None:
        await fold(self._world.database)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_to_runs_and_mail_the_numbers_equal_a_recount(world: World, seed: int) -> None:
    await world.sequence(DEFINITIONS[0], templates=("a-mail",))
    await world.advance("0m")
    life = Life(world, Random(seed))

    for _ in range(50):
        await life.go_on()
        async with world.database.work() as tx:
            runs, recounted_runs = await kept_and_recounted_runs(tx, world.workspace_id)
            mails, recounted_mails = await kept_and_recounted_mails(tx, world.workspace_id)

        assert runs == recounted_runs
        assert mails == recounted_mails
    await world.archive("a-sequence")
    await world.work()
    async with world.database.work() as tx:
        runs, recounted_runs = await kept_and_recounted_runs(tx, world.workspace_id)
    assert runs == recounted_runs
    assert not any(status == "active" for *_, status in runs)


async def test_at_every_moment_of_many_workers_the_numbers_equal_a_recount(world: World) -> None:
    await world.sequence(ONE_MAIL, templates=("a-mail",))
    is_over = asyncio.Event()
    seen = set()

    async def enter(first: int) -> None:
        for number in range(first, first + 40):
            await world.track(f"person-{number}@example.com", "signed.up")

    async def watch() -> None:
        while not is_over.is_set():
            async with world.database.work() as tx:
                await tx.run(ONE_MOMENT)
                runs, recounted = await kept_and_recounted_runs(tx, world.workspace_id)
            assert runs == recounted
            seen.add(tuple(sorted(runs.items(), key=str)))

    async def fold_often() -> None:
        while not is_over.is_set():
            await fold(world.database)

    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(worker(world.settings)) for _ in range(3)]
        watching = [asyncio.create_task(watch()), asyncio.create_task(fold_often())]
        entering = [asyncio.create_task(enter(first)) for first in (0, 100)]
        while not all(task.done() for task in entering):
            await asyncio.gather(*(parts.running.once() for parts in workers))
            await asyncio.gather(*(parts.delivering.once() for parts in workers))
            await asyncio.gather(*(parts.delivering.finish() for parts in workers))
        is_over.set()
        await asyncio.gather(*watching, *entering)
    await world.work()

    async with world.database.work() as tx:
        runs, recounted = await kept_and_recounted_runs(tx, world.workspace_id)
    assert runs == recounted
    assert {(step, status): count for (_, _, step, status), count in runs.items()} == {("pause", "active"): 80}
    assert len(seen) > 1


async def test_runs_are_counted_whoever_changes_them_and_not_when_it_is_rolled_back(
    database: Database, workspace: WorkspaceId
) -> None:
    sequence = new_uuid()

    async def check() -> None:
        runs, recounted = await kept_and_recounted_runs(tx, workspace)
        assert runs == recounted

    async with database.work() as tx:
        await tx.run(_SEQUENCE, workspace, sequence)
        await tx.run(_INSERT, workspace, sequence, 12)
        await check()
    try:
        async with database.work() as tx:
            await tx.run(_CHANGE, workspace)
            await check()
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    async with database.work() as tx:
        await check()
        await tx.run(_CHANGE, workspace)
        await check()
        await tx.run(_DELETE, workspace)
        await check()
        runs, _ = await kept_and_recounted_runs(tx, workspace)
    await fold(database)
    async with database.work() as tx:
        await check()

    assert {place[1:]: count for place, count in runs.items()} == {
        (1, "step-2", "active"): 4,
        (1, None, "completed"): 2,
    }
