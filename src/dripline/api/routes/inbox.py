"""Caught mail: what a test workspace would have sent."""

from collections.abc import Mapping

import msgspec
from litestar import Response, delete, get

from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, EmailFilter, Limit, Ref
from dripline.api.reading.contacts import read_address
from dripline.delivery import inbox
from dripline.delivery.inbox import CaughtMail
from dripline.kernel.clock import iso
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import read, show


class MailShape(msgspec.Struct, frozen=True, rename="camel"):
    """A caught mail. `sentAt` is in the workspace's time; only mail of a sequence has a sequence and a step."""

    id: str
    to: str
    sender: str = msgspec.field(name="from")
    subject: str
    html: str | None
    text: str | None
    headers: Mapping[str, str]
    message_id: str
    kind: str
    sequence: str | None
    step: str | None
    sent_at: str


@get("/inbox")
async def list_mail(
    caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, email: EmailFilter = None
) -> Page[MailShape]:
    """Caught mail, newest first."""
    before = read_cursor("inbox", cursor)
    key = read_address(email, "email").key if email is not None else None
    found = await caller.transact(
        lambda tx: inbox.list_inbox(tx, caller.id, email_key=key, limit=limit + 1, before=before)
    )
    return page(found, limit=limit, kind="inbox", id_of=lambda mail: mail.id, shape=_shape)


@get("/inbox/{ref:str}/raw", media_type="message/rfc822", responses=NOT_FOUND)
async def get_raw_mail(ref: Ref, caller: Calling) -> Response[bytes]:
    """One caught mail to the byte, as a server would have got it."""
    mail = read("inbox", ref)
    if mail is None:
        raise NotFound.of("caught mail", ref)
    content = await caller.transact(lambda tx: inbox.raw_mail(tx, caller.id, mail))
    return Response(content, media_type="message/rfc822")


@delete("/inbox")
async def clear_mail(caller: Calling) -> None:
    """Throw all caught mail away."""
    await caller.transact(lambda tx: inbox.clear_inbox(tx, caller.id))


def _shape(mail: CaughtMail) -> MailShape:
    return MailShape(
        id=show("inbox", mail.id),
        to=mail.to,
        sender=mail.sender,
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        headers=mail.headers,
        message_id=mail.message_id,
        kind=mail.kind,
        sequence=mail.sequence,
        step=mail.step,
        sent_at=iso(mail.sent_at),
    )


ROUTES = [list_mail, get_raw_mail, clear_mail]
