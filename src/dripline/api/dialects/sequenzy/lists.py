"""Lists: made, listed, and filled by address."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from dripline.api.caller import Caller
from dripline.api.dialects.sequenzy.errors import NOT_FOUND
from dripline.api.dialects.sequenzy.looking import count_members, on_list
from dripline.api.dialects.sequenzy.notes import not_here
from dripline.api.parameters import Calling, SlugRef
from dripline.api.reading.contacts import read_address
from dripline.api.reading.lists import read_description, read_list_name
from dripline.contacts import lists
from dripline.contacts.lists import ContactList
from dripline.contacts.model import ContactChanges
from dripline.database.work import Tx
from dripline.engine.audience import people
from dripline.engine.audience.people import Upserted
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Conflict, Invalid
from dripline.kernel.ids import base32, new_uuid, show
from dripline.kernel.slugs import slug_of

MOST_AT_ONCE = 500
MOST_LISTED = 1_000
_LONGEST_STEM = 100
_NOTHING = ContactChanges()


class WireNewList(msgspec.Struct, frozen=True, rename="camel"):
    """A list to make."""

    name: str
    description: str | None = None


class WireList(msgspec.Struct, frozen=True, rename="camel"):
    """A list. `isPrivate`: its members do not see it, and may not leave it by themselves."""

    id: str
    name: str
    description: str | None
    is_private: bool
    allow_member_unsubscribe: bool
    subscriber_count: int
    active_subscriber_count: int
    created_at: str


class WireListMade(msgspec.Struct, frozen=True):
    """A list that was made."""

    success: bool
    list: WireList


class WireLists(msgspec.Struct, frozen=True):
    """All lists."""

    success: bool
    lists: Sequence[WireList]


class WireJoiners(msgspec.Struct, frozen=True, rename="camel"):
    """Whom to put on a list: up to 500 addresses. Sequences begin only where `enrollInSequences` says so."""

    emails: list[str]
    enroll_in_sequences: bool = False
    opt_in_mode: str = "default"
    duplicate_strategy: str = "skip"


class WireJoiner(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one address: `created`, `updated` (it is on the list now), `skipped` or `failed`."""

    email: str
    status: str
    error: str | None = None


class WireJoined(msgspec.Struct, frozen=True, rename="camel"):
    """What came of all addresses."""

    success: bool
    total: int
    processed: int
    created: int
    updated: int
    skipped: int
    added_to_list: int
    failed: int
    duplicate_input_count: int
    ignored_blank_count: int
    results: Sequence[WireJoiner]


@get("/lists")
async def list_wire_lists(caller: Calling) -> WireLists:
    """All lists, oldest first; the first 1,000 of them."""

    async def act(tx: Tx) -> tuple[list[ContactList], dict[UUID, tuple[int, int]]]:
        found = await lists.list_lists(tx, caller.id, search=None, limit=MOST_LISTED, after=None)
        return found, await count_members(tx, caller.id, [each.id for each in found])

    found, counts = await caller.transact(act)
    return WireLists(True, [_shown(each, *counts[each.id]) for each in found])


@post("/lists")
async def create_wire_list(data: JSONBody[WireNewList], caller: Calling) -> WireListMade:
    """Make a list. Names may come twice."""
    name, description = read_list_name(data.name), read_description(data.description)
    made = await caller.transact(lambda tx: _create(tx, caller, name, description))
    return WireListMade(True, _shown(made, 0, 0))


@post("/lists/{ref:str}/subscribers", status_code=200, responses=NOT_FOUND)
async def add_wire_subscribers(ref: SlugRef, data: JSONBody[WireJoiners], caller: Calling) -> WireJoined:
    """Put contacts on a list; unknown addresses become contacts."""
    if data.opt_in_mode == "double_opt_in":
        raise not_here("double opt-in")
    if len(data.emails) > MOST_AT_ONCE:
        raise Invalid.at("emails", "are too many", found=str(len(data.emails)), expected=f"at most {MOST_AT_ONCE}")
    given = [text for text in data.emails if text.strip()]
    addresses, failed = _addresses(given)
    wanted = list(_each_once(addresses).values())

    async def act(tx: Tx) -> tuple[list[WireJoiner], int]:
        found = await lists.find_list(tx, caller.id, ref)
        return await _join(tx, caller, found, wanted, enroll=data.enroll_in_sequences)

    results, added = await caller.transact(act)
    caller.wake_workers()
    results += failed
    counts = {status: sum(each.status == status for each in results) for status in _STATUSES}
    return WireJoined(
        success=True,
        total=len(data.emails),
        processed=len(results),
        **counts,
        added_to_list=added,
        duplicate_input_count=len(addresses) - len(wanted),
        ignored_blank_count=len(data.emails) - len(given),
        results=results,
    )


_STATUSES = ("created", "updated", "skipped", "failed")


async def _join(
    tx: Tx, caller: Caller, found: ContactList, wanted: Sequence[Address], *, enroll: bool
) -> tuple[list[WireJoiner], int]:
    """Put people on a list: what came of each, and how many are on it that were not."""
    everybody = [(address, _NOTHING) for address in wanted]
    upserted = await people.upsert_contacts(tx, caller.id, everybody, now=caller.now(), enroll=enroll)
    present = [each for each in upserted if isinstance(each, Upserted)]
    before = await on_list(tx, caller.id, found.id, [each.contact.id for each in present])
    joined = await people.add_to_list(
        tx, caller.id, found.id, [each.contact.id for each in present], now=caller.now(), enroll=enroll
    )
    results = []
    for address, each in zip(wanted, upserted, strict=True):
        if not isinstance(each, Upserted):
            results.append(WireJoiner(address.text, "failed", each.message))
        elif each.is_new:
            results.append(WireJoiner(address.text, "created"))
        else:
            results.append(WireJoiner(address.text, "skipped" if each.contact.id in before else "updated"))
    return results, joined.added


def _each_once(addresses: Sequence[Address]) -> dict[str, Address]:
    """The addresses by their keys; of one that comes twice the first spelling."""
    found: dict[str, Address] = {}
    for address in addresses:
        found.setdefault(address.key, address)
    return found


def _addresses(texts: Sequence[str]) -> tuple[list[Address], list[WireJoiner]]:
    good: list[Address] = []
    bad: list[WireJoiner] = []
    for place, text in enumerate(texts):
        try:
            good.append(read_address(text, f"emails[{place}]"))
        except Invalid as invalid:
            bad.append(WireJoiner(text[:320], "failed", invalid.message))
    return good, bad


async def _create(tx: Tx, caller: Caller, name: str, description: str | None) -> ContactList:
    stem = slug_of(name, otherwise="list")[:_LONGEST_STEM]
    for slug in (stem, f"{stem}-{base32(new_uuid())}"):
        try:
            return await lists.add_list(tx, caller.id, slug=slug, name=name, description=description, now=caller.now())
        except Conflict:
            continue
    raise AssertionError("an id is taken once")


def _shown(found: ContactList, members: int, active: int) -> WireList:
    return WireList(
        id=show("list", found.id),
        name=found.name,
        description=found.description,
        is_private=not found.is_public,
        allow_member_unsubscribe=found.is_public,
        subscriber_count=members,
        active_subscriber_count=active,
        created_at=iso(found.created_at),
    )


ROUTES = [list_wire_lists, create_wire_list, add_wire_subscribers]
