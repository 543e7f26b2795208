"""Imports: what comes of rows, who starts what, and that every row counts once, whatever dies."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dripline.contacts.lists import ContactList, add_list, add_members
from dripline.contacts.model import Contact, ContactChanges
from dripline.contacts.store import find_contact_by_email
from dripline.contacts.tags import tags_of
from dripline.database.queries import Query
from dripline.durable.jobs import Job, JobRunner, Page, cancel
from dripline.durable.uploads import forget_uploads, keep_part
from dripline.engine.audience import people
from dripline.engine.audience.belonging import delete_list
from dripline.engine.audience.importing import IMPORT_JOB, import_page
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import JobId, first_uuid, new_uuid, show
from dripline.kernel.values import Json
from dripline.segments.saving import create_segment
from tests.makers.imports import an_import, imported, job_of
from tests.makers.world import World

ON_LIST = "trigger: { list: newsletter }\nsteps: [{ action: email, template: welcome }]"
ON_TAG = "trigger: { tag: vip }\nsteps: [{ action: email, template: welcome }]"
ON_ADDED = "trigger: { contact: added }\nsteps: [{ action: email, template: welcome }]"
ON_SEGMENT = "trigger: { segment: large }\nsteps: [{ action: email, template: welcome }]"

_PARTS = Query("parts", "Counts parts.", "SELECT count(*) FROM upload WHERE workspace_id = $1")


async def a_list(world: World, slug: str = "newsletter") -> ContactList:
    async with world.database.work() as tx:
        return await add_list(tx, world.workspace_id, slug=slug, name=slug, description=None, now=real_now())


async def a_contact(world: World, email: str, **changes: object) -> Contact:
    async with world.database.work() as tx:
        asked = ContactChanges(**changes)  # type: ignore[arg-type]
        return (await people.upsert_contact(tx, world.workspace_id, parse_address(email), asked, now=real_now()))[0]


async def contact_of(world: World, email: str) -> Contact | None:
    async with world.database.work() as tx:
        return await find_contact_by_email(tx, world.workspace_id, email)


async def parts_of(world: World) -> int:
    async with world.database.work() as tx:
        count: int = await tx.value(_PARTS, world.workspace_id)
    return count


def counts_of(job: Job) -> tuple[Json, Json, Json, Json]:
    result = result_of(job)
    return result["created"], result["updated"], result["unchanged"], result["failed"]


def result_of(job: Job) -> Mapping[str, Any]:
    assert job.status == "done", job
    assert isinstance(job.result, Mapping)
    return job.result


def many(count: int, *, first: int = 0) -> bytes:
    return b"email,seats\n" + b"".join(b"p%d@example.com,%d\n" % (n, n) for n in range(first, first + count))


async def test_rows_are_created_updated_unchanged_or_failed(world: World) -> None:
    await a_contact(world, "ann@example.com", properties={"plan": "trial", "seats": 3})
    await a_contact(world, "bob@example.com", properties={"plan": "pro"})

    job = await imported(
        world,
        b"email,plan\nann@example.com,pro\nBOB@example.com,pro\ncleo@example.com,free\nnobody,free\n",
    )

    assert counts_of(job) == (1, 1, 1, 1)
    assert (job.done, job.total) == (4, 4)
    assert [dict(error) for error in job.errors] == [
        {
            "row": 4,
            "line": 5,
            "column": "email",
            "message": "is no email address: An email address must have an @-sign., found 'nobody'",
        }
    ]
    ann = await contact_of(world, "ann@example.com")
    assert ann is not None
    assert ann.properties == {"plan": "pro", "seats": 3}


async def test_an_import_never_undoes_an_opt_out(world: World) -> None:
    await a_contact(world, "ann@example.com", unsubscribed=True)

    job = await imported(world, b"email,unsubscribed\nann@example.com,false\nbob@example.com,true\n")

    ann, bob = await contact_of(world, "ann@example.com"), await contact_of(world, "bob@example.com")
    assert ann is not None
    assert bob is not None
    assert counts_of(job) == (1, 0, 1, 0)
    assert ann.unsubscribed_at is not None
    assert bob.unsubscribed_at is not None


async def test_an_address_that_bounced_elsewhere_is_suppressed(world: World) -> None:
    await imported(world, b"email,status\nann@example.com,bounced\nbob@example.com,active\n")

    ann, bob = await contact_of(world, "ann@example.com"), await contact_of(world, "bob@example.com")
    assert ann is not None
    assert bob is not None
    assert (ann.suppressed, bob.suppressed) == (True, False)


async def test_everybody_gets_the_tags_of_their_row_and_of_the_import(world: World) -> None:
    await imported(world, b"email,tags\nann@example.com,VIP;beta\nbob@example.com,\n", tags=("import",))

    async with world.database.work() as tx:
        ids = [(await contact_of(world, email)).id for email in ("ann@example.com", "bob@example.com")]  # type: ignore[union-attr]
        tags = await tags_of(tx, world.workspace_id, ids)
    assert [tags[id_] for id_ in ids] == [["beta", "import", "vip"], ["import"]]
    assert counts_of(await imported(world, b"email,tags\nann@example.com,vip\nbob@example.com,vip\n")) == (0, 1, 1, 0)


async def test_coming_on_a_list_enrolls_those_who_were_not_on_it(world: World) -> None:
    newsletter = await a_list(world)
    await world.sequence(ON_LIST, templates=("welcome",))
    ann = await a_contact(world, "ann@example.com")
    async with world.database.work() as tx:
        await add_members(tx, world.workspace_id, newsletter.id, [ann.id], now=real_now())

    job = await imported(world, b"email\nann@example.com\nbob@example.com\n", onto=newsletter.id)

    assert result_of(job)["enrolled"] == [{"sequence": "a-sequence", "count": 1}]
    assert [each.email for each in await world.enrollments()] == ["bob@example.com"]
    assert counts_of(job) == (1, 0, 1, 0)


@pytest.mark.parametrize("definition", [ON_LIST, ON_TAG, ON_ADDED])
async def test_without_enroll_nobody_starts_anything(world: World, definition: str) -> None:
    newsletter = await a_list(world)
    await world.sequence(definition, templates=("welcome",))

    job = await imported(world, many(3), onto=newsletter.id, tags=("vip",), enroll=False)
    await world.work()

    assert counts_of(job) == (3, 0, 0, 0)
    assert result_of(job)["enrolled"] == []
    assert await world.enrollments() == []


@pytest.mark.parametrize("enroll", [True, False])
async def test_entering_a_segment_by_an_import_counts_as_started_by_it(world: World, enroll: bool) -> None:
    rules: Json = {"property": "contact.properties.seats", "operator": "greaterThan", "value": 3}
    async with world.database.work() as tx:
        await create_segment(tx, world.workspace_id, name="Large", slug="large", rules=rules, now=real_now())
    await world.work()
    await world.sequence(ON_SEGMENT, templates=("welcome",))

    rehearsed = await imported(world, many(6), enroll=enroll, dry_run=True)
    happened = await imported(world, many(6), enroll=enroll)
    await world.work()

    started = [{"sequence": "a-sequence", "count": 2}] if enroll else []
    assert result_of(rehearsed)["wouldEnroll"] == result_of(happened)["enrolled"] == started
    assert len(await world.enrollments()) == (2 if enroll else 0)


async def test_who_wants_no_mail_is_enrolled_in_nothing(world: World) -> None:
    newsletter = await a_list(world)
    await world.sequence(ON_LIST, templates=("welcome",))
    await a_contact(world, "old@example.com", unsubscribed=True)
    rows = b"old@example.com,\nout@example.com,unsubscribed\ngone@example.com,bounced\nin@example.com,active\n"

    await imported(world, b"email,status\n" + rows, onto=newsletter.id)

    assert [each.email for each in await world.enrollments()] == ["in@example.com"]


async def test_what_a_dry_run_counts_is_what_then_happens(world: World) -> None:
    newsletter = await a_list(world)
    await world.sequence(ON_LIST, slug="on-list", templates=("welcome",))
    await world.sequence(ON_TAG, slug="on-tag")
    await world.sequence(ON_ADDED, slug="on-added")
    await a_contact(world, "p1@example.com", properties={"seats": 1})
    await a_contact(world, "p2@example.com", unsubscribed=True)
    before = await world.enrollments("on-added")
    content = b"email,seats,tags\np0@example.com,first,\nwrong,1,\n" + b"".join(
        b"p%d@example.com,%d,%s\n" % (n, n, b"vip" if n % 3 == 0 else b"") for n in range(1_200)
    )

    rehearsed = await imported(world, content, onto=newsletter.id, dry_run=True)
    assert await contact_of(world, "p3@example.com") is None
    assert await world.enrollments("on-added") == before
    happened = await imported(world, content, onto=newsletter.id)

    would, did = dict(result_of(rehearsed)), dict(result_of(happened))
    assert (would.pop("dryRun"), did.pop("dryRun")) == (True, False)
    assert (
        would.pop("wouldEnroll")
        == did.pop("enrolled")
        == [
            {"sequence": "on-added", "count": 1_198},
            {"sequence": "on-list", "count": 1_199},
            {"sequence": "on-tag", "count": 400},
        ]
    )
    assert would == did
    assert rehearsed.errors == happened.errors


async def test_somebody_may_come_twice_in_a_file(world: World) -> None:
    job = await imported(world, b"email,plan,seats\nann@example.com,trial,3\nANN@example.com,pro,\n")

    ann = await contact_of(world, "ann@example.com")
    assert ann is not None
    assert ann.properties == {"plan": "pro", "seats": 3}
    assert counts_of(job) == (1, 1, 0, 0)


async def test_nobody_is_made_of_a_row_that_is_refused(world: World) -> None:
    await a_contact(world, "ann@example.com", user_id="u-1")
    content = b"email,userId\nbob@example.com,u-1\ncleo@example.com,u-2\n"

    job = await imported(world, content)

    assert await contact_of(world, "bob@example.com") is None
    assert counts_of(job) == (1, 0, 0, 1)
    assert [(error["row"], error["column"]) for error in job.errors] == [(1, "userId")]


async def test_a_killed_workers_import_goes_on_and_counts_nobody_twice(world: World) -> None:
    newsletter = await a_list(world)
    await world.sequence(ON_LIST, templates=("welcome",))
    ref = await an_import(world, many(1_700), onto=newsletter.id)

    # Each of these workers dies after its page was committed and before it could say so; the last one lives.
    for _ in range(4):
        with suppress(KeyboardInterrupt):
            await a_worker_that_dies(world).run_one(world.workspace_id)
    await world.parts.jobs.run_one(world.workspace_id)

    job = await job_of(world, ref)
    assert counts_of(job) == (1_700, 0, 0, 0)
    assert (job.done, job.total) == (1_700, 1_700)
    assert result_of(job)["enrolled"] == [{"sequence": "a-sequence", "count": 1_700}]
    assert await parts_of(world) == 0


async def test_a_worker_that_lost_its_lease_takes_nobody_in(world: World) -> None:
    job = await job_of(world, await an_import(world, many(10)))
    page = import_page(world.database, begun=lambda: None)

    with pytest.raises(Conflict):
        await page(replace(job, token=new_uuid()))

    assert await contact_of(world, "p1@example.com") is None


async def test_an_import_that_was_cancelled_takes_in_no_more(world: World) -> None:
    ref = await an_import(world, many(1_700))
    with suppress(KeyboardInterrupt):
        await a_worker_that_dies(world).run_one(world.workspace_id)

    async with world.database.work() as tx:
        assert await cancel(tx, world.workspace_id, ref, now=real_now())
    assert not await world.parts.jobs.run_one(world.workspace_id)

    assert await contact_of(world, "p499@example.com") is not None
    assert await contact_of(world, "p500@example.com") is None


async def test_errors_are_kept_up_to_a_number_and_counted_beyond(world: World) -> None:
    job = await imported(world, b"email\n" + b"nobody\n" * 1_200 + b"ann@example.com\n")

    assert (len(job.errors), counts_of(job)) == (1_000, (1, 0, 0, 1_200))


async def test_a_list_that_is_deleted_meanwhile_fails_the_job(world: World) -> None:
    newsletter = await a_list(world)
    ref = await an_import(world, many(3), onto=newsletter.id)
    async with world.database.work() as tx:
        await delete_list(tx, world.workspace_id, newsletter)

    await world.parts.jobs.run_one(world.workspace_id)

    job = await job_of(world, ref)
    told = f"There is no list '{show('list', newsletter.id)}'."
    assert (job.status, list(job.errors)) == ("failed", [{"message": told}])


async def test_files_that_no_job_reads_any_more_are_thrown_away(world: World) -> None:
    await an_import(world, many(3))
    cancelled = await an_import(world, many(3))
    async with world.database.work() as tx:
        await cancel(tx, world.workspace_id, cancelled, now=real_now())
        await keep_part(tx, world.workspace_id, JobId(new_uuid()), 0, b"still coming")
        await keep_part(tx, world.workspace_id, JobId(first_uuid(real_now() - timedelta(days=2))), 0, b"given up")

    async with world.database.work() as tx:
        await forget_uploads(tx, now=real_now())

    assert await parts_of(world) == 2


async def test_a_page_ends_in_a_desert_of_blank_lines(world: World) -> None:
    ref = await an_import(world, b"email\nann@example.com\n" + b"\n" * 1_200_000 + b"bob@example.com\n")

    for _ in range(2):
        with suppress(KeyboardInterrupt):
            await a_worker_that_dies(world).run_one(world.workspace_id)
    halfway = await job_of(world, ref)
    await world.parts.jobs.run_one(world.workspace_id)

    job = await job_of(world, ref)
    assert (halfway.status, halfway.done) == ("running", 1)
    assert (counts_of(job), job.done, job.total) == ((2, 0, 0, 0), 2, 2)


async def test_a_large_file_is_read_part_by_part(world: World) -> None:
    note = b"x" * 20_000
    content = b"email,note\n" + b"".join(b"p%d@example.com,%s\n" % (n, note) for n in range(120))

    job = await imported(world, content)

    last = await contact_of(world, "p119@example.com")
    assert last is not None
    assert last.properties == {"note": note.decode()}
    assert counts_of(job) == (120, 0, 0, 0)


def a_worker_that_dies(world: World) -> JobRunner:
    """A worker that is killed when its first page has been committed; its lease is over at once."""
    real = import_page(world.database, begun=lambda: None)

    async def page(job: Job) -> Page:
        await real(job)
        raise KeyboardInterrupt

    return JobRunner(world.database, {IMPORT_JOB: page}, lease=timedelta(seconds=-1))
