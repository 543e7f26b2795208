"""Making and changing contacts as this wire format does: what is left as it is, filled, or replaced."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dripline.api.dialects.sequenzy.notes import not_here
from dripline.api.dialects.sequenzy.people import (
    NAMES,
    WirePerson,
    address_of,
    external_id_of,
    find_person,
    profile_of,
)
from dripline.api.reading.contacts import read_address, read_tags
from dripline.contacts.lists import find_list, lists_of
from dripline.contacts.model import Contact, ContactChanges, SuppressionReason
from dripline.contacts.store import find_contact
from dripline.contacts.tags import tags_of
from dripline.database.work import Tx
from dripline.engine.audience import people
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import ContactId, ListId, WorkspaceId, show

MOST_LISTS = 100

_STRATEGIES = ("skip", "merge", "overwrite")
_CREATED = ("active", "unsubscribed", "bounced")
_CHANGED = (*_CREATED, "complained")
_SUPPRESSED = {"bounced": SuppressionReason.BOUNCED, "complained": SuppressionReason.COMPLAINED}


class WireNewSubscriber(WirePerson, frozen=True, rename="camel", kw_only=True):
    """A contact to make, or to make sure of."""

    status: str = "active"
    tags: list[str] | None = None
    lists: list[str] | None = None
    duplicate_strategy: str = "skip"
    opt_in_mode: str = "default"
    enroll_in_sequences: bool | None = None
    created_at: str | None = None
    timezone: str | None = None


class WireSubscriberChanges(WirePerson, frozen=True, rename="camel", kw_only=True):
    """What to change. Tags and attributes replace those that are there; attributes with `merge` are added to them."""

    status: str | None = None
    tags: list[str] | None = None
    custom_attributes_strategy: str = "replace"
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A contact, and whether they were made, changed, or left as they were."""

    contact: Contact
    created: bool = False
    updated: bool = False
    skipped: bool = False


async def save_subscriber(tx: Tx, workspace: WorkspaceId, data: WireNewSubscriber, *, now: datetime) -> Saved:
    """The contact that is meant: made, or treated as the strategy says.

    Raises:
        Invalid: something in the request cannot be.
        Conflict: the external id is somebody else's.
    """
    _check_new(data)
    address, external_id, tags = address_of(data), external_id_of(data), read_tags(data.tags, "tags")
    lists = await _lists(tx, workspace, data.lists or ())
    # Who is brought over from elsewhere enters nothing, unless it is said.
    enroll = data.enroll_in_sequences if data.enroll_in_sequences is not None else data.created_at is None
    profile = replace(profile_of(data), timezone=data.timezone)
    found = await find_person(tx, workspace, address=address, external_id=external_id)
    if found is not None and data.duplicate_strategy == "skip":
        return Saved(found, skipped=True)
    if found is not None:
        changes = profile if data.duplicate_strategy == "overwrite" else _missing(found, profile)
        contact = await people.change_contact(tx, workspace, found.id, changes, now=now)
    elif address is not None:
        profile = replace(profile, unsubscribed=True if data.status == "unsubscribed" else None)
        contact = await people.create_contact(tx, workspace, address, profile, now=now, enroll=enroll)
        await _suppress(tx, workspace, contact, data.status, now=now)
    else:
        raise Invalid.at("email", "is missing, and nobody has that externalId", found="nothing", expected="an address")
    await people.tag(tx, workspace, [contact.id], tags, now=now, enroll=enroll)
    for each in lists:
        await people.add_to_list(tx, workspace, each, [contact.id], now=now, enroll=enroll)
    contact = await _again(tx, workspace, contact)
    return Saved(contact, created=found is None, updated=found is not None)


async def change_subscriber(
    tx: Tx, workspace: WorkspaceId, contact: Contact, data: WireSubscriberChanges, *, now: datetime
) -> Contact:
    """The contact after a change.

    Raises:
        Invalid: something in the request cannot be.
        Conflict: the external id is somebody else's.
        NotImplementedHere: the address is to be another.
    """
    if data.email is not None and read_address(data.email, "email").key != contact.address.key:
        raise not_here("a way to change the address of a contact")
    _check_word(data.status, "status", _CHANGED)
    _check_word(data.custom_attributes_strategy, "customAttributesStrategy", ("replace", "merge"))
    profile = replace(profile_of(data), timezone=data.timezone, unsubscribed=_WISHES.get(data.status or ""))
    if data.custom_attributes is not None and data.custom_attributes_strategy == "replace":
        gone = {name: None for name in contact.properties if name not in (*NAMES, *data.custom_attributes)}
        profile = replace(profile, properties={**gone, **(profile.properties or {})})
    await people.change_contact(tx, workspace, contact.id, profile, now=now)
    await _suppress(tx, workspace, contact, data.status, now=now)
    if profile.unsubscribed:
        for each in await lists_of(tx, workspace, contact.id):
            await people.remove_from_list(tx, workspace, each.id, [contact.id], now=now)
    if data.tags is not None:
        await _set_tags(tx, workspace, contact.id, read_tags(data.tags, "tags"), now=now)
    return await _again(tx, workspace, contact)


# A complaint is an opt-out too.
_WISHES = {"active": False, "unsubscribed": True, "complained": True}


def _check_new(data: WireNewSubscriber) -> None:
    _check_word(data.status, "status", _CREATED)
    _check_word(data.duplicate_strategy, "duplicateStrategy", _STRATEGIES)
    _check_word(data.opt_in_mode, "optInMode", ("default", "confirmed", "double_opt_in"))
    if data.opt_in_mode == "double_opt_in":
        raise not_here("double opt-in")


def _check_word(word: str | None, path: str, words: Sequence[str]) -> None:
    if word is not None and word not in words:
        raise Invalid.at(path, "is none of the words for it", found=repr(word[:50]), expected=", ".join(words))


async def _lists(tx: Tx, workspace: WorkspaceId, refs: Sequence[str]) -> list[ListId]:
    if len(refs) > MOST_LISTS:
        raise Invalid.at("lists", "are too many", found=str(len(refs)), expected=f"at most {MOST_LISTS}")
    found: list[ListId] = []
    for place, ref in enumerate(refs):
        try:
            found.append((await find_list(tx, workspace, ref)).id)
        except NotFound:
            raise Invalid.at(f"lists[{place}]", "is no list", found=repr(ref[:100]), expected="the id of one") from None
    return found


def _missing(contact: Contact, profile: ContactChanges) -> ContactChanges:
    """What a contact does not have yet."""
    new = {name: value for name, value in (profile.properties or {}).items() if name not in contact.properties}
    return ContactChanges(
        properties=new or None,
        user_id=profile.user_id if contact.user_id is None else None,
        timezone=profile.timezone if contact.timezone is None else None,
    )


async def _suppress(tx: Tx, workspace: WorkspaceId, contact: Contact, status: str | None, *, now: datetime) -> None:
    if status in _SUPPRESSED:
        await people.suppress(tx, workspace, contact.address, _SUPPRESSED[status], "said by a client", now=now)


async def _set_tags(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, wanted: Sequence[str], *, now: datetime
) -> None:
    has = (await tags_of(tx, workspace, [contact]))[contact]
    await people.untag(tx, workspace, [contact], [tag for tag in has if tag not in wanted], now=now)
    await people.tag(tx, workspace, [contact], wanted, now=now)


async def _again(tx: Tx, workspace: WorkspaceId, contact: Contact) -> Contact:
    found = await find_contact(tx, workspace, contact.id)
    if found is None:
        raise NotFound.of("subscriber", show("contact", contact.id))
    return found
