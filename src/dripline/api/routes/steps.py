"""The steps of a draft, one by one: added, read, changed, moved, removed."""

from collections.abc import Mapping
from typing import Annotated

from litestar import delete, get, post, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody, PathParameter, QueryParameter

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.caller import Caller
from dripline.api.paging import Page
from dripline.api.parameters import Calling, IfMatch, SlugRef
from dripline.api.reading.sequences import read_revision
from dripline.api.reading.steps import (
    NewStep,
    StepFields,
    StepMove,
    StepPatch,
    check_step,
    given_fields,
    read_native,
    read_place,
    revised,
)
from dripline.api.shapes.steps import StepShape, shape_rows, shape_step
from dripline.database.work import Tx
from dripline.engine.versions.structured import sender_of, template_of
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json
from dripline.sequences import drafting, store
from dripline.sequences.editing.structured import Unit, amount_of, duration_of

StepRef = Annotated[str, PathParameter(description="The id of a step.")]
Revision = Annotated[
    int | None, QueryParameter(name="expectedRevision", description="The revision that the change is for.")
]


@get("/sequences/{ref:str}/steps", responses=NOT_FOUND)
async def list_steps(ref: SlugRef, caller: Calling) -> Page[StepShape]:
    """The outermost steps, in order and on one page; an email with the delay that belongs to it."""

    async def act(tx: Tx) -> list[StepShape]:
        return await shape_rows(tx, caller.id, await store.find(tx, caller.id, ref))

    rows = await caller.transact(act)
    return Page(rows, rows, None, None, has_more=False)


@post("/sequences/{ref:str}/steps", responses=NOT_FOUND | CONFLICT)
async def add_step(ref: SlugRef, data: JSONBody[NewStep], caller: Calling, if_match: IfMatch = None) -> StepShape:
    """Add a step to the draft: an email with its delay, or any step."""
    place, native = read_place(data.after, data.position), read_native(data)
    revision = read_revision(data.expected_revision, if_match)
    length = duration_of(data.delay_amount or 0, data.delay_unit or Unit.DAYS)

    async def act(tx: Tx) -> StepShape:
        steps = native if native is not None else await _new_steps(tx, caller, data, length)
        sequence, ids = await drafting.add_steps(
            tx, caller.id, ref, steps, place, expected_revision=revision, now=caller.now()
        )
        return await shape_step(tx, caller.id, sequence, ids[-1])

    return await caller.transact(act)


@get("/sequences/{ref:str}/steps/{step_ref:str}", responses=NOT_FOUND)
async def get_step(ref: SlugRef, step_ref: StepRef, caller: Calling) -> StepShape:
    """One step, also one inside another."""

    async def act(tx: Tx) -> StepShape:
        return await shape_step(tx, caller.id, await store.find(tx, caller.id, ref), step_ref)

    return await caller.transact(act)


@route(
    "/sequences/{ref:str}/steps/{step_ref:str}",
    http_method=[HttpMethod.PATCH, HttpMethod.PUT],
    responses=NOT_FOUND | CONFLICT,
)
async def change_step(
    ref: SlugRef, step_ref: StepRef, data: JSONBody[StepPatch], caller: Calling, if_match: IfMatch = None
) -> StepShape:
    """Change a step of the draft."""
    native = read_native(data)
    revision = read_revision(data.expected_revision, if_match)
    if native is not None and len(native) > 1:
        raise Invalid.at("step", "is more than one step", expected="one step; its delay is a step of its own")

    async def act(tx: Tx) -> StepShape:
        template = await template_of(tx, caller.id, data.template_id) if data.template_id else None
        sender = await sender_of(tx, caller.id, data.sender_id) if data.sender_id else None

        def revise(before: Mapping[str, Json]) -> Mapping[str, Json]:
            return native[0] if native is not None else _revised(before, data, template=template, sender=sender)

        sequence = await drafting.change_step(
            tx,
            caller.id,
            ref,
            step_ref,
            revise,
            delay=lambda before: _delay(before, data),
            expected_revision=revision,
            now=caller.now(),
        )
        return await shape_step(tx, caller.id, sequence, step_ref)

    return await caller.transact(act)


@post("/sequences/{ref:str}/steps/{step_ref:str}/move", status_code=200, responses=NOT_FOUND | CONFLICT)
async def move_step(
    ref: SlugRef, step_ref: StepRef, data: JSONBody[StepMove], caller: Calling, if_match: IfMatch = None
) -> StepShape:
    """Move a step of the draft, and the delay that belongs to it. Without a place, it goes to the end."""
    place = read_place(data.after, data.position)
    revision = read_revision(data.expected_revision, if_match)

    async def act(tx: Tx) -> StepShape:
        sequence = await drafting.move_step(
            tx, caller.id, ref, step_ref, place, expected_revision=revision, now=caller.now()
        )
        return await shape_step(tx, caller.id, sequence, step_ref)

    return await caller.transact(act)


@delete("/sequences/{ref:str}/steps/{step_ref:str}", responses=NOT_FOUND | CONFLICT)
async def remove_step(
    ref: SlugRef, step_ref: StepRef, caller: Calling, expected_revision: Revision = None, if_match: IfMatch = None
) -> None:
    """Remove a step from the draft, and the delay that belongs to it."""
    revision = read_revision(expected_revision, if_match)

    async def act(tx: Tx) -> None:
        await drafting.remove_step(tx, caller.id, ref, step_ref, expected_revision=revision, now=caller.now())

    await caller.transact(act)


async def _new_steps(tx: Tx, caller: Caller, data: StepFields, length: str) -> list[Mapping[str, Json]]:
    template = await template_of(tx, caller.id, data.template_id) if data.template_id else None
    sender = await sender_of(tx, caller.id, data.sender_id) if data.sender_id else None
    email = revised({"action": "email"}, data, template=template, sender=sender)
    check_step(email, structured=True)
    return [{"action": "delay", "duration": length}, email] if length else [email]


def _revised(
    before: Mapping[str, Json], data: StepFields, *, template: str | None, sender: str | None
) -> Mapping[str, Json]:
    given = given_fields(data)
    if before["action"] == "delay" and "duration" in before and set(given) <= {"delayAmount", "delayUnit"}:
        length = _length(str(before["duration"]), data)
        if length == "":
            raise Invalid.at("delayAmount", "is no delay", found="0", expected="1 or more; or remove the step")
        return before if length is None else {**before, "duration": length}
    if before["action"] != "email" and given:
        raise Invalid.at(given[0], "is for emails", found=str(before["action"]), expected="'step' for any other step")
    email = revised(before, data, template=template, sender=sender)
    check_step(email, structured=True)
    return email


def _delay(before: str | None, data: StepFields) -> str | None:
    return _length(before, data) if data.step is None else None


def _length(before: str | None, data: StepFields) -> str | None:
    """How long an email comes after what is before it; None when that is not said."""
    if data.delay_amount is None and data.delay_unit is None:
        return None
    amount, unit = amount_of(before) if before is not None else (0, Unit.DAYS)
    return duration_of(amount if data.delay_amount is None else data.delay_amount, data.delay_unit or unit)


ROUTES = [list_steps, add_step, get_step, change_step, move_step, remove_step]
