"""Reading contacts: what to change about one, and which one is meant."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from dripline.contacts import store
from dripline.contacts.model import Contact, ContactChanges
from dripline.database.work import Tx
from dripline.kernel.addresses import Address, parse_address
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import ContactId, WorkspaceId, read
from dripline.kernel.tags import LONGEST_TAG, normal_tag
from dripline.kernel.values import Json, check_properties, check_text

MOST_TAGS = 100

Properties = Annotated[dict[str, Any], msgspec.Meta(description="Any JSON object of at most 32 kB and 8 levels.")]


class ContactPatch(msgspec.Struct, frozen=True, rename="camel"):
    """What to change. Properties are merged; null removes one. What is not named, or null, stays.

    `firstName` and `lastName` are the properties of these names, and `metadata` is another word for properties.
    """

    properties: Properties | None = None
    metadata: Properties | None = None
    first_name: str | None = None
    last_name: str | None = None
    user_id: str | None = None
    timezone: str | None = None
    unsubscribed: bool | None = None
    subscribed: bool | None = None
    tracking: bool | None = None


class NewContact(ContactPatch, frozen=True, rename="camel", kw_only=True):
    """A contact to make, or to make sure of."""

    email: str


class ContactBody(ContactPatch, frozen=True, rename="camel"):
    """What to change, and tags to add."""

    tags: list[str] | None = None


class NewContactBody(NewContact, frozen=True, rename="camel", kw_only=True):
    """A contact to make, or to make sure of, and tags to add."""

    tags: list[str] | None = None


async def find_by_ref(tx: Tx, workspace: WorkspaceId, ref: str) -> Contact:
    """The contact that an id or an address names.

    Raises:
        NotFound: there is none.
    """
    contact = None
    if (contact_id := read("contact", ref)) is not None:
        contact = await store.find_contact(tx, workspace, ContactId(contact_id))
    elif "@" in ref:
        contact = await store.find_contact_by_email(tx, workspace, _key(ref))
    if contact is None:
        raise NotFound.of("contact", ref)
    return contact


def read_changes(patch: ContactPatch, path: str = "") -> ContactChanges:
    """The changes that a request asks for. `path` is where they stand in it, with a dot at the end.

    Raises:
        Invalid: it contradicts itself, or its properties cannot be kept.
    """
    wish = patch.unsubscribed
    if patch.subscribed is not None:
        if wish is patch.subscribed:
            raise Invalid.at(f"{path}subscribed", "contradicts unsubscribed", expected="the opposite of unsubscribed")
        wish = not patch.subscribed
    properties = _properties(patch, path)
    return ContactChanges(properties, patch.user_id, patch.timezone, wish, patch.tracking)


def _properties(patch: ContactPatch, path: str) -> Mapping[str, Json] | None:
    """The properties that a request names, by whichever word; None for none."""
    names = {"firstName": patch.first_name, "lastName": patch.last_name}
    own = {name: text for name, text in names.items() if text is not None}
    if patch.properties is None and patch.metadata is None and not own:
        return None
    for word, given in (("metadata", patch.metadata), ("properties", patch.properties)):
        check_properties(given or {}, f"{path}{word}")
    return check_properties({**(patch.metadata or {}), **(patch.properties or {}), **own}, f"{path}properties")


def read_tags(tags: Sequence[str] | None, path: str) -> list[str]:
    """The tags in a request, in their normal form.

    Raises:
        Invalid: one is none, or they are too many.
    """
    tags = tags or ()
    if len(tags) > MOST_TAGS:
        raise Invalid.at(path, "are too many", found=str(len(tags)), expected=f"at most {MOST_TAGS}")
    return [read_tag(text, f"{path}[{place}]") for place, text in enumerate(tags)]


def read_tag(text: str, path: str) -> str:
    """A tag in its normal form.

    Raises:
        Invalid: nothing is left of it, or it is too long.
    """
    tag = normal_tag(check_text(text, path, longest=LONGEST_TAG))
    if not tag:
        raise Invalid.at(path, "is no tag", found=repr(text[:100]), expected="letters, digits, dots or hyphens")
    return tag


def read_address(text: str, path: str) -> Address:
    """The address in a request.

    Raises:
        Invalid: it is none.
    """
    try:
        return parse_address(text)
    except ValueError as error:
        found = repr(text[:100])
        raise Invalid.at(path, f"is no email address: {error}", found=found, expected="an email address") from None


def _key(text: str) -> str:
    try:
        return parse_address(text).key
    except ValueError:
        return text.lower()
