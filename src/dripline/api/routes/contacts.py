"""Contacts: create, upsert, read, list, change, delete."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, post, put, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody, QueryParameter

from dripline.api.answers import CONFLICT, NOT_FOUND, answers
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, ContactRef, Cursor, EmailFilter, Limit
from dripline.api.reading.contacts import (
    ContactBody,
    NewContactBody,
    find_by_ref,
    read_address,
    read_changes,
    read_tag,
    read_tags,
)
from dripline.contacts import store
from dripline.contacts.lists import ContactList, find_list, lists_of
from dripline.contacts.model import Contact
from dripline.contacts.store import ContactFilter
from dripline.contacts.tags import tags_of
from dripline.database.work import Tx
from dripline.engine.audience import people
from dripline.kernel.clock import iso
from dripline.kernel.ids import ContactId, WorkspaceId, show
from dripline.segments.store import find_segment


class ContactShape(msgspec.Struct, frozen=True, rename="camel"):
    """A contact. `subscribed` is the opposite of `unsubscribed`; `suppressed` is about the address."""

    id: str
    contact_id: str
    email: str
    user_id: str | None
    properties: Mapping[str, Any]
    tags: Sequence[str]
    unsubscribed: bool
    subscribed: bool
    suppressed: bool
    tracking: bool
    timezone: str | None
    created_at: str
    updated_at: str


class ListName(msgspec.Struct, frozen=True):
    """A list that a contact is on."""

    id: str
    slug: str
    name: str


class WholeContact(ContactShape, frozen=True, rename="camel"):
    """A contact with the lists that they are on."""

    lists: Sequence[ListName]


Tagged = tuple[Contact, list[str]]
"""A contact with their tags."""

TagFilter = Annotated[str | None, QueryParameter(max_length=256, description="Only those with this tag.")]
ListFilter = Annotated[
    str | None, QueryParameter(name="list", max_length=256, description="Only those on this list: id, slug, name.")
]
SegmentFilter = Annotated[
    str | None, QueryParameter(max_length=256, description="Only those in this segment: id, slug, name.")
]


@post("/contacts", responses=CONFLICT)
async def create_contact(data: JSONBody[NewContactBody], caller: Calling) -> ContactShape:
    """Make a contact; 409 when the address is taken."""
    address, changes, tags = read_address(data.email, "email"), read_changes(data), read_tags(data.tags, "tags")

    async def act(tx: Tx) -> Tagged:
        contact = await people.create_contact(tx, caller.id, address, changes, now=caller.now())
        await people.tag(tx, caller.id, [contact.id], tags, now=caller.now())
        return await with_tags(tx, caller.id, contact)

    found = await caller.transact(act)
    caller.wake_workers()
    return shape(*found)


@put("/contacts", responses=CONFLICT | answers((201, ContactShape, "A new contact.")))
async def upsert_contact(data: JSONBody[NewContactBody], caller: Calling) -> Response[ContactShape]:
    """Make a contact (201), or change the one with that address (200)."""
    address, changes, tags = read_address(data.email, "email"), read_changes(data), read_tags(data.tags, "tags")

    async def act(tx: Tx) -> tuple[Tagged, bool]:
        contact, is_new = await people.upsert_contact(tx, caller.id, address, changes, now=caller.now())
        await people.tag(tx, caller.id, [contact.id], tags, now=caller.now())
        return await with_tags(tx, caller.id, contact), is_new

    found, is_new = await caller.transact(act)
    caller.wake_workers()
    return Response(shape(*found), status_code=201 if is_new else 200)


@get("/contacts", responses=NOT_FOUND)
async def list_contacts(
    caller: Calling,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    search: Annotated[str | None, QueryParameter(description="A part of the address.", max_length=254)] = None,
    email: EmailFilter = None,
    suppressed: Annotated[bool | None, QueryParameter(description="Only those that are, or are not.")] = None,
    tag: TagFilter = None,
    on_list: ListFilter = None,
    segment: SegmentFilter = None,
) -> Page[ContactShape]:
    """Contacts, newest first. 404 for a list or a segment that is not there; a tag that nobody has gives nobody."""
    before = read_cursor("contact", cursor)
    wanted = read_tag(tag, "tag") if tag is not None else None

    async def act(tx: Tx) -> list[Tagged]:
        if email is not None:
            found = await store.find_contact_by_email(tx, caller.id, read_address(email, "email").key)
            return [await with_tags(tx, caller.id, found)] if found else []
        list_id = (await find_list(tx, caller.id, on_list)).id if on_list is not None else None
        segment_id = (await find_segment(tx, caller.id, segment)).id if segment is not None else None
        matching = ContactFilter(search, suppressed, wanted, list_id, segment_id)
        return await listed(tx, caller.id, matching, limit=limit, before=ContactId(before) if before else None)

    return page_of(await caller.transact(act), limit=limit)


@get("/contacts/{ref:str}", responses=NOT_FOUND)
async def get_contact(ref: ContactRef, caller: Calling) -> WholeContact:
    """One contact, by id or address."""

    async def act(tx: Tx) -> tuple[Tagged, list[ContactList]]:
        contact = await find_by_ref(tx, caller.id, ref)
        return await with_tags(tx, caller.id, contact), await lists_of(tx, caller.id, contact.id)

    found, lists = await caller.transact(act)
    return WholeContact(
        **msgspec.structs.asdict(shape(*found)),
        lists=[ListName(show("list", each.id), each.slug, each.name) for each in lists],
    )


@route("/contacts/{ref:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], responses=NOT_FOUND | CONFLICT)
async def change_contact(ref: ContactRef, data: JSONBody[ContactBody], caller: Calling) -> ContactShape:
    """Change a contact, by id or address. Opting out ends every run at once."""
    changes, tags = read_changes(data), read_tags(data.tags, "tags")

    async def act(tx: Tx) -> Tagged:
        contact = await find_by_ref(tx, caller.id, ref)
        changed = await people.change_contact(tx, caller.id, contact.id, changes, now=caller.now())
        await people.tag(tx, caller.id, [contact.id], tags, now=caller.now())
        return await with_tags(tx, caller.id, changed)

    found = await caller.transact(act)
    caller.wake_workers()
    return shape(*found)


@delete("/contacts/{ref:str}", responses=NOT_FOUND)
async def delete_contact(ref: ContactRef, caller: Calling) -> None:
    """Erase a contact and its events. Its messages stay counted, without address and subject."""

    async def act(tx: Tx) -> None:
        contact = await find_by_ref(tx, caller.id, ref)
        await people.delete_contact(tx, caller.id, contact.id, now=caller.now())

    await caller.transact(act)


async def with_tags(tx: Tx, workspace: WorkspaceId, contact: Contact) -> Tagged:
    """The contact with their tags."""
    return contact, (await tags_of(tx, workspace, [contact.id]))[contact.id]


async def listed(
    tx: Tx, workspace: WorkspaceId, matching: ContactFilter, *, limit: int, before: ContactId | None
) -> list[Tagged]:
    """The contacts of a page with their tags, and one more."""
    found = await store.list_contacts(tx, workspace, matching=matching, limit=limit + 1, before=before)
    tags = await tags_of(tx, workspace, [contact.id for contact in found])
    return [(contact, tags[contact.id]) for contact in found]


def page_of(found: Sequence[Tagged], *, limit: int) -> Page[ContactShape]:
    """A page of contacts."""
    return page(found, limit=limit, kind="contact", id_of=lambda each: each[0].id, shape=lambda each: shape(*each))


def shape(contact: Contact, tags: Sequence[str]) -> ContactShape:
    """A contact as the API writes it."""
    text, opted_out = show("contact", contact.id), contact.unsubscribed_at is not None
    return ContactShape(
        id=text,
        contact_id=text,
        email=contact.address.text,
        user_id=contact.user_id,
        properties=contact.properties,
        tags=tags,
        unsubscribed=opted_out,
        subscribed=not opted_out,
        suppressed=contact.suppressed,
        tracking=contact.tracked,
        timezone=contact.timezone,
        created_at=iso(contact.created_at),
        updated_at=iso(contact.updated_at),
    )


ROUTES = [create_contact, upsert_contact, list_contacts, get_contact, change_contact, delete_contact]
