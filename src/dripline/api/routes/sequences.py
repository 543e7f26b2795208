"""Sequences: drafted, changed, read."""

import asyncio
from typing import Annotated

from litestar import Response, get, patch, post, put
from litestar.params import JSONBody, QueryParameter

from dripline.api.answers import CONFLICT, NOT_FOUND, UNPROCESSABLE, answers
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, IfMatch, Limit, SlugRef
from dripline.api.reading.sequences import (
    Duplicate,
    NewSequence,
    SequencePatch,
    SequencePut,
    read_brief,
    read_definition_text,
    read_heading,
    read_name,
    read_new_text,
    read_revision,
)
from dripline.api.shapes.sequences import SequenceShape, shape_sequence, shape_sequences
from dripline.authoring.drafts.beginning import Goal, begin_draft, write_again
from dripline.authoring.models.endpoint import Access
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.engine.versions.inlining import check_content
from dripline.engine.versions.structured import with_heading
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import read
from dripline.kernel.slugs import slug_of
from dripline.sequences import drafting, lifecycle, store
from dripline.sequences.editing.heading import new_text
from dripline.sequences.model import Sequence, Status


@post("/sequences", responses=CONFLICT | UNPROCESSABLE)
async def create_sequence(data: JSONBody[NewSequence], caller: Calling) -> SequenceShape:
    """Draft a sequence. For a brief its mails are written in the background."""
    name, heading = read_name(data.name), read_heading(data)
    if (goal := read_brief(data)) is not None:
        return await _draft_for(goal, data, caller)
    definition = await asyncio.to_thread(read_new_text, data.definition, data.triggers, heading)
    await asyncio.to_thread(check_content, definition)
    slug = data.slug if data.slug is not None else data.id

    async def act(tx: Tx) -> Sequence:
        text = await with_heading(tx, caller.id, definition, heading)
        return await lifecycle.create(tx, caller.id, name=name, slug=slug, definition=text, now=caller.now())

    return await shape_sequence(caller, await caller.transact(act))


async def _draft_for(goal: Goal, data: NewSequence, caller: Calling) -> SequenceShape:
    """A draft whose mails are written for a goal."""
    name, heading = read_name(data.name), read_heading(data)
    slug = data.slug or data.id or slug_of(name)

    async def act(tx: Tx) -> Sequence:
        text = await with_heading(tx, caller.id, new_text(), heading)
        access = Access(caller.services.sealer, caller.services.environment)
        return await begin_draft(
            tx, caller.id, goal, name=name, slug=slug, heading=text, access=access, now=caller.now()
        )

    drafted = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return await shape_sequence(caller, drafted)


@post("/sequences/{ref:str}/write-again", status_code=200, responses=NOT_FOUND | CONFLICT | UNPROCESSABLE)
async def write_sequence_again(ref: SlugRef, caller: Calling) -> SequenceShape:
    """Try once more to write the mails that could not be written. Those that are there stay."""
    access = Access(caller.services.sealer, caller.services.environment)
    drafted = await caller.transact(lambda tx: write_again(tx, caller.id, ref, access=access, now=caller.now()))
    caller.wake_workers(Hint.JOB)
    return await shape_sequence(caller, drafted)


@put("/sequences/{ref:str}", responses=NOT_FOUND | CONFLICT | answers((201, SequenceShape, "A new draft.")))
async def put_sequence(
    ref: SlugRef, data: JSONBody[SequencePut], caller: Calling, if_match: IfMatch = None
) -> Response[SequenceShape]:
    """Write a sequence by slug: drafted when there is none (201), else its draft is changed (200). May be repeated."""
    if data.id is not None and data.id != ref:
        raise Invalid.at("id", "is not the id in the path", found=repr(data.id[:100]), expected=ref)
    heading = read_heading(data)
    given = data.definition is not None or data.triggers
    definition = await asyncio.to_thread(read_new_text, data.definition, data.triggers, heading) if given else None
    await asyncio.to_thread(check_content, definition or "")
    name = read_name(data.name) if data.name is not None else None
    revision = read_revision(data.expected_revision, if_match)

    async def act(tx: Tx) -> tuple[Sequence, bool]:
        try:
            found = await store.find(tx, caller.id, ref)
        except NotFound:
            if read("sequence", ref) is not None:
                raise
            first = definition if definition is not None else read_new_text(None, None, heading)
            text = await with_heading(tx, caller.id, first, heading)
            new = await lifecycle.create(tx, caller.id, name=name or ref, slug=ref, definition=text, now=caller.now())
            return new, True
        # The same text again is no draft: what is published stays as it is.
        text = found.definition if definition is None else definition
        text = await with_heading(tx, caller.id, text, heading)
        changed = text if text != found.definition else None
        if changed is None and name in {None, found.name}:
            return found, False
        updated = await lifecycle.update(
            tx,
            caller.id,
            ref,
            name=name,
            definition=changed,
            expected_revision=revision,
            now=caller.now(),
        )
        return updated, False

    sequence, is_new = await caller.transact(act)
    return Response(await shape_sequence(caller, sequence), status_code=201 if is_new else 200)


@patch("/sequences/{ref:str}", responses=NOT_FOUND | CONFLICT)
async def change_sequence(
    ref: SlugRef, data: JSONBody[SequencePatch], caller: Calling, if_match: IfMatch = None
) -> SequenceShape:
    """Change name or draft. What is published stays as it is until the sequence is activated again."""
    heading = read_heading(data)
    definition = read_definition_text(data.definition) if data.definition is not None else None
    await asyncio.to_thread(check_content, definition or "")
    name = read_name(data.name) if data.name is not None else None
    revision = read_revision(data.expected_revision, if_match)

    async def act(tx: Tx) -> Sequence:
        text = definition
        if not heading.is_empty:
            found = await store.find(tx, caller.id, ref)
            text = await with_heading(tx, caller.id, definition or found.definition, heading)
        return await lifecycle.update(
            tx, caller.id, ref, name=name, definition=text, expected_revision=revision, now=caller.now()
        )

    return await shape_sequence(caller, await caller.transact(act))


@get("/sequences")
async def list_sequences(
    caller: Calling,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    status: Annotated[Status | None, QueryParameter(description="Only of this status.")] = None,
) -> Page[SequenceShape]:
    """Sequences, in the order of their making."""
    after = read_cursor("sequence", cursor)
    found = await caller.transact(
        lambda tx: store.list_sequences(tx, caller.id, status=status, limit=limit + 1, after=after)
    )
    shapes = await shape_sequences(caller, found[:limit])
    return page(found, limit=limit, kind="sequence", id_of=lambda each: each.id, shape=lambda each: shapes[each.id])


@get("/sequences/{ref:str}", responses=NOT_FOUND)
async def get_sequence(ref: SlugRef, caller: Calling) -> SequenceShape:
    """One sequence, by id, slug or name."""
    return await shape_sequence(caller, await caller.transact(lambda tx: store.find(tx, caller.id, ref)))


@post("/sequences/{ref:str}/duplicate", responses=NOT_FOUND | CONFLICT)
async def duplicate_sequence(ref: SlugRef, caller: Calling, data: JSONBody[Duplicate | None] = None) -> SequenceShape:
    """Draft a copy of a sequence, of its draft where it has one."""
    wanted = data or Duplicate()
    name = read_name(wanted.name) if wanted.name is not None else None
    copied = await caller.transact(
        lambda tx: drafting.duplicate(tx, caller.id, ref, name=name, slug=wanted.slug, now=caller.now())
    )
    return await shape_sequence(caller, copied)


ROUTES = [
    create_sequence,
    write_sequence_again,
    put_sequence,
    change_sequence,
    list_sequences,
    get_sequence,
    duplicate_sequence,
]
