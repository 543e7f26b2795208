"""Sequences: drafted, read, changed, enabled, disabled, archived."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.params import JSONBody, PathParameter, QueryParameter

from dripline.api.caller import Caller
from dripline.api.dialects.sequenzy.bodies import passed_over
from dripline.api.dialects.sequenzy.definitions import changed, draft_of
from dripline.api.dialects.sequenzy.envelopes import WireDrafted, WireMoved, WireOffsets, WireOneSequence, WireSequences
from dripline.api.dialects.sequenzy.errors import CONFLICT, NOT_FOUND, NOT_HERE
from dripline.api.dialects.sequenzy.notes import Document
from dripline.api.dialects.sequenzy.requests import WireNewSequence, WireSequenceChanges
from dripline.api.dialects.sequenzy.showing import (
    WireSequence,
    sequence_of,
    states_of,
    whole_sequence_of,
)
from dripline.api.parameters import Calling
from dripline.api.reading.sequences import read_name
from dripline.authoring.cleaning.requesting import ask_for_templates
from dripline.authoring.drafts.beginning import begin_draft, read_goal
from dripline.authoring.models.endpoint import Access
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.engine.versions import publishing
from dripline.engine.versions.inlining import move_out
from dripline.engine.versions.publishing import Waiting
from dripline.kernel.errors import Conflict, Invalid, Problem
from dripline.kernel.ids import JobId, TemplateId, base32, new_uuid, show
from dripline.kernel.slugs import slug_of
from dripline.sequences import lifecycle, store
from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.references import templates_of
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.model import Status
from dripline.templates.model import SourceKind, Template
from dripline.templates.store import newest_versions, slugs

WireRef = Annotated[str, PathParameter(description="The id of the sequence; its slug or name will do.")]

MOST_LISTED = 1_000
_SLUGS_TRIED = 5
# Room for what makes it the only one.
_LONGEST_STEM = 100
_BEING_WRITTEN = (
    "Sequence created. AI is generating email content based on your brand. This typically takes 30-60 seconds."
)
_NOT_ARCHIVED: list[Status] = [status for status in Status if status is not Status.ARCHIVED]


@post("/sequences", responses=NOT_HERE)
async def draft_wire_sequence(
    data: JSONBody[WireNewSequence], caller: Calling, request: Request[Any, Any, Any]
) -> WireDrafted:
    """Draft a sequence from a trigger, and steps or a goal. For a goal its mails are written in the background."""
    name, drafted = read_name(data.name), await asyncio.to_thread(draft_of, data)
    goal = read_goal(data.goal, data.email_count) if data.goal is not None and not data.steps else None
    warnings = [_passed_over(field) for field in await passed_over(request, WireNewSequence)]
    access = Access(caller.services.sealer, caller.services.environment)

    async def act(tx: Tx) -> tuple[Drip, tuple[Problem, ...], JobId | None]:
        now = caller.now()
        own = await move_out(tx, caller.id, drafted.definition, stem=_stem(name), now=now)

        async def make(slug: str) -> Drip:
            text = own.definition
            if goal is None:
                return await lifecycle.create(tx, caller.id, name=name, slug=slug, definition=text, now=now)
            return await begin_draft(tx, caller.id, goal, name=name, slug=slug, heading=text, access=access, now=now)

        made = await _create(tx, caller, name, make)
        job = await _clean(tx, caller, made, drafted.notes.converted) if data.clean is not None else None
        return made, own.problems, job

    sequence, problems, job = await caller.transact(act)
    if goal is not None or job is not None:
        caller.wake_workers(Hint.JOB)
    message = "The sequence is drafted. Enable it to let contacts enter." if goal is None else _BEING_WRITTEN
    told = [*warnings, *drafted.warnings, *drafted.told(problems)]
    cleaning = show("job", job) if job is not None else msgspec.UNSET
    return WireDrafted(True, message, await _shown(sequence), told, cleaning)


@get("/sequences")
async def list_wire_sequences(
    caller: Calling,
    limit: Annotated[
        int | None, QueryParameter(ge=1, le=MOST_LISTED, description="Without it as many as 1,000.")
    ] = None,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="How many to pass over.")] = 0,
    status: Annotated[
        str | None, QueryParameter(description="Statuses, with commas; without it all but archived.")
    ] = None,
    search: Annotated[str | None, QueryParameter(max_length=200, description="A part of the name.")] = None,
) -> WireSequences:
    """Sequences, newest first."""
    statuses = _statuses(status)
    found, total = await caller.transact(
        lambda tx: store.search_sequences(
            tx, caller.id, statuses=statuses, search=search, limit=limit or MOST_LISTED, offset=offset
        )
    )
    shown = [await _shown(sequence) for sequence in found]
    more = offset + len(found) < total
    return WireSequences(True, shown, WireOffsets(limit, offset, len(found), total, more))


@get("/sequences/{ref:str}", responses=NOT_FOUND)
async def get_wire_sequence(ref: WireRef, caller: Calling) -> WireOneSequence:
    """One sequence, with its mails."""

    async def act(tx: Tx) -> tuple[Drip, Definition, Mapping[str, Template]]:
        sequence = await store.find(tx, caller.id, ref)
        definition = await asyncio.to_thread(_read, sequence.definition)
        return sequence, definition, await _templates(tx, caller, sequence, definition)

    return WireOneSequence(True, whole_sequence_of(*await caller.transact(act)))


@put("/sequences/{ref:str}", responses=NOT_FOUND | CONFLICT)
async def change_wire_sequence(
    ref: WireRef, data: JSONBody[WireSequenceChanges], caller: Calling, request: Request[Any, Any, Any]
) -> WireDrafted:
    """Change name and settings. Those of an active sequence hold at once, for those inside from their next step on."""
    name = read_name(data.name) if data.name is not None else None
    warnings = [_passed_over(field) for field in await passed_over(request, WireSequenceChanges)]

    async def act(tx: Tx) -> tuple[Drip, list[str]]:
        found = await store.find_for_change(tx, caller.id, ref)
        definition = await asyncio.to_thread(changed, found.definition, data)
        new = definition if definition != found.definition else None
        if new is None and name in {None, found.name}:
            return found, []
        updated = await lifecycle.update(tx, caller.id, _id(found), name=name, definition=new, now=caller.now())
        if new is None or found.status is not Status.ACTIVE:
            return updated, []
        if found.draft is not None:
            return updated, ["The sequence has a draft that is not published yet: the change is part of it."]
        return await _publish(tx, caller, updated), []

    sequence, more = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return WireDrafted(True, "The sequence is changed.", await _shown(sequence), [*warnings, *more])


@post("/sequences/{ref:str}/enable", status_code=200, responses=NOT_FOUND | CONFLICT)
async def enable_wire_sequence(ref: WireRef, caller: Calling) -> WireMoved:
    """Let contacts enter, and those inside go on; 400 with every reason when it cannot run."""

    async def act(tx: Tx) -> tuple[Drip, list[str]]:
        found = await store.find_for_change(tx, caller.id, ref)
        if found.status is Status.ACTIVE and found.draft is None:
            return found, []
        done = await publishing.activate(
            tx,
            caller.workspace,
            _id(found),
            senders=caller.services.senders,
            providers=caller.services.providers,
            now=caller.now(),
        )
        return done.sequence, [str(warning) for warning in done.warnings]

    sequence, warnings = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return _moved(sequence, "The sequence is live.", warnings)


@post("/sequences/{ref:str}/disable", status_code=200, responses=NOT_FOUND | CONFLICT)
async def disable_wire_sequence(ref: WireRef, caller: Calling) -> WireMoved:
    """Let nobody enter, and keep everybody inside where they are."""

    async def act(tx: Tx) -> Drip:
        found = await store.find_for_change(tx, caller.id, ref)
        if found.status is Status.PAUSED:
            return found
        return await lifecycle.pause(tx, caller.id, _id(found), now=caller.now())

    return _moved(await caller.transact(act), "The sequence is paused.")


@post("/sequences/{ref:str}/archive", status_code=200, responses=NOT_FOUND | CONFLICT)
async def archive_wire_sequence(ref: WireRef, caller: Calling) -> WireMoved:
    """End a sequence for ever. Everybody inside leaves."""
    return _moved(await _archive(ref, caller), "The sequence is archived.")


@delete("/sequences/{ref:str}", status_code=200, responses=NOT_FOUND | CONFLICT)
async def delete_wire_sequence(ref: WireRef, caller: Calling) -> WireMoved:
    """Archive a sequence: it is not listed any more, and what it did stays known."""
    return _moved(await _archive(ref, caller), "The sequence is archived; what it did stays known.")


async def _templates(tx: Tx, caller: Caller, sequence: Drip, definition: Definition) -> Mapping[str, Template]:
    """What a sequence mails, by the names that its steps use; its own mails have templates once they are published."""
    ids = dict(await slugs(tx, caller.id, sorted(templates_of(definition))))
    if sequence.draft is None:
        for version in await store.versions(tx, caller.id, [(sequence.id, sequence.version)]):
            ids |= {name: TemplateId(found) for name, found in version.templates.items()}
    found = await newest_versions(tx, caller.id, ids.values())
    return {name: found[each] for name, each in ids.items() if each in found}


async def _clean(tx: Tx, caller: Caller, sequence: Drip, converted: Sequence[Sequence[Document]]) -> JobId | None:
    """The job that puts the mails in order which were HTML, if any were."""
    found = await _templates(tx, caller, sequence, await asyncio.to_thread(_read, sequence.definition))
    mails = [each for each in found.values() if each.source_kind is SourceKind.BLOCKS]
    mails = [each for each in mails if msgspec.json.decode(each.source) in converted]
    access = Access(caller.services.sealer, caller.services.environment)
    return await ask_for_templates(tx, caller.id, mails, access=access) if mails else None


async def _archive(ref: str, caller: Caller) -> Drip:
    async def act(tx: Tx) -> Drip:
        found = await store.find_for_change(tx, caller.id, ref)
        if found.status is Status.ARCHIVED:
            return found
        return await publishing.archive(tx, caller.workspace, _id(found), now=caller.now())

    archived = await caller.transact(act)
    caller.wake_workers(Hint.JOB)
    return archived


async def _publish(tx: Tx, caller: Caller, sequence: Drip) -> Drip:
    done = await publishing.publish(
        tx,
        caller.workspace,
        _id(sequence),
        waiting=Waiting.MOVE,
        senders=caller.services.senders,
        providers=caller.services.providers,
        now=caller.now(),
    )
    return done.sequence


async def _create(tx: Tx, caller: Caller, name: str, make: Callable[[str], Awaitable[Drip]]) -> Drip:
    """A draft under a slug made from its name: names may come twice here, and slugs may not."""
    stem = _stem(name)
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, _SLUGS_TRIED + 1))]
    taken = await store.ids_of_names(tx, caller.id, candidates)
    for slug in (slug for slug in candidates if slug not in taken):
        try:
            return await make(slug)
        except Conflict:
            # Somebody else took it in between.
            continue
    return await make(f"{stem}-{base32(new_uuid())}")


def _stem(name: str) -> str:
    return slug_of(name)[:_LONGEST_STEM]


async def _shown(sequence: Drip) -> WireSequence:
    return sequence_of(sequence, await asyncio.to_thread(_read, sequence.definition))


@lru_cache(maxsize=512)
def _read(definition: str) -> Definition:
    """What a definition says, with an id at every step."""
    return name_steps(read_definition(definition))


def _moved(sequence: Drip, message: str, warnings: Sequence[str] = ()) -> WireMoved:
    states = msgspec.structs.asdict(states_of(sequence.status))
    return WireMoved(**states, message=message, sequence_id=_id(sequence), warnings=warnings)


def _id(sequence: Drip) -> str:
    return show("sequence", sequence.id)


def _statuses(text: str | None) -> list[Status]:
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    if not words:
        return _NOT_ARCHIVED
    if unknown := [word for word in words if word not in list(Status)]:
        raise Invalid.at("status", "is no status", found=unknown[0][:50], expected=", ".join(Status))
    return [Status(word) for word in words]


def _passed_over(field: str) -> str:
    return f"{field} is not known here: it was passed over."


ROUTES = [
    draft_wire_sequence,
    list_wire_sequences,
    get_wire_sequence,
    change_wire_sequence,
    enable_wire_sequence,
    disable_wire_sequence,
    archive_wire_sequence,
    delete_wire_sequence,
]
