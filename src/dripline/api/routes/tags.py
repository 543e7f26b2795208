"""Tags: given to a contact and taken away, and which there are."""

from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page, page_by, read_place, write_place
from dripline.api.parameters import DEFAULT_LIMIT, Calling, ContactRef, Cursor, Limit
from dripline.api.reading.contacts import find_by_ref, read_tag, read_tags
from dripline.api.routes.contacts import ContactShape, Tagged, shape, with_tags
from dripline.contacts import tags
from dripline.contacts.tags import TagCount
from dripline.database.work import Tx
from dripline.engine.audience import people
from dripline.kernel.errors import Invalid

TagRef = Annotated[str, PathParameter(description="The tag, in any form.")]


class NewTags(msgspec.Struct, frozen=True):
    """Tags to add, one or up to 100."""

    tags: list[str] | None = None
    tag: str | None = None


class TagShape(msgspec.Struct, frozen=True):
    """A tag in its normal form, and how many contacts have it."""

    name: str
    tag: str
    count: int


class _Behind(msgspec.Struct, frozen=True):
    tag: str


@post("/contacts/{ref:str}/tags", status_code=200, responses=NOT_FOUND)
async def add_tags(ref: ContactRef, data: JSONBody[NewTags], caller: Calling) -> ContactShape:
    """Give a contact tags. A tag that is there already starts nothing."""
    if (data.tags is None) == (data.tag is None):
        found = "neither" if data.tag is None else "both"
        raise Invalid.at("tags", "is the one field that is needed", found=found, expected="tags, or tag")
    names = read_tags(data.tags, "tags") if data.tag is None else [read_tag(data.tag, "tag")]

    async def act(tx: Tx) -> Tagged:
        contact = await find_by_ref(tx, caller.id, ref)
        await people.tag(tx, caller.id, [contact.id], names, now=caller.now())
        return await with_tags(tx, caller.id, contact)

    tagged = await caller.transact(act)
    caller.wake_workers()
    return shape(*tagged)


@delete("/contacts/{ref:str}/tags/{tag:str}", responses=NOT_FOUND)
async def remove_tag(ref: ContactRef, tag: TagRef, caller: Calling) -> None:
    """Take a tag from a contact; nothing happens when it is not there."""
    name = read_tag(tag, "tag")

    async def act(tx: Tx) -> None:
        contact = await find_by_ref(tx, caller.id, ref)
        await people.untag(tx, caller.id, [contact.id], [name], now=caller.now())

    await caller.transact(act)
    caller.wake_workers()


@get("/tags")
async def list_tags(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[TagShape]:
    """The tags that somebody has, by name."""
    behind = read_place(_Behind, cursor)

    async def act(tx: Tx) -> list[TagCount]:
        return await tags.list_tags(tx, caller.id, limit=limit + 1, after=behind.tag if behind else None)

    return page_by(
        await caller.transact(act),
        limit=limit,
        cursor_of=lambda each: write_place(_Behind(each.name)),
        shape=lambda each: TagShape(each.name, each.name, each.count),
    )


ROUTES = [add_tags, remove_tag, list_tags]
