"""Campaigns: nine routes for a name and what goes by it."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import delete, get, post, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody, PathParameter

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit
from dripline.api.reading.campaigns import CampaignPatch, NewCampaign, read_campaign_changes, read_description
from dripline.api.reading.sequences import read_name
from dripline.campaigns import grouping, store
from dripline.campaigns.model import Campaign, Member, Numbers
from dripline.database.work import Tx
from dripline.kernel.clock import iso
from dripline.kernel.ids import show

CampaignRef = Annotated[str, PathParameter(description="The id or the name of the campaign.")]
MemberRef = Annotated[str, PathParameter(description="The id, the slug or the name.")]


class CampaignSequence(msgspec.Struct, frozen=True, rename="camel"):
    """A sequence of a campaign; `id` is its slug."""

    id: str
    sequence_id: str
    name: str


class CampaignTemplate(msgspec.Struct, frozen=True, rename="camel"):
    """A template of a campaign; `id` is its slug."""

    id: str
    template_id: str
    name: str


class CampaignShape(msgspec.Struct, frozen=True, rename="camel"):
    """A campaign with what belongs to it, in the order in which it was added."""

    id: str
    campaign_id: str
    name: str
    description: str | None
    status: str
    sequences: Sequence[CampaignSequence]
    templates: Sequence[CampaignTemplate]
    created_at: str
    updated_at: str


class NumbersShape(msgspec.Struct, frozen=True):
    """Runs and mails of all sequences of a campaign, added up."""

    enrolled: int
    active: int
    completed: int
    exited: int
    converted: int
    sent: int
    skipped: int
    failed: int


class CountedCampaignShape(CampaignShape, frozen=True, rename="camel"):
    """A campaign with its numbers."""

    numbers: NumbersShape


@post("/campaigns")
async def create_campaign(data: JSONBody[NewCampaign], caller: Calling) -> CampaignShape:
    """Make a campaign: a draft with nothing in it."""
    name, description = read_name(data.name), read_description(data.description)
    return _shape(
        await caller.transact(
            lambda tx: grouping.create(tx, caller.id, name=name, description=description, now=caller.now())
        )
    )


@get("/campaigns")
async def list_campaigns(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[CampaignShape]:
    """Campaigns, in the order of their making."""
    after = read_cursor("campaign", cursor)
    found = await caller.transact(lambda tx: store.list_campaigns(tx, caller.id, limit=limit + 1, after=after))
    return page(found, limit=limit, kind="campaign", id_of=lambda campaign: campaign.id, shape=_shape)


@get("/campaigns/{ref:str}", responses=NOT_FOUND)
async def get_campaign(ref: CampaignRef, caller: Calling) -> CountedCampaignShape:
    """One campaign, with the numbers of all its sequences."""

    async def act(tx: Tx) -> tuple[Campaign, Numbers]:
        campaign = await grouping.find(tx, caller.id, ref)
        return campaign, await store.numbers(tx, caller.id, campaign)

    campaign, numbers = await caller.transact(act)
    counted = msgspec.convert(numbers, NumbersShape, from_attributes=True)
    return CountedCampaignShape(**msgspec.structs.asdict(_shape(campaign)), numbers=counted)


@route("/campaigns/{ref:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], responses=NOT_FOUND)
async def change_campaign(ref: CampaignRef, data: JSONBody[CampaignPatch], caller: Calling) -> CampaignShape:
    """Change name, description or status. Nothing in it moves because of it."""
    changes = read_campaign_changes(data)
    return _shape(await caller.transact(lambda tx: grouping.change(tx, caller.id, ref, changes, now=caller.now())))


@delete("/campaigns/{ref:str}", responses=NOT_FOUND)
async def delete_campaign(ref: CampaignRef, caller: Calling) -> None:
    """Delete the grouping. Its sequences and templates stay as they are."""
    await caller.transact(lambda tx: grouping.delete(tx, caller.id, ref))


@post("/campaigns/{ref:str}/sequences/{member:str}", status_code=200, responses=NOT_FOUND | CONFLICT)
async def add_sequence_to_campaign(ref: CampaignRef, member: MemberRef, caller: Calling) -> CampaignShape:
    """Make a sequence part of a campaign; 409 when it is already."""
    return _shape(await caller.transact(lambda tx: grouping.add_sequence(tx, caller.id, ref, member, now=caller.now())))


@delete("/campaigns/{ref:str}/sequences/{member:str}", responses=NOT_FOUND)
async def remove_sequence_from_campaign(ref: CampaignRef, member: MemberRef, caller: Calling) -> None:
    """Take a sequence out of a campaign. The sequence stays."""
    await caller.transact(lambda tx: grouping.remove_sequence(tx, caller.id, ref, member, now=caller.now()))


@post("/campaigns/{ref:str}/templates/{member:str}", status_code=200, responses=NOT_FOUND | CONFLICT)
async def add_template_to_campaign(ref: CampaignRef, member: MemberRef, caller: Calling) -> CampaignShape:
    """Make a template part of a campaign; 409 when it is already."""
    return _shape(await caller.transact(lambda tx: grouping.add_template(tx, caller.id, ref, member, now=caller.now())))


@delete("/campaigns/{ref:str}/templates/{member:str}", responses=NOT_FOUND)
async def remove_template_from_campaign(ref: CampaignRef, member: MemberRef, caller: Calling) -> None:
    """Take a template out of a campaign. The template stays."""
    await caller.transact(lambda tx: grouping.remove_template(tx, caller.id, ref, member, now=caller.now()))


def _shape(campaign: Campaign) -> CampaignShape:
    text = show("campaign", campaign.id)
    return CampaignShape(
        id=text,
        campaign_id=text,
        name=campaign.name,
        description=campaign.description,
        status=campaign.status,
        sequences=[_sequence(member) for member in campaign.sequences],
        templates=[_template(member) for member in campaign.templates],
        created_at=iso(campaign.created_at),
        updated_at=iso(campaign.updated_at),
    )


def _sequence(member: Member) -> CampaignSequence:
    return CampaignSequence(member.slug, show("sequence", member.id), member.name)


def _template(member: Member) -> CampaignTemplate:
    return CampaignTemplate(member.slug, show("template", member.id), member.name)


ROUTES = [
    create_campaign,
    list_campaigns,
    get_campaign,
    change_campaign,
    delete_campaign,
    add_sequence_to_campaign,
    remove_sequence_from_campaign,
    add_template_to_campaign,
    remove_template_from_campaign,
]
