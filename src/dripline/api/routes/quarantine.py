"""What came back and could not be worked, with the reason."""

from uuid import UUID

import msgspec
from litestar import Response, get, post

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, Ref
from dripline.database.hints import Hint
from dripline.delivery.feedback import quarantine
from dripline.delivery.feedback.inbound import MAIL
from dripline.delivery.feedback.quarantine import Quarantined
from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import read, show


class QuarantinedShape(msgspec.Struct, frozen=True, rename="camel"):
    """One thing that could not be worked. `source` is `mail`, `imap` or a provider; `size` is in octets."""

    id: str
    source: str
    reason: str
    size: int
    received_at: str


@get("/feedback/quarantine")
async def list_quarantine(
    caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[QuarantinedShape]:
    """What came back and could not be worked, newest first."""
    before = read_cursor("report", cursor)
    found = await caller.transact(lambda tx: quarantine.list_quarantine(tx, caller.id, limit=limit + 1, before=before))
    return page(found, limit=limit, kind="report", id_of=lambda each: each.id, shape=_shape)


@get("/feedback/quarantine/{ref:str}/raw", media_type="message/rfc822", responses=NOT_FOUND)
async def get_quarantined(ref: Ref, caller: Calling) -> Response[bytes]:
    """One thing that could not be worked, to the byte."""
    identity = _id(ref)
    source, content = await caller.transact(lambda tx: quarantine.quarantined_content(tx, caller.id, identity))
    kind = "message/rfc822" if source in MAIL else "application/octet-stream"
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=kind, headers=headers)


@post("/feedback/quarantine/{ref:str}/retry", status_code=200, responses=NOT_FOUND | CONFLICT)
async def retry_quarantined(ref: Ref, caller: Calling) -> QuarantinedShape:
    """Have one thing worked again, as if it had just come in."""
    identity = _id(ref)
    found = await caller.transact(lambda tx: quarantine.try_again(tx, caller.id, identity, now=real_now()))
    caller.wake_workers(Hint.JOB)
    return _shape(found)


def _id(ref: str) -> UUID:
    identity = read("report", ref)
    if identity is None:
        raise NotFound.of("report", ref)
    return identity


def _shape(each: Quarantined) -> QuarantinedShape:
    return QuarantinedShape(show("report", each.id), each.source, each.reason, each.size, iso(each.received_at))


ROUTES = [list_quarantine, get_quarantined, retry_quarantined]
