"""What is known of one contact: mail, sequences, segments, and the timeline; and taking them off all mail."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
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
from dripline.api.shapes.timeline import TimelineItem, item_of
from dripline.database.work import Tx
from dripline.delivery.sends import Message, MessageFilter, list_sends
from dripline.engine.audience import people
from dripline.engine.insight.timeline import END, Item, Kind, Place, timeline
from dripline.kernel.clock import iso
from dripline.kernel.ids import show
from dripline.segments.company import Membership, segments_of
from dripline.sequences.enrollments.history import Run, runs_of_contact


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
    """What happened to a contact, newest first: events, steps, messages, effects, changes."""
    behind = read_place(_Behind, cursor)

    async def act(tx: Tx) -> Sequence[Item]:
        contact = await find_by_ref(tx, caller.id, ref)
        return await timeline(tx, caller.id, contact, before=behind.place() if behind else END, limit=limit + 1)

    found = await caller.transact(act)
    return page_by(found, limit=limit, cursor_of=lambda item: write_place(_Behind.at(item.place)), shape=item_of)


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


ROUTES = [
    list_contact_sends,
    list_contact_sequences,
    also_at(list_contact_sequences, "/contacts/{ref:str}/enrolments", "/contacts/{ref:str}/enrollments"),
    list_contact_segments,
    get_timeline,
    unsubscribe_contact,
]
