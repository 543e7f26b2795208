"""Every message with its status, reason and attempts; taken out of the queue, or sent again after a doubt."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import QueryParameter

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, EmailFilter, Limit, Ref
from dripline.api.reading.contacts import find_by_ref, read_address
from dripline.database.work import Tx
from dripline.delivery import sends
from dripline.delivery.outbox import Kind
from dripline.delivery.sends import STATUSES, Message, MessageFilter
from dripline.engine import sending
from dripline.kernel.clock import iso
from dripline.kernel.errors import Invalid, NotFound
from dripline.kernel.ids import MessageId, read, show
from dripline.sequences.store import find as find_sequence
from dripline.templates.store import slugs


class SendShape(msgspec.Struct, frozen=True, rename="camel"):
    """One mail to one person. `sentAt` is the moment of hand-over; a reason is there where one explains the status.

    `kind` (and `source`, the same) is `sequence`, `transactional` or `test`; only mail of a sequence has a step. A test
    to somebody who is no contact has no contact. `resentAs` is the send by which somebody sent it again.
    """

    id: str
    send_id: str
    kind: str
    contact_id: str | None
    to: str | None
    email: str | None
    template_id: str | None
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
    source_id: str | None
    sequence_id: str | None
    sequence: str | None
    step: str | None
    created_at: str
    scheduled_for: str | None
    connection: str | None
    provider_id: str | None
    sent_at: str | None
    settled_at: str | None
    resent_as: str | None


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
    kind: Annotated[str | None, QueryParameter(description="Only `sequence`, `transactional` or `test`.")] = None,
) -> Page[SendShape]:
    """Messages, newest first. A filter that names nothing gives nothing."""
    before = read_cursor("message", cursor)
    for name, word, words in (("status", status, STATUSES), ("kind", kind, frozenset(Kind))):
        if word is not None and word not in words:
            raise Invalid.at(name, f"is no {name}", found=repr(word[:50]), expected=", ".join(sorted(words)))

    async def act(tx: Tx) -> list[Message]:
        try:
            matching = MessageFilter(
                contact_id=await _contact(tx, caller, email, contact_id),
                template_id=await _template(tx, caller, template_id),
                sequence_id=(await find_sequence(tx, caller.id, sequence_id)).id if sequence_id is not None else None,
                status=status,
                kind=kind,
            )
        except NotFound:
            return []
        return await sends.list_sends(tx, caller.id, matching=matching, limit=limit + 1, before=before)

    found = await caller.transact(act)
    return page(found, limit=limit, kind="message", id_of=lambda message: message.id, shape=shape)


@get("/sends/{ref:str}", responses=NOT_FOUND)
async def get_send(ref: Ref, caller: Calling) -> SendShape:
    """One message."""
    message = _message(ref)
    return shape(await caller.transact(lambda tx: sends.find_send(tx, caller.id, message)))


@post("/sends/{ref:str}/cancel", status_code=200, responses=NOT_FOUND | CONFLICT)
async def cancel_send(ref: Ref, caller: Calling) -> SendShape:
    """Take a message out of the queue; 409 when it is settled or is being handed over. A run goes on without it."""
    message = _message(ref)
    cancelled = await caller.transact(lambda tx: sending.cancel_send(tx, caller.id, message, now=caller.now()))
    caller.wake_workers()
    return shape(cancelled)


@post("/sends/{ref:str}/resend", responses=NOT_FOUND | CONFLICT)
async def resend_send(ref: Ref, caller: Calling) -> SendShape:
    """Send a message in doubt again, as a new one: it may arrive twice. 409 when it is not in doubt."""
    message = _message(ref)
    again = await caller.transact(lambda tx: sending.resend(tx, caller.id, message, now=caller.now()))
    caller.wake_workers()
    return shape(again)


def _message(ref: str) -> MessageId:
    message = read("message", ref)
    if message is None:
        raise NotFound.of("send", ref)
    return MessageId(message)


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
    text, sequence = show("message", message.id), _shown("sequence", message.sequence_id)
    to = message.to_address or message.email
    return SendShape(
        id=text,
        send_id=text,
        kind=message.kind,
        contact_id=_shown("contact", message.contact_id),
        to=to,
        email=to,
        template_id=_shown("template", message.template_id),
        template=message.template,
        template_version=message.template_version,
        subject=message.subject,
        sender=message.from_address,
        status=message.status,
        reason=message.reason,
        detail=message.detail,
        attempts=message.attempts,
        next_attempt_at=_time(message.next_attempt_at),
        source=message.kind,
        source_id=sequence,
        sequence_id=sequence,
        sequence=message.sequence,
        step=message.step,
        created_at=iso(message.queued_at),
        scheduled_for=_time(message.scheduled_for),
        connection=message.carrier,
        provider_id=message.provider_id,
        sent_at=_time(message.sent_at),
        settled_at=_time(message.settled_at),
        resent_as=_shown("message", message.resent_as),
    )


def _shown(kind: str, id_: UUID | None) -> str | None:
    return show(kind, id_) if id_ is not None else None


def _time(at: datetime | None) -> str | None:
    return iso(at) if at is not None else None


ROUTES = [list_sends, get_send, cancel_send, resend_send]
