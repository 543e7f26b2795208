"""What is known of one contact: mail, sequences, segments, and the timeline; and taking them off all mail."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec
from litestar import get, post

from dripline.api.aliases import also_at
from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page, page, page_by, read_cursor, read_place, write_place
from dripline.api.parameters import DEFAULT_LIMIT, Calling, ContactRef, Cursor, Limit
from dripline.api.reading.contacts import find_by_ref
from dripline.api.routes import enrollments, sends
from dripline.api.routes.contacts import ContactShape, Tagged, shape, with_tags
from dripline.api.routes.enrollments import EnrollmentShape
from dripline.api.routes.sends import SendShape
from dripline.contacts.changes import KeptChange
from dripline.database.work import Tx
from dripline.delivery.sends import Message, MessageFilter, Sent, list_sends
from dripline.engine import people
from dripline.engine.timeline import END, Item, Kind, Place, timeline
from dripline.events.model import Event
from dripline.kernel.clock import iso
from dripline.kernel.ids import show
from dripline.segments.company import Membership, segments_of
from dripline.sequences.enrollments.history import Run, Walked, runs_of_contact


class RunShape(EnrollmentShape, frozen=True, rename="camel"):
    """An enrollment with slug and name of its sequence."""

    sequence: str
    sequence_name: str


class MembershipShape(msgspec.Struct, frozen=True, rename="camel"):
    """A segment that a contact is in, and since when."""

    id: str
    segment_id: str
    slug: str
    name: str
    since: str


class EventItem(msgspec.Struct, frozen=True, rename="camel"):
    """An event, at the time when it happened."""

    at: str
    kind: Literal["event"]
    id: str
    event: str
    name: str
    properties: Mapping[str, Any]
    created_at: str


class StepItem(msgspec.Struct, frozen=True, rename="camel"):
    """An arrival at a step and what came of it. Beginning (`enroll`) and end (`end`) of a run have no step."""

    at: str
    kind: Literal["step"]
    id: str
    sequence: str
    sequence_id: str
    enrollment_id: str
    step: str | None
    action: str
    outcome: str
    reason: str | None
    detail: str | None


class MessageItem(msgspec.Struct, frozen=True, rename="camel"):
    """A message, at the time when it was asked for, with the status that it has by now.

    `source` is `sequence`, `transactional` or `test`; only mail of a sequence has a sequence and a step.
    """

    at: str
    kind: Literal["message"]
    id: str
    subject: str | None
    template: str | None
    status: str
    reason: str | None
    detail: str | None
    sequence: str | None
    sequence_id: str | None
    step: str | None
    source: str
    sent_at: str | None


class ChangeItem(msgspec.Struct, frozen=True, rename="camel"):
    """A change of the contact."""

    at: str
    kind: Literal["change"]
    id: str
    what: str
    detail: Mapping[str, Any]


TimelineItem = EventItem | StepItem | MessageItem | ChangeItem


@get("/contacts/{ref:str}/sends", responses=NOT_FOUND)
async def list_contact_sends(
    ref: ContactRef, caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[SendShape]:
    """The messages to a contact, newest first."""
    before = read_cursor("message", cursor)

    async def act(tx: Tx) -> list[Message]:
        matching = MessageFilter(contact_id=(await find_by_ref(tx, caller.id, ref)).id)
        return await list_sends(tx, caller.id, matching=matching, limit=limit + 1, before=before)

    found = await caller.transact(act)
    return page(found, limit=limit, kind="message", id_of=lambda message: message.id, shape=sends.shape)


@get("/contacts/{ref:str}/sequences", responses=NOT_FOUND)
async def list_contact_sequences(
    ref: ContactRef, caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[RunShape]:
    """The enrollments of a contact, newest first."""
    before = read_cursor("enrollment", cursor)

    async def act(tx: Tx) -> list[Run]:
        contact = await find_by_ref(tx, caller.id, ref)
        return await runs_of_contact(tx, caller.id, contact.id, limit=limit + 1, before=before)

    found = await caller.transact(act)
    return page(found, limit=limit, kind="enrollment", id_of=lambda run: run.enrollment.id, shape=_run)


@get("/contacts/{ref:str}/segments", responses=NOT_FOUND)
async def list_contact_segments(
    ref: ContactRef, caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[MembershipShape]:
    """The segments that a contact is in, oldest segments first."""
    after = read_cursor("segment", cursor)

    async def act(tx: Tx) -> list[Membership]:
        contact = await find_by_ref(tx, caller.id, ref)
        return await segments_of(tx, caller.id, contact.id, limit=limit + 1, after=after)

    found = await caller.transact(act)
    return page(found, limit=limit, kind="segment", id_of=lambda each: each.id, shape=_membership)


@get("/contacts/{ref:str}/timeline", responses=NOT_FOUND)
async def get_timeline(
    ref: ContactRef, caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[TimelineItem]:
    """What happened to a contact, newest first: events, steps, messages, changes."""
    behind = read_place(_Behind, cursor)

    async def act(tx: Tx) -> Sequence[Item]:
        contact = await find_by_ref(tx, caller.id, ref)
        return await timeline(tx, caller.id, contact, before=behind.place() if behind else END, limit=limit + 1)

    found = await caller.transact(act)
    return page_by(found, limit=limit, cursor_of=lambda item: write_place(_Behind.at(item.place)), shape=_item)


@post("/contacts/{ref:str}/unsubscribe", status_code=200, responses=NOT_FOUND)
async def unsubscribe_contact(ref: ContactRef, caller: Calling) -> ContactShape:
    """Opt a contact out, which ends every run at once. May be repeated."""

    async def act(tx: Tx) -> Tagged:
        contact = await find_by_ref(tx, caller.id, ref)
        return await with_tags(tx, caller.id, await people.opt_out(tx, caller.id, contact.id, now=caller.now()))

    return shape(*await caller.transact(act))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# From the year 1 to the year 9999.
_Time = Annotated[int, msgspec.Meta(ge=-62_135_596_800_000_000, le=253_402_214_400_000_000)]


class _Behind(msgspec.Struct, frozen=True):
    """The place of an item, as a cursor keeps it."""

    time: _Time
    kind: Kind
    id: UUID
    number: Annotated[int, msgspec.Meta(ge=-1, le=(1 << 31) - 1)]

    @classmethod
    def at(cls, place: Place) -> "_Behind":
        return cls((place.at - _EPOCH) // _MICROSECOND, place.kind, place.id, place.number)

    def place(self) -> Place:
        return Place(_EPOCH + self.time * _MICROSECOND, self.kind, self.id, self.number)


def _run(run: Run) -> RunShape:
    shown = msgspec.structs.asdict(enrollments.shape(run.enrollment))
    return RunShape(**shown, sequence=run.sequence, sequence_name=run.name)


def _membership(found: Membership) -> MembershipShape:
    text = show("segment", found.id)
    return MembershipShape(text, text, found.slug, found.name, iso(found.since))


def _item(item: Item) -> TimelineItem:
    at = iso(item.place.at)
    match item.what:
        case Event() as event:
            created = iso(event.recorded_at)
            return EventItem(at, "event", show("event", event.id), event.name, event.name, event.properties, created)
        case Walked() as walked:
            return _step(walked, at)
        case Sent() as sent:
            return _message(sent, at)
        case KeptChange() as change:
            return ChangeItem(at, "change", show("change", change.id), change.what, change.detail)
        case unreachable:
            assert_never(unreachable)


def _step(walked: Walked, at: str) -> StepItem:
    enrollment = show("enrollment", walked.id)
    return StepItem(
        at=at,
        kind="step",
        id=f"{enrollment}:{walked.number}" if walked.step is not None else f"{enrollment}:{walked.action}",
        sequence=walked.sequence,
        sequence_id=show("sequence", walked.sequence_id),
        enrollment_id=enrollment,
        step=walked.step,
        action=walked.action,
        outcome=walked.outcome,
        reason=walked.reason,
        detail=walked.detail,
    )


def _message(sent: Sent, at: str) -> MessageItem:
    return MessageItem(
        at=at,
        kind="message",
        id=show("message", sent.id),
        subject=sent.subject,
        template=sent.template,
        status=sent.status,
        reason=sent.reason,
        detail=sent.detail,
        sequence=sent.sequence,
        sequence_id=show("sequence", sent.sequence_id) if sent.sequence_id is not None else None,
        step=sent.step,
        source=sent.kind,
        sent_at=iso(sent.sent_at) if sent.sent_at is not None else None,
    )


ROUTES = [
    list_contact_sends,
    list_contact_sequences,
    also_at(list_contact_sequences, "/contacts/{ref:str}/enrolments", "/contacts/{ref:str}/enrollments"),
    list_contact_segments,
    get_timeline,
    unsubscribe_contact,
]
