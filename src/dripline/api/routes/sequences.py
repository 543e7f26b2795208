"""Sequences: drafted, read, activated, paused, archived."""

import asyncio
from collections.abc import Mapping
from collections.abc import Sequence as Many
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from litestar import Response, get, patch, post, put
from litestar.params import HeaderParameter, JSONBody, QueryParameter

from dripline.api.aliases import also_at
from dripline.api.answers import CONFLICT, NOT_FOUND, UNPROCESSABLE, answers
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, SlugRef
from dripline.api.problem import Detail, details_of
from dripline.api.reading.sequences import (
    NewSequence,
    SequencePatch,
    SequencePut,
    read_definition_text,
    read_name,
    read_revision,
)
from dripline.database.work import Tx
from dripline.engine import publishing
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import read, show
from dripline.sequences import lifecycle, store
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import to_json
from dripline.sequences.model import Sequence, Status

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="The revision that the change is for.")]


class SequenceShape(msgspec.Struct, frozen=True, rename="camel"):
    """A sequence. `draft`: there is something that was not published yet, and `definition` is that."""

    id: str
    sequence_id: str
    slug: str
    name: str
    status: str
    version: int
    revision: int
    draft: bool
    definition: str
    trigger: Mapping[str, Any]
    steps: Many[Any]
    created_at: str
    updated_at: str


class ActivatedShape(SequenceShape, frozen=True, rename="camel"):
    """A sequence that was activated, with what its author should know."""

    warnings: Many[Detail]


@post("/sequences", responses=CONFLICT)
async def create_sequence(data: JSONBody[NewSequence], caller: Calling) -> SequenceShape:
    """Draft a sequence."""
    name, definition = read_name(data.name), read_definition_text(data.definition)
    slug = data.slug if data.slug is not None else data.id
    created = await caller.transact(
        lambda tx: lifecycle.create(tx, caller.id, name=name, slug=slug, definition=definition, now=caller.now())
    )
    return await _shape(created)


@put("/sequences/{ref:str}", responses=NOT_FOUND | CONFLICT | answers((201, SequenceShape, "A new draft.")))
async def put_sequence(
    ref: SlugRef, data: JSONBody[SequencePut], caller: Calling, if_match: IfMatch = None
) -> Response[SequenceShape]:
    """Write a sequence by slug: drafted when there is none (201), else its draft is changed (200). May be repeated."""
    if data.id is not None and data.id != ref:
        raise Invalid.at("id", "is not the id in the path", found=repr(data.id[:100]), expected=ref)
    definition = read_definition_text(data.definition)
    name = read_name(data.name) if data.name is not None else None
    revision = read_revision(data.expected_revision, if_match)

    async def act(tx: Tx) -> tuple[Sequence, bool]:
        try:
            found = await store.find(tx, caller.id, ref)
        except NotFound:
            if read("sequence", ref) is not None:
                raise
            new = await lifecycle.create(
                tx, caller.id, name=name or ref, slug=ref, definition=definition, now=caller.now()
            )
            return new, True
        # The same text again is no draft: what is published stays as it is.
        changed = definition if definition != found.definition else None
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
    return Response(await _shape(sequence), status_code=201 if is_new else 200)


@patch("/sequences/{ref:str}", responses=NOT_FOUND | CONFLICT)
async def change_sequence(
    ref: SlugRef, data: JSONBody[SequencePatch], caller: Calling, if_match: IfMatch = None
) -> SequenceShape:
    """Change name or draft. What is published stays as it is until the sequence is activated again."""
    definition = read_definition_text(data.definition) if data.definition is not None else None
    name = read_name(data.name) if data.name is not None else None
    revision = read_revision(data.expected_revision, if_match)
    changed = await caller.transact(
        lambda tx: lifecycle.update(
            tx,
            caller.id,
            ref,
            name=name,
            definition=definition,
            expected_revision=revision,
            now=caller.now(),
        )
    )
    return await _shape(changed)


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
    shapes = {sequence.id: await _shape(sequence) for sequence in found[:limit]}
    return page(found, limit=limit, kind="sequence", id_of=lambda each: each.id, shape=lambda each: shapes[each.id])


@get("/sequences/{ref:str}", responses=NOT_FOUND)
async def get_sequence(ref: SlugRef, caller: Calling) -> SequenceShape:
    """One sequence, by id, slug or name."""
    return await _shape(await caller.transact(lambda tx: store.find(tx, caller.id, ref)))


@post("/sequences/{ref:str}/activate", status_code=200, responses=NOT_FOUND | CONFLICT | UNPROCESSABLE)
async def activate_sequence(ref: SlugRef, caller: Calling) -> ActivatedShape:
    """Publish the draft and enroll from now on; after a pause, let those who waited go on."""
    sequence, warnings = await caller.transact(
        lambda tx: publishing.activate(tx, caller.workspace, ref, senders=caller.services.senders, now=caller.now())
    )
    caller.wake_workers()
    fields = msgspec.structs.asdict(await _shape(sequence))
    return ActivatedShape(**fields, warnings=details_of(warnings))


@post("/sequences/{ref:str}/pause", status_code=200, responses=NOT_FOUND | CONFLICT)
async def pause_sequence(ref: SlugRef, caller: Calling) -> SequenceShape:
    """Stop everybody in it where they are, and enroll nobody, until it is activated."""
    return await _shape(await caller.transact(lambda tx: lifecycle.pause(tx, caller.id, ref, now=caller.now())))


@post("/sequences/{ref:str}/archive", status_code=200, responses=NOT_FOUND | CONFLICT)
async def archive_sequence(ref: SlugRef, caller: Calling) -> SequenceShape:
    """End it for ever. Everybody in it leaves."""
    archived = await caller.transact(lambda tx: publishing.archive(tx, caller.workspace, ref, now=caller.now()))
    caller.wake_workers()
    return await _shape(archived)


async def _shape(sequence: Sequence) -> SequenceShape:
    # Reading a large definition takes a tenth of a second: not on the loop that everybody shares.
    outline = await asyncio.to_thread(_outline, sequence.definition)
    text = show("sequence", sequence.id)
    return SequenceShape(
        id=text,
        sequence_id=text,
        slug=sequence.slug,
        name=sequence.name,
        status=sequence.status,
        version=sequence.version,
        revision=sequence.revision,
        draft=sequence.draft is not None,
        definition=sequence.definition,
        trigger=outline["trigger"],
        steps=outline["steps"],
        created_at=iso(sequence.created_at),
        updated_at=iso(sequence.updated_at),
    )


@lru_cache(maxsize=512)
def _outline(definition: str) -> Mapping[str, Any]:
    """What a definition says, with an id at every step."""
    return to_json(name_steps(read_definition(definition)))


ROUTES = [
    create_sequence,
    put_sequence,
    change_sequence,
    list_sequences,
    get_sequence,
    activate_sequence,
    also_at(activate_sequence, "/sequences/{ref:str}/enable"),
    pause_sequence,
    also_at(pause_sequence, "/sequences/{ref:str}/disable"),
    archive_sequence,
]
