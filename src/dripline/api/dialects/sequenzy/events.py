"""Events: recorded, and reacted to; history when they are older than an hour."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, post
from litestar.params import JSONBody

from dripline.api.answers import answers
from dripline.api.caller import Caller
from dripline.api.dialects.sequenzy.looking import new_event_names
from dripline.api.dialects.sequenzy.people import (
    WireMember,
    WirePerson,
    address_of,
    external_id_of,
    find_person,
    profile_of,
)
from dripline.api.parameters import Calling
from dripline.api.problem import shape_of
from dripline.api.reading.events import check_name, in_utc
from dripline.contacts.model import Contact
from dripline.database.work import Tx
from dripline.engine.facts.tracking import IncomingEvent, Tracked
from dripline.events.model import FUTURE_TOLERATED
from dripline.kernel.addresses import Address
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, Refused
from dripline.kernel.ids import show
from dripline.kernel.values import check_properties, check_text

MOST_EVENTS = 500
LONGEST_KEY = 256
OLDEST = timedelta(days=5 * 365)

Time = Annotated[datetime, msgspec.Meta(tz=True, description="ISO 8601 with a zone. Without one it is now.")]


class WireNamedEvent(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One of several events of one contact."""

    name: str
    properties: dict[str, Any] | None = None
    event_id: str | None = None
    occurred_at: Time | None = None


class WireEvent(WirePerson, frozen=True, rename="camel", kw_only=True):
    """Something that happened to a contact. Names and attributes are for the making of one."""

    event: str
    properties: dict[str, Any] | None = None
    event_id: str | None = None
    occurred_at: Time | None = None
    account: Any = None


class WireEvents(WirePerson, frozen=True, rename="camel", kw_only=True):
    """What happened to one contact: up to 500 events, each judged by itself."""

    events: list[WireNamedEvent]


class WireRecorded(msgspec.Struct, frozen=True, rename="camel"):
    """An event as it was recorded. `definitionCreated`: none of that name had been before."""

    id: str
    name: str
    definition_created: bool


class WireTracked(msgspec.Struct, frozen=True, rename="camel"):
    """An event that is recorded. `historical`: it is too old to have started anything."""

    success: bool
    subscriber: WireMember
    event: WireRecorded
    duplicate: bool
    historical: bool
    account_ignored: bool


class WireVerdict(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What came of one of several events; with `error` it was not recorded."""

    name: str
    id: str | None = None
    definition_created: bool = False
    duplicate: bool = False
    historical: bool = False
    error: str | None = None


class WireTrackedMany(msgspec.Struct, frozen=True):
    """One verdict for each event, in their order."""

    success: bool
    subscriber: WireMember | None
    events: Sequence[WireVerdict]


@dataclass(frozen=True, slots=True)
class _Before:
    """Whom events are about, None for nobody yet, and which of their names are new."""

    contact: Contact | None
    new_names: frozenset[str]


@post("/subscribers/events", responses=answers((200, WireTracked, "A repeat: nothing new was recorded.")))
async def track_wire_event(data: JSONBody[WireEvent], caller: Calling) -> Response[WireTracked]:
    """Record an event (201); 200 when it is a repeat. An unknown address becomes a contact."""
    one = WireNamedEvent(
        name=data.event, properties=data.properties, event_id=data.event_id, occurred_at=data.occurred_at
    )
    before = await _look(caller, data, [one])
    tracked = await caller.services.ingest.track(caller.workspace, _incoming(data, one, before, caller, "event"))
    answer = WireTracked(
        success=True,
        subscriber=_member(tracked, before),
        event=WireRecorded(show("event", tracked.event.id), data.event, data.event in before.new_names),
        duplicate=tracked.duplicate,
        historical=not tracked.event.starts_something,
        account_ignored=data.account is not None,
    )
    return Response(answer, status_code=200 if tracked.duplicate else 201)


@post("/subscribers/events/bulk", status_code=200)
async def track_wire_events(data: JSONBody[WireEvents], caller: Calling) -> WireTrackedMany:
    """Record events of one contact, each by itself."""
    if not data.events:
        raise Invalid.at("events", "are none", found="an empty list", expected="at least one event")
    if len(data.events) > MOST_EVENTS:
        raise Invalid.at("events", "are too many", found=str(len(data.events)), expected=f"at most {MOST_EVENTS}")
    before = await _look(caller, data, data.events)
    incoming = [_incoming(data, one, before, caller, f"events[{place}].name") for place, one in enumerate(data.events)]
    outcomes = await caller.services.ingest.track_many(caller.workspace, incoming)
    tracked = next((outcome for outcome in outcomes if isinstance(outcome, Tracked)), None)
    new_names = set(before.new_names)
    verdicts = [_verdict(one, outcome, new_names) for one, outcome in zip(data.events, outcomes, strict=True)]
    return WireTrackedMany(True, _member(tracked, before) if tracked is not None else None, verdicts)


async def _look(caller: Caller, person: WirePerson, events: Sequence[WireNamedEvent]) -> _Before:
    """Whom the events are about, before they are recorded."""
    address, external_id = address_of(person), external_id_of(person)
    names = {each.name for each in events}

    async def act(tx: Tx) -> _Before:
        contact = await find_person(tx, caller.id, address=address, external_id=external_id)
        return _Before(contact, frozenset(await new_event_names(tx, caller.id, names)))

    before = await caller.transact(act)
    if before.contact is None and address is None:
        raise Invalid.at("email", "is missing, and nobody has that externalId", found="nothing", expected="an address")
    return before


def _incoming(person: WirePerson, event: WireNamedEvent, before: _Before, caller: Caller, path: str) -> IncomingEvent:
    """An event as we track it; `path` is where its name stands."""
    place = path.rpartition(".")[0]
    inner = f"{place}." if place else ""
    contact, address = before.contact, address_of(person)
    known_as = contact.address if contact is not None else address
    assert known_as is not None
    return IncomingEvent(
        name=check_name(event.name, path),
        properties=check_properties(event.properties or {}, f"{inner}properties"),
        address=address if contact is None else None,
        contact_id=contact.id if contact is not None else None,
        timestamp=_moment(event.occurred_at, caller, f"{inner}occurredAt"),
        key=_key(event, known_as, f"{inner}eventId"),
        contact=profile_of(person) if contact is None else None,
    )


def _moment(at: datetime | None, caller: Caller, path: str) -> datetime | None:
    if at is None:
        return None
    moment, now = in_utc(at, path), caller.now()
    if moment > now + FUTURE_TOLERATED:
        raise Invalid.at(path, "lies in the future", found=iso(moment), expected=f"at most 5 minutes after {iso(now)}")
    if moment < now - OLDEST:
        raise Invalid.at(path, "is older than five years", found=iso(moment), expected=f"after {iso(now - OLDEST)}")
    return moment


def _key(event: WireNamedEvent, address: Address, path: str) -> str | None:
    """An id counts once for each contact and name: the key is made of all three."""
    if not event.event_id:
        return None
    check_text(event.event_id, path, longest=LONGEST_KEY)
    return hashlib.sha256(msgspec.json.encode([event.name, address.key, event.event_id])).hexdigest()


def _member(tracked: Tracked, before: _Before) -> WireMember:
    return WireMember(show("contact", tracked.event.contact_id), tracked.email, before.contact is None)


def _verdict(event: WireNamedEvent, outcome: Tracked | Refused, new_names: set[str]) -> WireVerdict:
    if isinstance(outcome, Refused):
        return WireVerdict(event.name, error=shape_of(outcome).message)
    is_new = event.name in new_names
    new_names.discard(event.name)
    return WireVerdict(
        name=event.name,
        id=show("event", outcome.event.id),
        definition_created=is_new,
        duplicate=outcome.duplicate,
        historical=not outcome.event.starts_something,
    )


ROUTES = [track_wire_event, track_wire_events]
