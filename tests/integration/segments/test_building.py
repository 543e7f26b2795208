"""A build changes who is in a segment, tells nobody, and overlooks nobody who changes meanwhile."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from dripline.accounts.model import Mode
from dripline.accounts.workspaces import create_workspace
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.durable.jobs import Job, JobRunner
from dripline.durable.jobs import find as find_job
from dripline.engine.audience import people
from dripline.engine.facts.pending import react_to_pending
from dripline.kernel.clock import real_now
from dripline.kernel.ids import JobId
from dripline.kernel.values import Json
from dripline.segments import saving
from dripline.segments.building import BUILD_JOB, build_page
from dripline.segments.membership import reevaluate
from tests.makers.segments import (
    PRO,
    add,
    change,
    contact_of,
    edit,
    find,
    members,
    moves,
    recompute,
    save,
    segment,
)
from tests.makers.stepping import actors, play
from tests.makers.world import World

ANN, BEN, CARL = "ann@example.com", "ben@example.com", "carl@example.com"
FREE: Json = {"property": "properties.plan", "operator": "equals", "value": "free"}
STARTS = """
trigger: { segment: a-segment }
steps: [ { action: email, id: hello, template: a-mail } ]
"""
LEFT_BEHIND = Query(
    "left_behind",
    "Counts rows that do not count.",
    "SELECT (SELECT count(*) FROM segment_member m WHERE m.workspace_id = $1 AND NOT EXISTS (SELECT 1 FROM segment s "
    "WHERE s.workspace_id = $1 AND s.id = m.segment_id AND s.generation = m.generation)) "
    "+ (SELECT count(*) FROM segment_date d WHERE d.workspace_id = $1 AND NOT EXISTS (SELECT 1 FROM segment s "
    "WHERE s.workspace_id = $1 AND s.id = d.segment_id)) "
    "+ (SELECT count(*) FROM segment_date d WHERE d.workspace_id = $1 AND NOT EXISTS (SELECT 1 FROM contact c "
    "WHERE c.workspace_id = $1 AND c.id = d.contact_id))",
)


def a_builder(database: Database, *, first: int = 1) -> JobRunner:
    """Builds with pages of one contact, then two, four …"""
    return JobRunner(database, {BUILD_JOB: build_page(database, first=first)}, lease=timedelta(minutes=1))


async def the_job(world: World, job: JobId) -> Job:
    async with world.database.work() as tx:
        return await find_job(tx, world.workspace_id, job)


async def begin(world: World, slug: str = "a-segment", *, pages: int) -> Job:
    """Do some of the pages in which contacts are looked at, and leave the job there, as a worker does that dies."""
    found = await find(world, slug)
    assert found.job_id is not None
    job, turn = await the_job(world, found.job_id), build_page(world.database, first=1)
    # Two calls before the first contacts: one to see who is writing just now, one to wait for them.
    for _ in range(2 + pages):
        page = await turn(job)
        job = replace(job, cursor=page.cursor)
    return job


async def test_a_segment_that_is_saved_has_no_members_before_it_is_built(world: World) -> None:
    await add(world, ANN, plan="pro")

    saved = await save(world, PRO)

    assert (saved.generation, saved.computed_at, saved.job_id is not None) == (None, None, True)
    assert await members(world) == []


async def test_a_build_starts_nobody_and_a_change_after_it_does(world: World) -> None:
    await add(world, ANN, plan="pro")
    await save(world, PRO)
    await world.sequence(STARTS, templates=("a-mail",))

    await world.work()
    started_by_the_build = await world.enrollments()
    await recompute(world)
    await world.work()
    started_by_another = await world.enrollments()
    await add(world, BEN, plan="pro")
    await world.work()

    assert (started_by_the_build, started_by_another) == ([], [])
    assert [each.contact_id for each in await world.enrollments()] == [(await contact_of(world, BEN)).id]
    assert [mail.to for mail in await world.inbox()] == [BEN]


async def test_members_at_the_activation_of_a_sequence_are_not_enrolled(world: World) -> None:
    await add(world, ANN, plan="pro")
    await segment(world, PRO)

    await world.sequence(STARTS, templates=("a-mail",))
    await world.work()

    assert await world.enrollments() == []


async def test_other_rules_start_nobody_whom_they_let_in(world: World) -> None:
    await add(world, ANN, plan="pro")
    await add(world, BEN, plan="free")
    await segment(world, FREE)
    await world.sequence(STARTS, templates=("a-mail",))

    await edit(world, PRO)
    await world.work()

    assert await members(world) == [ANN]
    assert await world.enrollments() == []
    assert await moves(world, ANN, BEN) == []


async def test_the_old_members_count_until_the_new_ones_do(world: World) -> None:
    await add(world, ANN, plan="free")
    await add(world, BEN, plan="pro")
    await segment(world, FREE)

    await edit(world, PRO)
    before = await members(world)
    await begin(world, pages=1)
    meanwhile = await members(world)
    await world.work()

    assert (before, meanwhile, await members(world)) == ([ANN], [ANN], [BEN])


async def test_who_changes_after_a_build_has_looked_at_them_enters_before_it_is_done(world: World) -> None:
    for email in (ANN, BEN, CARL):
        await add(world, email, plan="free")
    await save(world, PRO)
    await begin(world, pages=1)

    await change(world, ANN, plan="pro")
    await change(world, CARL, plan="pro")
    await world.parts.reacting.once()
    told = [move.email for move in await moves(world, ANN, BEN, CARL)]
    await world.work()

    # Carl was looked at by the build, after his change.
    assert (told, await members(world)) == ([ANN], [ANN, CARL])
    assert [move.email for move in await moves(world, ANN, BEN, CARL)] == [ANN]


async def test_who_changes_while_the_same_rules_are_built_again_moves_at_once(world: World) -> None:
    for email in (ANN, BEN, CARL):
        await add(world, email, plan="free")
    await segment(world, PRO)
    await recompute(world)
    await begin(world, pages=1)

    for email in (ANN, CARL):
        await change(world, email, plan="pro")
    await world.parts.reacting.once()
    meanwhile = await members(world)
    await world.work()

    assert (meanwhile, await members(world)) == ([ANN, CARL], [ANN, CARL])
    assert [move.email for move in await moves(world, ANN, BEN, CARL)] == [ANN, CARL]


async def test_a_contact_who_is_made_while_a_build_runs_is_not_lost(world: World) -> None:
    for email in (ANN, BEN):
        await add(world, email, plan="pro")
    await save(world, PRO)
    await begin(world, pages=1)

    await add(world, CARL, plan="pro")
    await world.work()

    assert await members(world) == [ANN, BEN, CARL]


async def test_a_contact_who_goes_while_a_build_runs_does_not_stay(world: World) -> None:
    for email in (ANN, BEN, CARL):
        await add(world, email, plan="pro")
    await save(world, PRO)
    await begin(world, pages=1)

    for email in (ANN, CARL):
        gone = await contact_of(world, email)
        async with world.database.front_door(world.workspace_id) as tx:
            await people.delete_contact(tx, world.workspace_id, gone.id, now=await world.now())
    await world.work()

    assert await members(world) == [BEN]


async def test_a_build_that_was_killed_goes_on_where_it_was(world: World) -> None:
    for number in range(10):
        await add(world, f"person{number}@example.com", plan="pro")
    saved = await save(world, PRO)
    assert saved.job_id is not None
    job = await begin(world, pages=2)
    last = (await find(world)).built_to

    page = await build_page(world.database, first=1)(job)
    await world.work()

    assert (page.done, (await the_job(world, saved.job_id)).status) == (4, "done")
    assert (last, len(await members(world))) == ((await contact_of(world, "person2@example.com")).id, 10)


async def test_a_page_that_is_repeated_counts_nobody_twice(world: World) -> None:
    for number in range(10):
        await add(world, f"person{number}@example.com", plan="pro")
    await save(world, PRO)
    job = await begin(world, pages=3)
    turn = build_page(world.database, first=1)

    # The worker died after its page and before the record of it, again and again.
    for _ in range(5):
        await turn(job)

    assert len(await members(world)) == 10
    assert (await find(world)).building is None


async def test_rules_that_are_edited_while_they_are_built_are_those_that_count(world: World) -> None:
    await add(world, ANN, plan="pro")
    await add(world, BEN, plan="free")
    first = await save(world, PRO)
    assert first.job_id is not None
    job = await begin(world, pages=1)

    await edit(world, FREE)
    page = await build_page(world.database, first=1)(job)
    await world.work()

    assert (page.cursor, (await the_job(world, first.job_id)).status) == (None, "cancelled")
    assert await members(world) == [BEN]


async def test_an_edit_that_changes_nothing_builds_nothing(world: World) -> None:
    await segment(world, PRO)

    edited = await edit(world, PRO)

    assert (edited.building, edited.generation, edited.outdated) == (None, 1, False)


async def test_asking_twice_builds_once(world: World) -> None:
    await segment(world, PRO)

    async with world.database.front_door(world.workspace_id) as tx:
        first = await saving.recompute(tx, world.workspace_id, "a-segment")
        second = await saving.recompute(tx, world.workspace_id, "a-segment")

    assert first[1] == second[1]


async def test_a_build_that_has_failed_can_be_asked_for_again(world: World) -> None:
    await add(world, ANN, plan="pro")
    saved = await save(world, PRO)
    async with world.database.work() as tx:
        await tx.run(Query("fail", "Fails it.", "UPDATE job SET status = 'failed' WHERE id = $1"), saved.job_id)

    await recompute(world)
    await world.work()

    assert await members(world) == [ANN]


async def test_who_has_been_in_a_segment_is_so_since_they_entered(world: World) -> None:
    await world.advance("0m")
    await add(world, ANN, plan="pro")
    await segment(world, PRO)
    entered = await since(world, ANN)

    await world.advance("2d")
    await recompute(world)
    await world.work()

    assert await since(world, ANN) == entered


async def since(world: World, email: str) -> object:
    query = Query("since", "Gives it.", "SELECT since FROM segment_member WHERE workspace_id = $1 AND contact_id = $2")
    async with world.database.work() as tx:
        return await tx.value(query, world.workspace_id, (await contact_of(world, email)).id)


async def test_what_does_not_count_any_more_is_deleted(world: World) -> None:
    soon: Json = {"property": "properties.trialEnds", "operator": "inTheNext", "value": "3d"}
    for number in range(5):
        await add(world, f"person{number}@example.com", plan="pro", trialEnds="2036-01-01")
    await segment(world, {"any": [PRO, soon]}, slug="other")
    await segment(world, PRO)

    await recompute(world)
    await world.work()
    async with world.database.front_door(world.workspace_id) as tx:
        await saving.delete_segment(tx, world.workspace_id, (await find(world, "other")).id)
    await world.work()

    async with world.database.work() as tx:
        assert await tx.value(LEFT_BEHIND, world.workspace_id) == 0


async def test_a_segment_that_is_deleted_while_it_is_built_leaves_nothing(world: World) -> None:
    for number in range(5):
        await add(world, f"person{number}@example.com", plan="pro")
    saved = await save(world, PRO)
    job = await begin(world, pages=2)

    async with world.database.front_door(world.workspace_id) as tx:
        await saving.delete_segment(tx, world.workspace_id, saved.id)
    await build_page(world.database)(job)
    await world.work()

    async with world.database.work() as tx:
        assert await tx.value(LEFT_BEHIND, world.workspace_id) == 0


Act = Callable[[World], Awaitable[None]]

# Two connections, statement by statement. More than either has statements, so that one may run to its end.
MOST_STEPS = 60
SWITCHES = [[first] * count + [not first] * MOST_STEPS for first in (False, True) for count in range(0, 45, 4)]


async def a_fresh_world(world: World) -> World:
    async with world.database.work() as tx:
        workspace = await create_workspace(tx, name="a world", mode=Mode.TEST, now=real_now())
    return replace(world, workspace_id=workspace.id)


async def interleave(here: World, one: Act, other: Act, schedule: Sequence[bool]) -> None:
    """Play two acts, the first where the schedule is True, and then all that follows from them."""
    async with actors(here.parts.database.url) as (first, second):
        first.begin(lambda database: one(replace(here, database=database)))
        second.begin(lambda database: other(replace(here, database=database)))
        await play([first if is_first else second for is_first in schedule], [first, second])
    await here.work()


async def build(world: World) -> None:
    assert await a_builder(world.database).run_one(world.workspace_id)


async def save_and_build(world: World) -> None:
    await save(world, PRO)
    await build(world)


async def turn_round(world: World) -> None:
    await change(world, ANN, plan="pro")
    await change(world, BEN, plan="free")


async def follow(world: World) -> None:
    await react_to_pending(world.database, world.workspace_id, now=await world.now())


async def test_a_change_while_a_build_runs_is_not_lost_whichever_comes_first(world: World) -> None:
    for schedule in SWITCHES:
        here = await a_fresh_world(world)
        for email, plan in ((ANN, "free"), (BEN, "pro"), (CARL, "free")):
            await add(here, email, plan=plan)
        await save(here, PRO)

        await interleave(here, build, turn_round, schedule)

        assert await members(here) == [ANN]


async def test_a_change_that_waits_while_a_build_runs_is_told_once_whichever_comes_first(world: World) -> None:
    for schedule in SWITCHES:
        here = await a_fresh_world(world)
        for email, plan in ((ANN, "free"), (BEN, "pro"), (CARL, "free")):
            await add(here, email, plan=plan)
        await segment(here, PRO)
        await recompute(here)
        await turn_round(here)

        await interleave(here, build, follow, schedule)

        assert await members(here) == [ANN]
        told = [(move.email, move.entered) for move in await moves(here, ANN, BEN, CARL)]
        assert told == [(ANN, True), (BEN, False)]


async def test_who_was_at_it_before_a_segment_was_saved_is_not_overlooked(world: World) -> None:
    async def change_ann(there: World) -> None:
        await change(there, ANN, plan="pro")

    for schedule in SWITCHES:
        here = await a_fresh_world(world)
        await add(here, ANN, plan="free")

        await interleave(here, save_and_build, change_ann, schedule)

        assert await members(here) == [ANN]


async def test_a_contact_who_goes_leaves_nothing_whichever_comes_first(world: World) -> None:
    soon: Json = {"property": "properties.trialEnds", "operator": "inTheNext", "value": "3d"}

    async def erase_ann(there: World) -> None:
        ann, now = await contact_of(there, ANN), await there.now()
        async with there.database.front_door(there.workspace_id) as tx:
            await people.delete_contact(tx, there.workspace_id, ann.id, now=now)

    for schedule in SWITCHES:
        here = await a_fresh_world(world)
        await add(here, ANN, plan="pro", trialEnds="2036-01-01")
        await add(here, BEN, plan="pro", trialEnds="2036-01-01")
        await save(here, {"any": [PRO, soon]})

        await interleave(here, build, erase_ann, schedule)

        assert await members(here) == [BEN]
        async with here.database.work() as tx:
            assert await tx.value(LEFT_BEHIND, here.workspace_id) == 0


async def test_a_segment_that_is_not_there_any_more_moves_nobody(world: World) -> None:
    ann = await add(world, ANN)
    found = {ann: await contact_of(world, ANN)}

    async with world.database.work() as tx:
        moved = await reevaluate(tx, world.workspace_id, {ann: {UUID(int=1)}}, found, now=await world.now())

    assert moved == []
