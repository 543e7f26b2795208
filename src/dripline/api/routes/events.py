"""Events: track one, track many, read them back."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter

from dripline.api.answers import NOT_FOUND, answers
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, EmailFilter, IdempotencyKey, Limit
from dripline.api.problem import ErrorShape, shape_of
from dripline.api.reading.contacts import find_by_ref, read_address
from dripline.api.reading.events import MOST_EVENTS, NewEvent, NewEvents, read_event, read_item
from dripline.contacts.store import find_contact_by_email
from dripline.database.work import Tx
from dripline.engine.facts.tracking import IncomingEvent, Tracked
from dripline.events.model import Event
from dripline.events.reading import events_of
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, Refused
from dripline.kernel.ids import show


class EventShape(msgspec.Struct, frozen=True, rename="camel"):
    """An event. `timestamp` is when it happened, `createdAt` when it was recorded."""

    id: str
    event_id: str
    event: str
    name: str
    contact_id: str
    email: str | None
    properties: Mapping[str, Any]
    timestamp: str
    created_at: str


class TrackedShape(EventShape, frozen=True, rename="camel"):
    """An event that is committed. `duplicate`: it was so before."""

    duplicate: bool


class VerdictShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one event of a batch: `accepted`, `duplicate` or `rejected`."""

    status: str
    id: str | None = None
    error: ErrorShape | None = None


class BatchShape(msgspec.Struct, frozen=True):
    """One verdict for each event, in their order."""

    results: Sequence[VerdictShape]
    accepted: int
    rejected: int


@post("/events", responses=NOT_FOUND | answers((200, TrackedShape, "A repeat: nothing new was recorded.")))
async def track_event(
    data: JSONBody[NewEvent], caller: Calling, idempotency_key: IdempotencyKey = None
) -> Response[TrackedShape]:
    """Track an event (201); 200 when it is a repeat. An unknown address becomes a contact."""
    event = read_event(data, idempotency_key=idempotency_key)
    tracked = await caller.services.ingest.track(caller.workspace, event)
    return Response(_tracked(tracked), status_code=200 if tracked.duplicate else 201)


@post("/events/batch", status_code=200, responses=answers((207, BatchShape, "Some were refused.")))
async def track_events(data: JSONBody[NewEvents], caller: Calling) -> Response[BatchShape]:
    """Track up to 1,000 events, each by itself: 200, or 207 when some were refused."""
    if len(data.events) > MOST_EVENTS:
        raise Invalid.at("events", "are too many", found=str(len(data.events)), expected=f"at most {MOST_EVENTS}")
    read = [_read(value, place) for place, value in enumerate(data.events)]
    good = [event for event in read if isinstance(event, IncomingEvent)]
    answers = iter(await caller.services.ingest.track_many(caller.workspace, good) if good else [])
    verdicts = [_verdict(next(answers) if isinstance(event, IncomingEvent) else event) for event in read]
    rejected = sum(verdict.error is not None for verdict in verdicts)
    body = BatchShape(verdicts, len(verdicts) - rejected, rejected)
    return Response(body, status_code=207 if rejected else 200)


@get("/events", responses=NOT_FOUND)
async def list_events(
    caller: Calling,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    email: EmailFilter = None,
    contact_id: Annotated[str | None, QueryParameter(name="contactId", description="Only of this contact.")] = None,
    event: Annotated[str | None, QueryParameter(max_length=200, description="Only of this name.")] = None,
    name: Annotated[str | None, QueryParameter(max_length=200, description="The same as `event`.")] = None,
) -> Page[EventShape]:
    """Events, newest first: of all contacts, or of one."""
    before = read_cursor("event", cursor)

    async def act(tx: Tx) -> list[tuple[Event, str | None]]:
        contact = None
        if email is not None or contact_id is not None:
            contact = await _contact(tx, caller, email, contact_id)
            if contact is None:
                return []
        wanted = event if event is not None else name
        return await events_of(tx, caller.id, contact_id=contact, name=wanted, limit=limit + 1, before=before)

    found = await caller.transact(act)
    return page(found, limit=limit, kind="event", id_of=lambda row: row[0].id, shape=lambda row: shape(*row))


async def _contact(tx: Tx, caller: Calling, email: str | None, contact_id: str | None) -> UUID | None:
    if contact_id is not None:
        return (await find_by_ref(tx, caller.id, contact_id)).id
    assert email is not None
    contact = await find_contact_by_email(tx, caller.id, read_address(email, "email").key)
    return contact.id if contact else None


def shape(event: Event, email: str | None) -> EventShape:
    """An event as the API writes it."""
    return EventShape(*_fields(event, email))


def _tracked(tracked: Tracked) -> TrackedShape:
    return TrackedShape(*_fields(tracked.event, tracked.email), tracked.duplicate)


def _fields(event: Event, email: str | None) -> tuple[str, str, str, str, str, str | None, Mapping[str, Any], str, str]:
    text = show("event", event.id)
    contact = show("contact", event.contact_id)
    times = iso(event.occurred_at), iso(event.recorded_at)
    return text, text, event.name, event.name, contact, email, event.properties, *times


def _read(value: Any, place: int) -> IncomingEvent | Refused:
    try:
        return read_item(value, place)
    except Refused as refused:
        return refused


def _verdict(answer: Tracked | Refused | IncomingEvent) -> VerdictShape:
    match answer:
        case Tracked():
            return VerdictShape("duplicate" if answer.duplicate else "accepted", id=show("event", answer.event.id))
        case Refused():
            return VerdictShape("rejected", error=shape_of(answer))
        case IncomingEvent():
            raise AssertionError("an event that was read has an answer")


ROUTES = [track_event, track_events, list_events]
