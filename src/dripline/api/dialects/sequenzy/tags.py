"""Tags of contacts: given, and taken away. Who gets one and is not there yet is made."""

from collections.abc import Sequence

import msgspec
from litestar import post
from litestar.params import JSONBody

from dripline.api.caller import Caller
from dripline.api.dialects.sequenzy.looking import new_tags
from dripline.api.dialects.sequenzy.people import WireMember, WirePerson, make_sure_of
from dripline.api.parameters import Calling
from dripline.api.reading.contacts import read_tag, read_tags
from dripline.contacts.tags import tags_of
from dripline.database.work import Tx
from dripline.engine.audience import people
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import show


class WireTagging(WirePerson, frozen=True, rename="camel", kw_only=True):
    """A tag, and whom it is for."""

    tag: str


class WireTaggings(WirePerson, frozen=True, rename="camel", kw_only=True):
    """Tags, and whom they are for."""

    tags: list[str]


class WireTaggedMember(WireMember, frozen=True):
    """Who was tagged, with all tags."""

    tags: Sequence[str]


class WireTag(msgspec.Struct, frozen=True):
    """A tag. `created`: nobody had it before."""

    id: str
    name: str
    created: bool


class WireTagged(msgspec.Struct, frozen=True):
    """A tag that was given."""

    success: bool
    subscriber: WireTaggedMember
    tag: WireTag


class WireTags(msgspec.Struct, frozen=True):
    """Which tags the contact did not have, and which nobody had."""

    added: Sequence[str]
    created: Sequence[str]


class WireTaggedMany(msgspec.Struct, frozen=True):
    """Tags that were given."""

    success: bool
    subscriber: WireTaggedMember
    tags: WireTags


class WireUntag(msgspec.Struct, frozen=True):
    """A tag, and whether it was there."""

    name: str
    removed: bool


class WireUntagged(msgspec.Struct, frozen=True):
    """A tag that was taken away."""

    success: bool
    subscriber: WireTaggedMember
    tag: WireUntag


@post("/subscribers/tags", status_code=200)
async def tag_wire_subscriber(data: JSONBody[WireTagging], caller: Calling) -> WireTagged:
    """Give a contact a tag. One that they have already is nothing new, and starts nothing."""
    tag = read_tag(data.tag, "tag")
    member, tags = await caller.transact(lambda tx: _tag(tx, caller, data, [tag]))
    caller.wake_workers()
    return WireTagged(True, member, WireTag(tag, tag, tag in tags.created))


@post("/subscribers/tags/bulk", status_code=200)
async def tag_wire_subscriber_often(data: JSONBody[WireTaggings], caller: Calling) -> WireTaggedMany:
    """Give a contact several tags."""
    wanted = read_tags(data.tags, "tags")
    if not wanted:
        raise Invalid.at("tags", "are none", found="an empty list", expected="at least one tag")
    member, tags = await caller.transact(lambda tx: _tag(tx, caller, data, wanted))
    caller.wake_workers()
    return WireTaggedMany(True, member, tags)


@post("/subscribers/tags/remove", status_code=200)
async def untag_wire_subscriber(data: JSONBody[WireTagging], caller: Calling) -> WireUntagged:
    """Take a tag from a contact."""
    tag = read_tag(data.tag, "tag")

    async def act(tx: Tx) -> tuple[WireTaggedMember, bool]:
        contact, is_new = await make_sure_of(tx, caller.id, data, now=caller.now())
        removed = (await people.untag(tx, caller.id, [contact.id], [tag], now=caller.now())).changed > 0
        left = (await tags_of(tx, caller.id, [contact.id]))[contact.id]
        return WireTaggedMember(show("contact", contact.id), contact.address.text, is_new, left), removed

    member, removed = await caller.transact(act)
    caller.wake_workers()
    return WireUntagged(True, member, WireUntag(tag, removed))


async def _tag(tx: Tx, caller: Caller, person: WirePerson, wanted: Sequence[str]) -> tuple[WireTaggedMember, WireTags]:
    created = await new_tags(tx, caller.id, wanted)
    contact, is_new = await make_sure_of(tx, caller.id, person, now=caller.now())
    had = (await tags_of(tx, caller.id, [contact.id]))[contact.id]
    await people.tag(tx, caller.id, [contact.id], wanted, now=caller.now())
    has = (await tags_of(tx, caller.id, [contact.id]))[contact.id]
    member = WireTaggedMember(show("contact", contact.id), contact.address.text, is_new, has)
    return member, WireTags([tag for tag in has if tag not in had], sorted(created))


ROUTES = [tag_wire_subscriber, tag_wire_subscriber_often, untag_wire_subscriber]
