"""Who is meant, and what is said about them: by address, or by the id that the client's own product has for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from dripline.api.reading.contacts import read_address
from dripline.contacts.model import Contact, ContactChanges
from dripline.contacts.store import find_contact_by_email, find_contact_by_user_id
from dripline.database.work import Tx
from dripline.engine.audience.people import create_contact
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import WorkspaceId, show
from dripline.kernel.values import Json, check_properties, check_text

LONGEST_EXTERNAL_ID = 256
LONGEST_NAME = 255

# Fields of their own there, properties here.
NAMES = ("firstName", "lastName")


class WirePerson(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Whom a request is about, and what they are made with when there is nobody yet."""

    email: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    custom_attributes: dict[str, Any] | None = None


def address_of(person: WirePerson) -> Address | None:
    """The address in a request, if there is one.

    Raises:
        Invalid: it is none, or the request names nobody.
    """
    if person.email is None and not (person.external_id or "").strip():
        raise Invalid.at("email", "is missing", found="nothing", expected="email or externalId")
    return read_address(person.email, "email") if person.email is not None else None


def external_id_of(person: WirePerson) -> str | None:
    """The client's own id, without spaces around it.

    Raises:
        Invalid: it cannot be kept.
    """
    text = (person.external_id or "").strip()
    return check_text(text, "externalId", longest=LONGEST_EXTERNAL_ID) if text else None


def profile_of(person: WirePerson) -> ContactChanges:
    """What a request says about a person, as changes of a contact.

    Raises:
        Invalid: it cannot be kept.
    """
    named = {"firstName": person.first_name, "lastName": person.last_name}
    for name, value in named.items():
        check_text(value or "", name, longest=LONGEST_NAME)
    attributes: Mapping[str, Json] = check_properties(person.custom_attributes or {}, "customAttributes")
    given = {name: value for name, value in named.items() if value is not None}
    return ContactChanges({**attributes, **given} or None, external_id_of(person))


async def find_person(
    tx: Tx, workspace: WorkspaceId, *, address: Address | None, external_id: str | None
) -> Contact | None:
    """The contact with the client's own id, else the one with the address."""
    found = await find_contact_by_user_id(tx, workspace, external_id) if external_id is not None else None
    if found is None and address is not None:
        found = await find_contact_by_email(tx, workspace, address.key)
    return found


async def make_sure_of(
    tx: Tx, workspace: WorkspaceId, person: WirePerson, *, now: datetime, enroll: bool = True
) -> tuple[Contact, bool]:
    """The contact that is meant, made when there is none, and whether it is new. One that is there stays as it is.

    Raises:
        Invalid: there is none, and without an address there cannot be.
        Conflict: somebody else made it at the same time.
    """
    address = address_of(person)
    found = await find_person(tx, workspace, address=address, external_id=external_id_of(person))
    if found is not None:
        return found, False
    if address is None:
        raise Invalid.at("email", "is missing, and nobody has that externalId", found="nothing", expected="an address")
    return await create_contact(tx, workspace, address, profile_of(person), now=now, enroll=enroll), True


async def find_by_path(tx: Tx, workspace: WorkspaceId, text: str) -> Contact:
    """The contact with an address, as a path has it.

    Raises:
        NotFound: there is none.
    """
    address = read_address(text, "email") if "@" in text else None
    found = await find_contact_by_email(tx, workspace, address.key) if address is not None else None
    if found is None:
        raise NotFound.of("subscriber", text[:320])
    return found


async def find_by_external_id(tx: Tx, workspace: WorkspaceId, external_id: str) -> Contact:
    """The contact with the client's own id.

    Raises:
        NotFound: there is none.
    """
    found = await find_contact_by_user_id(tx, workspace, external_id.strip())
    if found is None:
        raise NotFound.of("subscriber", external_id[:LONGEST_EXTERNAL_ID])
    return found


class WireMember(msgspec.Struct, frozen=True):
    """Who an action was about, and whether they were made by it."""

    id: str
    email: str
    created: bool


class WireSubscriber(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A contact. Names are properties of ours; a suppressed address reads `bounced`."""

    id: str
    email: str
    external_id: str | None
    first_name: str | None
    last_name: str | None
    status: str
    tags: list[str]
    custom_attributes: Mapping[str, Any]
    timezone: str | None
    created_at: str
    updated_at: str
    unsubscribed_at: str | None


def subscriber_fields(contact: Contact, tags: list[str]) -> dict[str, Any]:
    """The fields of a `WireSubscriber`."""
    properties = contact.properties
    return {
        "id": show("contact", contact.id),
        "email": contact.address.text,
        "external_id": contact.user_id,
        "first_name": text_of(properties.get("firstName")),
        "last_name": text_of(properties.get("lastName")),
        "status": status_of(suppressed=contact.suppressed, unsubscribed_at=contact.unsubscribed_at),
        "tags": tags,
        "custom_attributes": {name: value for name, value in properties.items() if name not in NAMES},
        "timezone": contact.timezone,
        "created_at": iso(contact.created_at),
        "updated_at": iso(contact.updated_at),
        "unsubscribed_at": iso(contact.unsubscribed_at) if contact.unsubscribed_at is not None else None,
    }


def status_of(*, suppressed: bool, unsubscribed_at: datetime | None) -> str:
    """Whether somebody can be mailed, in their words."""
    if suppressed:
        return "bounced"
    return "active" if unsubscribed_at is None else "unsubscribed"


def text_of(value: Json) -> str | None:
    """A value where text is promised."""
    return value if isinstance(value, str) else None
