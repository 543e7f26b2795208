"""What a template said before, and what it is part of."""

from collections.abc import Sequence as Many
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import PathParameter

from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page, page_by, read_place, write_place
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, SlugRef
from dripline.api.routes.templates import TemplateShape, find_template, shape_of
from dripline.campaigns.store import campaigns_of_template
from dripline.database.work import Tx
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import show
from dripline.sequences.store import uses_of_template
from dripline.templates import store
from dripline.templates.model import Template
from dripline.templates.saving import restore_version

Number = Annotated[int, PathParameter(description="The number of a version.", ge=1, le=2**31 - 1)]


class _Place(msgspec.Struct, frozen=True):
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class CampaignUse(msgspec.Struct, frozen=True):
    """A campaign that a template is part of."""

    id: str
    name: str


class UsesShape(msgspec.Struct, frozen=True):
    """The slugs of the sequences that mail a template and are not archived, and the campaigns it is part of."""

    sequences: Many[str]
    campaigns: Many[CampaignUse]


@get("/templates/{ref:str}/versions", responses=NOT_FOUND)
async def list_versions(
    ref: SlugRef, caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[TemplateShape]:
    """A template as it was, newest first. `updatedAt` is when a version was made."""
    place = read_place(_Place, cursor)

    async def act(tx: Tx) -> list[Template]:
        template = await find_template(tx, caller.id, ref)
        before = place.version if place is not None else None
        return await store.list_versions(tx, caller.id, template.id, limit=limit + 1, before=before)

    found = await caller.transact(act)
    return page_by(found, limit=limit, cursor_of=lambda each: write_place(_Place(each.version)), shape=shape_of)


@post("/templates/{ref:str}/versions/{number:int}/restore", status_code=200, responses=NOT_FOUND)
async def restore(ref: SlugRef, number: Number, caller: Calling) -> TemplateShape:
    """Give a template the content of one of its versions, as a new version unless it says that already. Repeatable."""

    async def act(tx: Tx) -> Template:
        template = await find_template(tx, caller.id, ref)
        version = await store.find_version(tx, caller.id, template.id, number)
        if version is None:
            raise NotFound(f"The template {template.slug!r} has no version {number}.")
        return await restore_version(tx, caller.id, version, caller.now())

    return shape_of(await caller.transact(act))


@get("/templates/{ref:str}/uses", responses=NOT_FOUND)
async def list_uses(ref: SlugRef, caller: Calling) -> UsesShape:
    """What a template is used by: the sequences keep it from being deleted, the campaigns do not."""

    async def act(tx: Tx) -> UsesShape:
        template = await find_template(tx, caller.id, ref)
        sequences = await uses_of_template(tx, caller.id, template.id, template.slug)
        campaigns = await campaigns_of_template(tx, caller.id, template.id)
        return UsesShape(sequences, [CampaignUse(show("campaign", id_), name) for id_, name in campaigns])

    return await caller.transact(act)


ROUTES = [list_versions, restore, list_uses]
