"""Sending one mail: a transactional one, or a test of a template."""

import asyncio
from typing import Any

import msgspec
from litestar import Response, post
from litestar.params import JSONBody

from dripline.api.answers import NOT_FOUND, UNPROCESSABLE, answers
from dripline.api.parameters import Calling, IdempotencyKey, SlugRef
from dripline.api.reading.contacts import find_by_ref, read_address
from dripline.api.reading.events import LONGEST_KEY, Time, in_utc
from dripline.api.reading.sequences import read_snapshot
from dripline.api.routes import sends
from dripline.api.routes.sends import SendShape
from dripline.api.routes.templates import find_template
from dripline.api.routes.tracking import TrackingPatch
from dripline.contacts.model import Contact
from dripline.contacts.store import find_contact_by_email
from dripline.contacts.tags import tags_of
from dripline.database.work import Tx
from dripline.delivery.letters import Content
from dripline.delivery.sends import Message
from dripline.engine import sending
from dripline.engine.insight.dry_running import nobody
from dripline.engine.sending import Order, Ordered, Trial
from dripline.kernel.addresses import Address
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import TemplateId
from dripline.kernel.values import check_properties, check_text
from dripline.templates.compiling import compile_template
from dripline.templates.model import TemplateDraft
from dripline.templates.surroundings import surroundings_of

_CONTENT = ("subject", "html", "mjml", "blocks", "text", "preview_text", "layout")


class NewSend(msgspec.Struct, frozen=True, rename="camel"):
    """A transactional mail: `templateId` (id or slug; `template` is the same), or else `subject` and a body.

    Such content is what a template is: `html`, `mjml` or `blocks`, with the partials of the workspace, and a `layout`.
    It goes to people who unsubscribed as well, unless `ignoreUnsubscribe` is false; never to a suppressed address.
    """

    to: str
    template_id: str | None = None
    template: str | None = None
    subject: str | None = None
    html: str | None = None
    mjml: str | None = None
    blocks: list[dict[str, Any]] | None = None
    text: str | None = None
    preview_text: str | None = None
    layout: str | None = None
    variables: dict[str, Any] | None = None
    scheduled_for: Time | None = None
    ignore_unsubscribe: bool = True
    tracking_settings: TrackingPatch | None = None


class OrderedShape(SendShape, frozen=True, rename="camel", kw_only=True):
    """A mail in the queue. `duplicate`: an earlier request under the same key had asked for it."""

    duplicate: bool


class TestSend(msgspec.Struct, frozen=True, rename="camel"):
    """Where a test goes, and whom it is rendered for: a contact, an address that is none, or else `to`."""

    to: str
    email: str | None = None
    contact_id: str | None = None
    variables: dict[str, Any] | None = None
    event: dict[str, Any] | None = None


@post("/send", responses=NOT_FOUND | UNPROCESSABLE | answers((200, OrderedShape, "A repeat: nothing new is sent.")))
async def send(
    data: JSONBody[NewSend], caller: Calling, idempotency_key: IdempotencyKey = None
) -> Response[OrderedShape]:
    """Send one mail now or at a time (201); 200 when it is a repeat. An unknown address becomes a contact."""
    to = read_address(data.to, "to")
    variables = check_properties(data.variables or {}, "variables")
    scheduled_for = in_utc(data.scheduled_for, "scheduledFor") if data.scheduled_for is not None else None
    key = check_text(idempotency_key, "Idempotency-Key", longest=LONGEST_KEY) if idempotency_key else None
    template = _template(data)

    async def act(tx: Tx) -> Ordered:
        if template is not None:
            what: TemplateId | Content = (await find_template(tx, caller.id, template)).id
        else:
            what = await _content(tx, data, caller)
        tracking = data.tracking_settings or TrackingPatch()
        order = Order(
            *(to, what, variables, scheduled_for),
            asks_consent=not data.ignore_unsubscribe,
            key=key,
            tracks_opens=tracking.open_tracking,
            tracks_clicks=tracking.click_tracking,
        )
        return await sending.send(tx, caller.workspace, order, senders=caller.services.senders, now=caller.now())

    ordered = await caller.transact(act)
    caller.wake_workers()
    shown = OrderedShape(**msgspec.structs.asdict(sends.shape(ordered.message)), duplicate=ordered.duplicate)
    return Response(shown, status_code=200 if ordered.duplicate else 201)


@post("/templates/{ref:str}/test", status_code=200, responses=NOT_FOUND | UNPROCESSABLE)
async def test_template(ref: SlugRef, data: JSONBody[TestSend], caller: Calling) -> SendShape:
    """Send a template to any address as a test, marked `[Test]`. It ignores consent, and tells nobody's story."""
    to = read_address(data.to, "to")
    variables = check_properties(data.variables or {}, "variables")
    event = read_snapshot(data.event)

    async def act(tx: Tx) -> Message:
        template = await find_template(tx, caller.id, ref)
        contact = await _shown_as(tx, data, to, caller)
        tags = (await tags_of(tx, caller.id, [contact.id]))[contact.id]
        trial = Trial(contact, tags, variables, event)
        senders = caller.services.senders
        return await sending.send_test(tx, caller.workspace, template.id, to, trial, senders=senders, now=caller.now())

    message = await caller.transact(act)
    caller.wake_workers()
    return sends.shape(message)


def _template(data: NewSend) -> str | None:
    """The reference to the template, where the content did not come along."""
    if data.template_id is not None and data.template is not None and data.template_id != data.template:
        raise Invalid.at("template", "contradicts templateId", found=repr(data.template[:100]), expected="one of them")
    ref = data.template_id if data.template_id is not None else data.template
    inline = [name for name in _CONTENT if getattr(data, name) is not None]
    if ref is not None and inline:
        name = "previewText" if inline[0] == "preview_text" else inline[0]
        raise Invalid.at(name, "is given together with a template", expected="either templateId or subject, html")
    if ref is None and not inline:
        raise Invalid.at("templateId", "is missing", found="nothing", expected="templateId, or subject and html")
    return ref


async def _content(tx: Tx, data: NewSend, caller: Calling) -> Content:
    if data.subject is None:
        raise Invalid.at("subject", "is missing", found="nothing", expected="subject and html, or templateId")
    draft = TemplateDraft(
        name="a send",
        subject=data.subject,
        html=data.html,
        mjml=data.mjml,
        blocks=data.blocks,
        text=data.text,
        preview_text=data.preview_text,
        layout=data.layout,
    )
    # In a thread: a large mail takes some tenths of a second, and others are served meanwhile.
    compiled = await asyncio.to_thread(compile_template, draft, await surroundings_of(tx, caller.id, draft))
    return Content(draft.subject, compiled.html, compiled.text)


async def _shown_as(tx: Tx, data: TestSend, to: Address, caller: Calling) -> Contact:
    if data.contact_id is not None:
        return await find_by_ref(tx, caller.id, data.contact_id)
    address = read_address(data.email, "email") if data.email is not None else to
    found = await find_contact_by_email(tx, caller.id, address.key)
    return found or nobody(address, caller.now())


ROUTES = [send, test_template]
