"""Every message with its status, reason and attempts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import QueryParameter

from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, EmailFilter, Limit, Ref
from dripline.api.reading.contacts import find_by_ref, read_address
from dripline.database.work import Tx
from dripline.delivery import sends
from dripline.delivery.sends import STATUSES, Message, MessageFilter
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import read, show
from dripline.sequences.store import find as find_sequence
from dripline.templates.store import slugs


class SendShape(msgspec.Struct, frozen=True, rename="camel"):
    """One mail to one contact. `sentAt` is the moment of hand-over; a reason is there where one explains the status."""

    id: str
    send_id: str
    contact_id: str
    email: str | None
    template_id: str
    template: str | None
    template_version: int | None
    subject: str | None
    sender: str | None = msgspec.field(name="from")
    status: str
    reason: str | None
    detail: str | None
    attempts: int
    next_attempt_at: str | None
    source: str
    source_id: str
    sequence_id: str
    sequence: str | None
    step: str
    created_at: str
    sent_at: str | None
    settled_at: str | None


@get("/sends")
async def list_sends(
    caller: Calling,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    email: EmailFilter = None,
    contact_id: Annotated[str | None, QueryParameter(name="contactId", description="Only to this contact.")] = None,
    template_id: Annotated[str | None, QueryParameter(name="templateId", description="Id or slug.")] = None,
    sequence_id: Annotated[str | None, QueryParameter(name="sequenceId", description="Id or slug.")] = None,
    status: Annotated[str | None, QueryParameter(description="Only of this status.")] = None,
) -> Page[SendShape]:
    """Messages, newest first. A filter that names nothing gives nothing."""
    before = read_cursor("message", cursor)
    if status is not None and status not in STATUSES:
        raise Invalid.at("status", "is none", found=repr(status[:50]), expected=", ".join(sorted(STATUSES)))

    async def act(tx: Tx) -> list[Message]:
        try:
            matching = MessageFilter(
                contact_id=await _contact(tx, caller, email, contact_id),
                template_id=await _template(tx, caller, template_id),
                sequence_id=(await find_sequence(tx, caller.id, sequence_id)).id if sequence_id is not None else None,
                status=status,
            )
        except NotFound:
            return []
        return await sends.list_sends(tx, caller.id, matching=matching, limit=limit + 1, before=before)

    found = await caller.transact(act)
    return page(found, limit=limit, kind="message", id_of=lambda message: message.id, shape=shape)


@get("/sends/{ref:str}", responses=NOT_FOUND)
async def get_send(ref: Ref, caller: Calling) -> SendShape:
    """One message."""
    message = read("message", ref)
    if message is None:
        raise NotFound.of("send", ref)
    return shape(await caller.transact(lambda tx: sends.find_send(tx, caller.id, message)))


async def _contact(tx: Tx, caller: Calling, email: str | None, contact_id: str | None) -> UUID | None:
    if contact_id is not None:
        return (await find_by_ref(tx, caller.id, contact_id)).id
    if email is not None:
        return (await find_by_ref(tx, caller.id, read_address(email, "email").key)).id
    return None


async def _template(tx: Tx, caller: Calling, ref: str | None) -> UUID | None:
    if ref is None:
        return None
    found = await slugs(tx, caller.id, [ref])
    if ref not in found:
        raise NotFound.of("template", ref)
    return found[ref]


def shape(message: Message) -> SendShape:
    """A message as the API writes it."""
    text, sequence = show("message", message.id), show("sequence", message.sequence_id)
    return SendShape(
        id=text,
        send_id=text,
        contact_id=show("contact", message.contact_id),
        email=message.to_address or message.email,
        template_id=show("template", message.template_id),
        template=message.template,
        template_version=message.template_version,
        subject=message.subject,
        sender=message.from_address,
        status=message.status,
        reason=message.reason,
        detail=message.detail,
        attempts=message.attempts,
        next_attempt_at=_time(message.next_attempt_at),
        source="sequence",
        source_id=sequence,
        sequence_id=sequence,
        sequence=message.sequence,
        step=message.step,
        created_at=iso(message.queued_at),
        sent_at=_time(message.sent_at),
        settled_at=_time(message.settled_at),
    )


def _time(at: datetime | None) -> str | None:
    return iso(at) if at is not None else None


ROUTES = [list_sends, get_send]
