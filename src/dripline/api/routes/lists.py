"""Lists: made, renamed, deleted, and who is on them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar import delete, get, post, route
from litestar.enums import HttpMethod
from litestar.params import JSONBody, QueryParameter

from dripline.api.aliases import also_at
from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.caller import Caller
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, SlugRef
from dripline.api.reading.lists import (
    Joiners,
    ListOptions,
    ListPatch,
    Members,
    NewList,
    check_asked,
    read_description,
    read_list_name,
    read_members,
    read_origins,
    read_slug,
)
from dripline.api.routes.contacts import ContactShape, Tagged, listed, page_of
from dripline.api.routes.templates import find_template
from dripline.contacts import lists
from dripline.contacts.lists import ContactList, find_list
from dripline.contacts.model import ContactChanges
from dripline.contacts.store import ContactFilter, find_ids_by_email
from dripline.database.work import Tx
from dripline.engine.audience import belonging
from dripline.engine.audience.belonging import Joining
from dripline.engine.audience.confirming import Asking, ask, has_link
from dripline.engine.audience.people import Upserted, upsert_contacts
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import ContactId, WorkspaceId, show

PAGE = 500

Person = Address | ContactId | None
Done = TypeVar("Done")


class ListShape(msgspec.Struct, frozen=True, rename="camel"):
    """A list, and how many contacts are on it."""

    id: str
    list_id: str
    slug: str
    name: str
    description: str | None
    contact_count: int
    public: bool
    double_opt_in: bool
    confirm_template: str | None
    form: bool
    form_origins: tuple[str, ...]
    form_url: str | None
    created_at: str
    updated_at: str


class JoiningShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many were added, how many enrollments that started, and how many were on the list or are unknown.

    `pending`, where people are asked first: how many got a mail that asks them.
    """

    added: int
    enrolled: int
    skipped: int
    pending: int | None = None


class LeavingShape(msgspec.Struct, frozen=True):
    """How many were on the list."""

    removed: int


Counted = tuple[ContactList, int]


@post("/lists", responses=NOT_FOUND | CONFLICT)
async def create_list(data: JSONBody[NewList], caller: Calling) -> ListShape:
    """Make a list; 409 when its slug is taken."""
    name, description = read_list_name(data.name), read_description(data.description)
    slug = read_slug(data.slug, name)

    async def act(tx: Tx) -> Counted:
        made = await lists.add_list(tx, caller.id, slug=slug, name=name, description=description, now=caller.now())
        await _set_options(tx, caller.id, made, data)
        return await _counted(tx, caller.id, show("list", made.id))

    return _shape(caller, await caller.transact(act))


@get("/lists")
async def list_lists(
    caller: Calling,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    search: Annotated[str | None, QueryParameter(description="A part of the name.", max_length=200)] = None,
) -> Page[ListShape]:
    """Lists, oldest first."""
    after = read_cursor("list", cursor)

    async def act(tx: Tx) -> list[Counted]:
        found = await lists.list_lists(tx, caller.id, search=search, limit=limit + 1, after=after)
        counts = await lists.count_members(tx, caller.id, [each.id for each in found[:limit]])
        return [(each, counts.get(each.id, 0)) for each in found]

    found = await caller.transact(act)
    return page(found, limit=limit, kind="list", id_of=lambda each: each[0].id, shape=partial(_shape, caller))


@get("/lists/{ref:str}", responses=NOT_FOUND)
async def get_list(ref: SlugRef, caller: Calling) -> ListShape:
    """One list."""
    return _shape(caller, await caller.transact(lambda tx: _counted(tx, caller.id, ref)))


@route("/lists/{ref:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], responses=NOT_FOUND)
async def change_list(ref: SlugRef, data: JSONBody[ListPatch], caller: Calling) -> ListShape:
    """Rename a list, describe it, or show it to its members. Its slug stays."""
    name = read_list_name(data.name) if data.name is not None else None
    description = read_description(data.description)

    async def act(tx: Tx) -> Counted:
        found = await find_list(tx, caller.id, ref)
        await lists.change_list(
            tx,
            caller.id,
            found.id,
            name=name or found.name,
            description=description if data.description is not None else found.description,
            now=caller.now(),
        )
        await _set_options(tx, caller.id, found, data)
        return await _counted(tx, caller.id, show("list", found.id))

    return _shape(caller, await caller.transact(act))


@delete("/lists/{ref:str}", responses=NOT_FOUND | CONFLICT)
async def delete_list(ref: SlugRef, caller: Calling) -> None:
    """Erase a list; 409 while a sequence that is not archived, or a segment, names it. Its contacts stay."""

    async def act(tx: Tx) -> None:
        await belonging.delete_list(tx, caller.id, await find_list(tx, caller.id, ref))

    await caller.transact(act)


@get("/lists/{ref:str}/contacts", responses=NOT_FOUND)
async def list_members(
    ref: SlugRef, caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ContactShape]:
    """The contacts on a list, newest contacts first."""
    before = read_cursor("contact", cursor)

    async def act(tx: Tx) -> list[Tagged]:
        matching = ContactFilter(list_id=(await find_list(tx, caller.id, ref)).id)
        return await listed(tx, caller.id, matching, limit=limit, before=ContactId(before) if before else None)

    return page_of(await caller.transact(act), limit=limit)


@post("/lists/{ref:str}/contacts", status_code=200, responses=NOT_FOUND)
async def add_members(ref: SlugRef, data: JSONBody[Joiners], caller: Calling) -> JoiningShape:
    """Put up to 10,000 contacts on a list, which enrolls those who were not on it in the sequences it starts.

    An unknown address becomes a contact; an unknown id is skipped. Where people are asked first, by a mail, up to 100:
    they are on the list, and enrolled, as soon as they say yes there.
    """
    people = read_members(data)
    found = await caller.transact(lambda tx: find_list(tx, caller.id, ref))
    if found.double_opt_in if data.confirm is None else data.confirm:
        check_asked(people)
        return await _ask(caller, found, people)

    async def act(tx: Tx, part: Sequence[Person]) -> Joining:
        found = await find_list(tx, caller.id, ref)
        ids = await _ids(tx, caller, part, enroll=data.enroll)
        joined = await belonging.add_to_list(tx, caller.id, found.id, ids, now=caller.now(), enroll=data.enroll)
        return Joining(joined.added, joined.enrolled, len(part) - joined.added)

    done = await _in_pages(caller, people, act)
    return JoiningShape(
        added=sum(each.added for each in done),
        enrolled=sum(each.enrolled for each in done),
        skipped=sum(each.skipped for each in done),
    )


async def _ask(caller: Caller, found: ContactList, people: Sequence[Person]) -> JoiningShape:
    addresses = [person for person in people if isinstance(person, Address)]
    ids = [person for person in people if person is not None and not isinstance(person, Address)]
    asking = Asking(caller.services.senders, caller.services.links)

    async def act(tx: Tx) -> int:
        now = caller.now()
        return await ask(tx, caller.workspace, found.id, addresses=addresses, contacts=ids, asking=asking, now=now)

    asked = await caller.transact(act)
    caller.wake_workers()
    return JoiningShape(0, 0, len(people) - asked, asked)


@delete("/lists/{ref:str}/contacts", status_code=200, responses=NOT_FOUND)
async def remove_members(ref: SlugRef, data: JSONBody[Members], caller: Calling) -> LeavingShape:
    """Take up to 10,000 contacts off a list. Their runs go on, but for those that stop on this."""
    people = read_members(data)

    async def act(tx: Tx, part: Sequence[Person]) -> int:
        found = await find_list(tx, caller.id, ref)
        keys = [person.key for person in part if isinstance(person, Address)]
        by_key = await find_ids_by_email(tx, caller.id, keys) if keys else {}
        ids = {*by_key.values(), *(person for person in part if person and not isinstance(person, Address))}
        return await belonging.remove_from_list(tx, caller.id, found.id, ids, now=caller.now())

    return LeavingShape(sum(await _in_pages(caller, people, act)))


async def _in_pages(
    caller: Caller, people: Sequence[Person], act: Callable[[Tx, Sequence[Person]], Awaitable[Done]]
) -> list[Done]:
    """What came of each page, one transaction for each. When one fails, the call may be repeated."""
    parts = [people[start : start + PAGE] for start in range(0, max(1, len(people)), PAGE)]
    done = [await caller.transact(partial(_with_page, act, part)) for part in parts]
    caller.wake_workers()
    return done


async def _with_page(act: Callable[[Tx, Sequence[Person]], Awaitable[Done]], part: Sequence[Person], tx: Tx) -> Done:
    return await act(tx, part)


async def _ids(tx: Tx, caller: Caller, part: Sequence[Person], *, enroll: bool) -> set[ContactId]:
    """The ids of these people; addresses that nobody has become contacts."""
    unchanged = ContactChanges()
    addresses = [(person, unchanged) for person in part if isinstance(person, Address)]
    made = await upsert_contacts(tx, caller.id, addresses, now=caller.now(), enroll=enroll) if addresses else []
    known = {each.contact.id for each in made if isinstance(each, Upserted)}
    return known | {person for person in part if person is not None and not isinstance(person, Address)}


async def _set_options(tx: Tx, workspace: WorkspaceId, found: ContactList, said: ListOptions) -> None:
    changed = replace(
        found,
        is_public=found.is_public if said.public is None else said.public,
        double_opt_in=found.double_opt_in if said.double_opt_in is None else said.double_opt_in,
        confirm_template_id=await _confirm_template(tx, workspace, found, said.confirm_template),
        has_form=found.has_form if said.form is None else said.form,
        form_origins=found.form_origins if said.form_origins is None else read_origins(said.form_origins),
    )
    await lists.set_options(tx, workspace, changed)


async def _confirm_template(tx: Tx, workspace: WorkspaceId, found: ContactList, ref: str | None) -> UUID | None:
    if ref is None:
        return found.confirm_template_id
    if not ref:
        return None
    template = await find_template(tx, workspace, ref)
    if not has_link(template):
        raise Invalid.at(
            "confirmTemplate", "has no link to confirm", found=ref, expected="{{ confirm_url }} in its HTML"
        )
    return template.id


async def _counted(tx: Tx, workspace: WorkspaceId, ref: str) -> Counted:
    found = await find_list(tx, workspace, ref)
    return found, (await lists.count_members(tx, workspace, [found.id]))[found.id]


def _shape(caller: Caller, counted: Counted) -> ListShape:
    found, count = counted
    text = show("list", found.id)
    return ListShape(
        id=text,
        list_id=text,
        slug=found.slug,
        name=found.name,
        description=found.description,
        contact_count=count,
        public=found.is_public,
        double_opt_in=found.double_opt_in,
        confirm_template=show("template", found.confirm_template_id) if found.confirm_template_id else None,
        form=found.has_form,
        form_origins=found.form_origins,
        form_url=caller.services.links.form_url(caller.id, found.id) if found.has_form else None,
        created_at=iso(found.created_at),
        updated_at=iso(found.updated_at),
    )


ROUTES = [
    create_list,
    list_lists,
    get_list,
    change_list,
    delete_list,
    list_members,
    also_at(list_members, "/lists/{ref:str}/members"),
    add_members,
    also_at(add_members, "/lists/{ref:str}/members"),
    remove_members,
    also_at(remove_members, "/lists/{ref:str}/members"),
]
