"""Segments: made, changed, deleted, built anew, tried out, and who is in them."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody

from dripline.api.aliases import also_at
from dripline.api.answers import CONFLICT, NOT_FOUND, UNPROCESSABLE
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, SlugRef
from dripline.api.reading.lists import read_slug
from dripline.api.reading.sequences import read_name
from dripline.api.routes.contacts import ContactShape, Tagged, listed, page_of, shape
from dripline.contacts.store import ContactFilter
from dripline.contacts.tags import tags_of
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.kernel.clock import iso
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import ContactId, JobId, WorkspaceId, show
from dripline.segments import saving, store
from dripline.segments.formats import format_of
from dripline.segments.model import Segment
from dripline.segments.previewing import Preview, preview
from dripline.sequences.store import uses_of_segment

Rules = Annotated[Any, msgspec.Meta(description="A condition, in any of the formats; see the reference of segments.")]


class NewSegment(msgspec.Struct, frozen=True):
    """A segment to make. Without `slug` it is made from the name."""

    name: str
    rules: Rules
    slug: str | None = None


class SegmentPatch(msgspec.Struct, frozen=True):
    """What to change. What is not named, or null, stays."""

    name: str | None = None
    rules: Rules = None


class RulesToTry(msgspec.Struct, frozen=True):
    """Rules that are not saved."""

    rules: Rules


class SegmentShape(msgspec.Struct, frozen=True, rename="camel"):
    """A segment. `rules` are as they were sent, `building` is the job that builds it, null when none does.

    `memberCount` is that of the last build that was finished, kept up with since; `computedAt` is when, null before.
    """

    id: str
    segment_id: str
    slug: str
    name: str
    rules: Any
    format: str
    member_count: int
    computed_at: str | None
    building: str | None
    created_at: str
    updated_at: str


class BuildingShape(SegmentShape, frozen=True, rename="camel"):
    """A segment, and the job that builds it anew."""

    job: str


class SegmentCount(msgspec.Struct, frozen=True):
    """How many contacts are in a segment."""

    count: int


class PreviewedSegment(msgspec.Struct, frozen=True):
    """How many contacts would be in a segment, and the newest ten of them."""

    count: int
    sample: Sequence[ContactShape]


Counted = tuple[Segment, int]


@post("/segments", responses=CONFLICT)
async def create_segment(data: JSONBody[NewSegment], caller: Calling) -> SegmentShape:
    """Make a segment, which a job builds at once; 409 when its slug is taken."""
    name = read_name(data.name)
    slug = read_slug(data.slug, name, "segment")

    async def act(tx: Tx) -> Segment:
        return await saving.create_segment(tx, caller.id, name=name, slug=slug, rules=data.rules, now=caller.now())

    segment = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return _shape((segment, 0))


@post("/segments/preview", status_code=200, responses=UNPROCESSABLE)
async def preview_segment(data: JSONBody[RulesToTry], caller: Calling) -> PreviewedSegment:
    """Count who passes rules, and show the newest ten, without saving anything."""

    async def act(tx: Tx) -> tuple[Preview, dict[ContactId, list[str]]]:
        found = await preview(tx, caller.id, data.rules, now=caller.now())
        return found, await tags_of(tx, caller.id, [contact.id for contact in found.sample])

    found, tags = await caller.transact(act)
    return PreviewedSegment(found.count, [shape(contact, tags[contact.id]) for contact in found.sample])


@get("/segments")
async def list_segments(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[SegmentShape]:
    """Segments, oldest first."""
    after = read_cursor("segment", cursor)

    async def act(tx: Tx) -> list[Counted]:
        found = await store.list_segments(tx, caller.id, limit=limit + 1, after=after)
        counts = await store.count_members(tx, caller.id, [each.id for each in found[:limit]])
        return [(each, counts.get(each.id, 0)) for each in found]

    found = await caller.transact(act)
    return page(found, limit=limit, kind="segment", id_of=lambda each: each[0].id, shape=_shape)


@get("/segments/{ref:str}", responses=NOT_FOUND)
async def get_segment(ref: SlugRef, caller: Calling) -> SegmentShape:
    """One segment, by id, slug or name."""
    return _shape(await caller.transact(lambda tx: _counted(tx, caller.id, ref)))


@get("/segments/{ref:str}/count", responses=NOT_FOUND)
async def count_segment(ref: SlugRef, caller: Calling) -> SegmentCount:
    """How many contacts are in a segment."""
    _, count = await caller.transact(lambda tx: _counted(tx, caller.id, ref))
    return SegmentCount(count)


@route("/segments/{ref:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], responses=NOT_FOUND)
async def change_segment(ref: SlugRef, data: JSONBody[SegmentPatch], caller: Calling) -> SegmentShape:
    """Rename a segment, or give it other rules, which a job builds. Its slug stays."""
    name = read_name(data.name) if data.name is not None else None

    async def act(tx: Tx) -> Counted:
        segment = await saving.change_segment(tx, caller.id, ref, name=name, rules=data.rules, now=caller.now())
        return await _counted(tx, caller.id, show("segment", segment.id))

    found = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return _shape(found)


@delete("/segments/{ref:str}", responses=NOT_FOUND | CONFLICT)
async def delete_segment(ref: SlugRef, caller: Calling) -> None:
    """Erase a segment; 409 while a sequence that is not archived, or another segment, names it. Its contacts stay."""

    async def act(tx: Tx) -> None:
        segment = await store.find_segment(tx, caller.id, ref)
        names = (segment.slug, segment.name, show("segment", segment.id))
        if uses := await uses_of_segment(tx, caller.id, segment.id, names):
            raise Conflict(f"The segment {segment.slug!r} is in use by: {', '.join(uses)}.")
        await saving.delete_segment(tx, caller.id, segment.id)

    await caller.transact(act)
    caller.wake_workers(Hint.JOB)


@post("/segments/{ref:str}/recompute", status_code=202, responses=NOT_FOUND)
async def recompute_segment(ref: SlugRef, caller: Calling) -> BuildingShape:
    """Build a segment anew; the job that is at it already, when there is one."""

    async def act(tx: Tx) -> tuple[Counted, JobId]:
        segment, job = await saving.recompute(tx, caller.id, ref)
        return await _counted(tx, caller.id, show("segment", segment.id)), job

    found, job = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return BuildingShape(**msgspec.structs.asdict(_shape(found)), job=show("job", job))


@get("/segments/{ref:str}/contacts", responses=NOT_FOUND)
async def list_segment_members(
    ref: SlugRef, caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ContactShape]:
    """The contacts in a segment, newest contacts first."""
    before = read_cursor("contact", cursor)

    async def act(tx: Tx) -> list[Tagged]:
        matching = ContactFilter(segment_id=(await store.find_segment(tx, caller.id, ref)).id)
        return await listed(tx, caller.id, matching, limit=limit, before=ContactId(before) if before else None)

    return page_of(await caller.transact(act), limit=limit)


async def _counted(tx: Tx, workspace: WorkspaceId, ref: str) -> Counted:
    segment = await store.find_segment(tx, workspace, ref)
    return segment, (await store.count_members(tx, workspace, [segment.id]))[segment.id]


def _shape(counted: Counted) -> SegmentShape:
    segment, count = counted
    text = show("segment", segment.id)
    return SegmentShape(
        id=text,
        segment_id=text,
        slug=segment.slug,
        name=segment.name,
        rules=segment.rules,
        format=format_of(segment.rules),
        member_count=count,
        computed_at=iso(segment.computed_at) if segment.computed_at is not None else None,
        building=show("job", segment.job_id) if segment.job_id is not None else None,
        created_at=iso(segment.created_at),
        updated_at=iso(segment.updated_at),
    )


ROUTES = [
    create_segment,
    preview_segment,
    list_segments,
    get_segment,
    count_segment,
    change_segment,
    delete_segment,
    recompute_segment,
    also_at(recompute_segment, "/segments/{ref:str}/compute"),
    list_segment_members,
    also_at(list_segment_members, "/segments/{ref:str}/members"),
]
