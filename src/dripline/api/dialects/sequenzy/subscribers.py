"""Contacts: made, listed, read, changed, erased, by address and by the client's own id."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from dripline.api.answers import answers
from dripline.api.caller import Caller
from dripline.api.dialects.sequenzy.bodies import passed_over
from dripline.api.dialects.sequenzy.envelopes import (
    WireAccount,
    WireDeleted,
    WireListName,
    WireMe,
    WireOneSubscriber,
    WirePlace,
    WireSaved,
    WireSavedSubscriber,
    WireSubscribers,
    WireWholeSubscriber,
)
from dripline.api.dialects.sequenzy.errors import NOT_FOUND
from dripline.api.dialects.sequenzy.looking import SubscriberFilter, find_subscribers
from dripline.api.dialects.sequenzy.notes import not_here
from dripline.api.dialects.sequenzy.people import (
    WireSubscriber,
    find_by_external_id,
    find_by_path,
    subscriber_fields,
)
from dripline.api.dialects.sequenzy.profiles import (
    WireNewSubscriber,
    WireSubscriberChanges,
    change_subscriber,
    save_subscriber,
)
from dripline.api.paging import read_cursor, write_cursor
from dripline.api.parameters import Calling
from dripline.api.reading.contacts import read_tags
from dripline.contacts.lists import find_list, lists_of
from dripline.contacts.model import Contact
from dripline.contacts.tags import tags_of
from dripline.database.work import Tx
from dripline.engine.audience.people import delete_contact
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import show
from dripline.segments.store import find_segment

Email = Annotated[str, PathParameter(description="The address.")]
ExternalId = Annotated[str, PathParameter(description="The id that your own product has for the contact.")]
AskedExternalId = Annotated[
    str, QueryParameter(name="externalId", max_length=256, description="The id that your own product has.")
]
Find = Callable[[Tx], Awaitable[Contact]]

MOST_LISTED = 1_000


@post("/subscribers", responses=answers((200, WireSaved, "There was such a contact.")))
async def save_wire_subscriber(
    data: JSONBody[WireNewSubscriber], caller: Calling, request: Request[Any, Any, Any]
) -> Response[WireSaved]:
    """Make a contact (201), or treat the one that is there (200) as `duplicateStrategy` says."""
    warnings = [f"{name} is not known here: it was passed over." for name in await passed_over(request, type(data))]

    async def act(tx: Tx) -> WireSavedSubscriber:
        saved = await save_subscriber(tx, caller.id, data, now=caller.now())
        whole = await _whole(tx, caller, saved.contact)
        return WireSavedSubscriber(
            **msgspec.structs.asdict(whole), created=saved.created, updated=saved.updated, skipped=saved.skipped
        )

    shown = await caller.transact(act)
    caller.wake_workers()
    return Response(WireSaved(True, shown, warnings), status_code=201 if shown.created else 200)


@get("/subscribers")
async def list_wire_subscribers(
    caller: Calling,
    text: Annotated[
        str | None, QueryParameter(name="query", max_length=256, description="A part of address, name or tag.")
    ] = None,
    email: Annotated[str | None, QueryParameter(max_length=320, description="A part of the address.")] = None,
    tags: Annotated[str | None, QueryParameter(max_length=2000, description="Tags with commas: all of them.")] = None,
    on_list: Annotated[
        str | None, QueryParameter(name="list", max_length=256, description="A list, id or name.")
    ] = None,
    list_id: Annotated[str | None, QueryParameter(name="listId", max_length=256, description="The same.")] = None,
    list_name: Annotated[str | None, QueryParameter(name="listName", max_length=256, description="The same.")] = None,
    segment_id: Annotated[
        str | None, QueryParameter(name="segmentId", max_length=256, description="A segment.")
    ] = None,
    status: Annotated[
        Literal["active", "unsubscribed", "bounced", "all"], QueryParameter(description="Only of this status.")
    ] = "all",
    attribute: Annotated[str | None, QueryParameter(max_length=512, description="Not here: 501.")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="How many at most, 1 to 1,000.")] = 50,
    number: Annotated[int, QueryParameter(name="page", ge=1, le=100_000, description="Which page.")] = 1,
    cursor: Annotated[
        str | None, QueryParameter(max_length=500, description="`nextCursor`, instead of a page.")
    ] = None,
) -> WireSubscribers:
    """Contacts, newest first."""
    if attribute is not None:
        raise not_here("the filter 'attribute': make a segment, and ask for that")
    before = read_cursor("contact", cursor)
    ref = next((each for each in (list_id, on_list, list_name) if each is not None), None)
    wanted = read_tags([tag for tag in (tags or "").split(",") if tag.strip()], "tags")

    async def act(tx: Tx) -> tuple[list[WireSubscriber], int, Contact | None]:
        try:
            on = (await find_list(tx, caller.id, ref)).id if ref is not None else None
            segment = (await find_segment(tx, caller.id, segment_id)).id if segment_id is not None else None
        except NotFound:
            return [], 0, None
        asked = SubscriberFilter(text or email, wanted, on, segment, None if status == "all" else status)
        offset = 0 if before is not None else (number - 1) * limit
        found, total = await find_subscribers(tx, caller.id, asked, limit=limit, before=before, offset=offset)
        tagged = await tags_of(tx, caller.id, [contact.id for contact in found])
        shown = [WireSubscriber(**subscriber_fields(contact, tagged[contact.id])) for contact in found]
        return shown, total - offset, found[-1] if found else None

    shown, rest, last = await caller.transact(act)
    more = rest > len(shown)
    following = write_cursor("contact", last.id) if more and last is not None else None
    counted = before is None and (bool(shown) or number == 1)
    total = rest + (number - 1) * limit if counted and shown else 0 if counted else None
    pages = -(-total // limit) if total is not None else None
    return WireSubscribers(True, shown, WirePlace(number, limit, total, pages, following, more))


@get("/subscribers/me")
async def show_wire_account(caller: Calling) -> WireMe:
    """Whom the key belongs to."""
    workspace = caller.workspace
    return WireMe(True, WireAccount(show("workspace", workspace.id), workspace.name, "company"))


@get("/subscribers/external", responses=NOT_FOUND)
async def get_wire_subscriber_of(external_id: AskedExternalId, caller: Calling) -> WireOneSubscriber:
    """One contact, by your own id."""
    return await _get(caller, lambda tx: find_by_external_id(tx, caller.id, external_id))


@get("/subscribers/external/{external_id:str}", responses=NOT_FOUND)
async def get_wire_subscriber_by_external_id(external_id: ExternalId, caller: Calling) -> WireOneSubscriber:
    """The same."""
    return await _get(caller, lambda tx: find_by_external_id(tx, caller.id, external_id))


@get("/subscribers/{email:str}", responses=NOT_FOUND)
async def get_wire_subscriber(email: Email, caller: Calling) -> WireOneSubscriber:
    """One contact, by address."""
    return await _get(caller, lambda tx: find_by_path(tx, caller.id, email))


@patch("/subscribers/external", responses=NOT_FOUND)
async def change_wire_subscriber_of(
    external_id: AskedExternalId, data: JSONBody[WireSubscriberChanges], caller: Calling
) -> WireOneSubscriber:
    """Change a contact, by your own id."""
    return await _change(caller, data, lambda tx: find_by_external_id(tx, caller.id, external_id))


@patch("/subscribers/external/{external_id:str}", responses=NOT_FOUND)
async def change_wire_subscriber_by_external_id(
    external_id: ExternalId, data: JSONBody[WireSubscriberChanges], caller: Calling
) -> WireOneSubscriber:
    """The same."""
    return await _change(caller, data, lambda tx: find_by_external_id(tx, caller.id, external_id))


@patch("/subscribers/{email:str}", responses=NOT_FOUND)
async def change_wire_subscriber(
    email: Email, data: JSONBody[WireSubscriberChanges], caller: Calling
) -> WireOneSubscriber:
    """Change a contact, by address. Opting out takes them off all lists and out of all sequences."""
    return await _change(caller, data, lambda tx: find_by_path(tx, caller.id, email))


@delete("/subscribers/external", status_code=200, responses=NOT_FOUND)
async def delete_wire_subscriber_of(external_id: AskedExternalId, caller: Calling) -> WireDeleted:
    """Erase a contact, by your own id."""
    return await _delete(caller, lambda tx: find_by_external_id(tx, caller.id, external_id))


@delete("/subscribers/external/{external_id:str}", status_code=200, responses=NOT_FOUND)
async def delete_wire_subscriber_by_external_id(external_id: ExternalId, caller: Calling) -> WireDeleted:
    """The same."""
    return await _delete(caller, lambda tx: find_by_external_id(tx, caller.id, external_id))


@delete("/subscribers/{email:str}", status_code=200, responses=NOT_FOUND)
async def delete_wire_subscriber(email: Email, caller: Calling) -> WireDeleted:
    """Erase a contact and all that is known of them."""
    return await _delete(caller, lambda tx: find_by_path(tx, caller.id, email))


async def _get(caller: Caller, find: Find) -> WireOneSubscriber:
    async def act(tx: Tx) -> WireWholeSubscriber:
        return await _whole(tx, caller, await find(tx))

    return WireOneSubscriber(True, await caller.transact(act))


async def _change(caller: Caller, data: WireSubscriberChanges, find: Find) -> WireOneSubscriber:
    async def act(tx: Tx) -> WireWholeSubscriber:
        contact = await find(tx)
        return await _whole(tx, caller, await change_subscriber(tx, caller.id, contact, data, now=caller.now()))

    shown = await caller.transact(act)
    caller.wake_workers()
    return WireOneSubscriber(True, shown)


async def _delete(caller: Caller, find: Find) -> WireDeleted:
    async def act(tx: Tx) -> None:
        await delete_contact(tx, caller.id, (await find(tx)).id, now=caller.now())

    await caller.transact(act)
    return WireDeleted(True, True)


async def _whole(tx: Tx, caller: Caller, contact: Contact) -> WireWholeSubscriber:
    tags = (await tags_of(tx, caller.id, [contact.id]))[contact.id]
    lists = await lists_of(tx, caller.id, contact.id)
    return WireWholeSubscriber(
        **subscriber_fields(contact, tags),
        lists=[WireListName(show("list", each.id), each.name, each.description) for each in lists],
    )


ROUTES = [
    save_wire_subscriber,
    list_wire_subscribers,
    show_wire_account,
    get_wire_subscriber_of,
    get_wire_subscriber_by_external_id,
    get_wire_subscriber,
    change_wire_subscriber_of,
    change_wire_subscriber_by_external_id,
    change_wire_subscriber,
    delete_wire_subscriber_of,
    delete_wire_subscriber_by_external_id,
    delete_wire_subscriber,
]
