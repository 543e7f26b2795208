"""Reading events: every way in which clients write them becomes one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from dripline.api.decoding import read_value
from dripline.api.reading.contacts import ContactPatch, read_address, read_changes
from dripline.contacts.model import ContactChanges
from dripline.engine.facts.tracking import IncomingEvent
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import ContactId, read
from dripline.kernel.values import Json, check_properties, check_text

LONGEST_NAME = 200
LONGEST_KEY = 256
MOST_EVENTS = 1_000

Time = Annotated[datetime, msgspec.Meta(tz=True, description="ISO 8601 with a zone. Without one it is now.")]


class NewEvent(msgspec.Struct, frozen=True, rename="camel"):
    """Something that happened to a contact: named by `email` (made when there is none), `contactId` or `userId`."""

    event: str | None = None
    name: str | None = None
    email: str | None = None
    contact_id: str | None = None
    user_id: str | None = None
    properties: dict[str, Any] | None = None
    timestamp: Time | None = None
    id: str | None = None
    event_id: str | None = None
    contact: dict[str, Any] | None = None


class NewEvents(msgspec.Struct, frozen=True):
    """Up to 1,000 events. Each is judged by itself."""

    events: list[Any]


def read_event(event: NewEvent, *, idempotency_key: str | None = None, path: str = "") -> IncomingEvent:
    """The event that a request holds. `path` is where it stands in the request, with a dot at the end.

    Raises:
        Invalid: it cannot be kept; names the field.
        NotFound: its contact id is none.
    """
    address, contact_id, user_id = _who(event, path)
    properties: Mapping[str, Json] = check_properties(event.properties or {}, f"{path}properties")
    return IncomingEvent(
        name=_name(event, path),
        properties=properties,
        address=read_address(address, f"{path}email") if address is not None else None,
        contact_id=contact_id,
        user_id=user_id,
        timestamp=in_utc(event.timestamp, f"{path}timestamp") if event.timestamp is not None else None,
        key=_key(event, idempotency_key, path),
        contact=_changes(event.contact, f"{path}contact"),
    )


def read_item(value: Json, place: int) -> IncomingEvent:
    """The event at a place in a batch.

    Raises:
        Refused: it cannot be read; names the field.
    """
    path = f"events[{place}]"
    return read_event(read_value(value, NewEvent, path), path=f"{path}.")


def _name(event: NewEvent, path: str) -> str:
    if event.event is not None and event.name is not None and event.event != event.name:
        raise Invalid.at(f"{path}name", "contradicts event", found=repr(event.name[:100]), expected="one of the two")
    name = event.event if event.event is not None else event.name
    if name is None:
        raise Invalid.at(f"{path}event", "is missing", found="nothing", expected="the name of the event")
    return check_name(name, f"{path}event")


def check_name(name: str, path: str) -> str:
    """The name itself, when an event of a client may have it.

    Raises:
        Invalid: it is empty, too long, or one of ours.
    """
    if not name.strip():
        raise Invalid.at(path, "is empty", found=repr(name[:100]), expected="the name of the event")
    if name.startswith("email."):
        expected = "a name that does not begin with email."
        raise Invalid.at(path, "is a name of ours", found=repr(name[:100]), expected=expected)
    return check_text(name, path, longest=LONGEST_NAME)


def _who(event: NewEvent, path: str) -> tuple[str | None, ContactId | None, str | None]:
    """Address, contact id, user id: the most exact one that was given, and nothing for the others."""
    if event.contact_id is not None:
        contact = read("contact", event.contact_id)
        if contact is None:
            raise NotFound.of("contact", event.contact_id[:100])
        return None, ContactId(contact), None
    if event.email is not None:
        return event.email, None, None
    if event.user_id is not None:
        return None, None, check_text(event.user_id, f"{path}userId", longest=256)
    raise Invalid.at(f"{path}email", "is missing", found="nothing", expected="email, contactId or userId")


def in_utc(at: datetime, path: str) -> datetime:
    """The same moment in UTC.

    Raises:
        Invalid: it lies outside the calendar.
    """
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise Invalid.at(path, "lies outside the calendar", expected="a year from 1 to 9999") from None


def _key(event: NewEvent, header: str | None, path: str) -> str | None:
    key = event.id or event.event_id or header
    return check_text(key, f"{path}id", longest=LONGEST_KEY) if key else None


_KEYS = {"properties", "userId", "timezone"}


def _changes(contact: Mapping[str, Any] | None, path: str) -> ContactChanges | None:
    """Changes to the contact: `{"properties": …, "userId", "timezone"}`, or the properties themselves."""
    if not contact:
        return None
    if isinstance(contact.get("properties"), Mapping) or contact.keys() <= _KEYS:
        if unknown := contact.keys() - _KEYS:
            raise Invalid.at(f"{path}.{min(unknown)}", "is no field of this", expected=", ".join(sorted(_KEYS)))
        return read_changes(read_value(dict(contact), ContactPatch, path), f"{path}.")
    check_properties(contact, path)
    return ContactChanges(properties=contact)
