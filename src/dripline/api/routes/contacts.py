"""Contacts: create, upsert, read, list, change, delete."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, post, put, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody, QueryParameter

from dripline.api.answers import CONFLICT, NOT_FOUND, answers
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, ContactRef, Cursor, EmailFilter, Limit
from dripline.api.reading.contacts import ContactPatch, NewContact, find_by_ref, read_address, read_changes
from dripline.contacts import store
from dripline.contacts.model import Contact
from dripline.contacts.store import ContactFilter
from dripline.database.work import Tx
from dripline.engine import people
from dripline.kernel.clock import iso
from dripline.kernel.ids import ContactId, show


class ContactShape(msgspec.Struct, frozen=True, rename="camel"):
    """A contact. `subscribed` is the opposite of `unsubscribed`; `suppressed` is about the address."""

    id: str
    contact_id: str
    email: str
    user_id: str | None
    properties: Mapping[str, Any]
    unsubscribed: bool
    subscribed: bool
    suppressed: bool
    timezone: str | None
    created_at: str
    updated_at: str


@post("/contacts", responses=CONFLICT)
async def create_contact(data: JSONBody[NewContact], caller: Calling) -> ContactShape:
    """Make a contact; 409 when the address is taken."""
    address, changes = read_address(data.email, "email"), read_changes(data)
    contact = await caller.transact(lambda tx: people.create_contact(tx, caller.id, address, changes, now=caller.now()))
    return shape(contact)


@put("/contacts", responses=CONFLICT | answers((201, ContactShape, "A new contact.")))
async def upsert_contact(data: JSONBody[NewContact], caller: Calling) -> Response[ContactShape]:
    """Make a contact (201), or change the one with that address (200)."""
    address, changes = read_address(data.email, "email"), read_changes(data)
    contact, is_new = await caller.transact(
        lambda tx: people.upsert_contact(tx, caller.id, address, changes, now=caller.now())
    )
    return Response(shape(contact), status_code=201 if is_new else 200)


@get("/contacts")
async def list_contacts(
    caller: Calling,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    search: Annotated[str | None, QueryParameter(description="A part of the address.", max_length=254)] = None,
    email: EmailFilter = None,
    suppressed: Annotated[bool | None, QueryParameter(description="Only those that are, or are not.")] = None,
) -> Page[ContactShape]:
    """Contacts, newest first."""
    before = read_cursor("contact", cursor)

    async def act(tx: Tx) -> list[Contact]:
        if email is not None:
            found = await store.find_contact_by_email(tx, caller.id, read_address(email, "email").key)
            return [found] if found else []
        matching = ContactFilter(search, suppressed)
        return await store.list_contacts(
            tx, caller.id, matching=matching, limit=limit + 1, before=ContactId(before) if before else None
        )

    found = await caller.transact(act)
    return page(found, limit=limit, kind="contact", id_of=lambda contact: contact.id, shape=shape)


@get("/contacts/{ref:str}", responses=NOT_FOUND)
async def get_contact(ref: ContactRef, caller: Calling) -> ContactShape:
    """One contact, by id or address."""
    return shape(await caller.transact(lambda tx: find_by_ref(tx, caller.id, ref)))


@route("/contacts/{ref:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], responses=NOT_FOUND | CONFLICT)
async def change_contact(ref: ContactRef, data: JSONBody[ContactPatch], caller: Calling) -> ContactShape:
    """Change a contact, by id or address. Opting out ends every run at once."""
    changes = read_changes(data)

    async def act(tx: Tx) -> Contact:
        contact = await find_by_ref(tx, caller.id, ref)
        return await people.change_contact(tx, caller.id, contact.id, changes, now=caller.now())

    return shape(await caller.transact(act))


@delete("/contacts/{ref:str}", responses=NOT_FOUND)
async def delete_contact(ref: ContactRef, caller: Calling) -> None:
    """Erase a contact and its events. Its messages stay counted, without address and subject."""

    async def act(tx: Tx) -> None:
        contact = await find_by_ref(tx, caller.id, ref)
        await people.delete_contact(tx, caller.id, contact.id, now=caller.now())

    await caller.transact(act)


def shape(contact: Contact) -> ContactShape:
    """A contact as the API writes it."""
    text, opted_out = show("contact", contact.id), contact.unsubscribed_at is not None
    return ContactShape(
        id=text,
        contact_id=text,
        email=contact.address.text,
        user_id=contact.user_id,
        properties=contact.properties,
        unsubscribed=opted_out,
        subscribed=not opted_out,
        suppressed=contact.suppressed,
        timezone=contact.timezone,
        created_at=iso(contact.created_at),
        updated_at=iso(contact.updated_at),
    )


ROUTES = [create_contact, upsert_contact, list_contacts, get_contact, change_contact, delete_contact]
