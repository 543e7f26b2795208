"""Templates: written, read, tried out, deleted when nothing needs them."""

from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import JSONBody

from dripline.api.answers import CONFLICT, NOT_FOUND, UNPROCESSABLE, answers
from dripline.api.paging import Page, page, read_cursor
from dripline.api.parameters import DEFAULT_LIMIT, Calling, Cursor, Limit, SlugRef
from dripline.api.reading.contacts import find_by_ref, read_address
from dripline.api.reading.sequences import read_name, read_snapshot
from dripline.campaigns.store import forget_template
from dripline.contacts.model import Contact
from dripline.contacts.store import find_contact_by_email
from dripline.contacts.tags import tags_of
from dripline.database.work import Tx
from dripline.delivery.discounts.faking import sample_discount
from dripline.delivery.singles import waiting_with
from dripline.engine.insight.dry_running import nobody
from dripline.kernel.clock import iso
from dripline.kernel.errors import Conflict, Invalid, NotFound
from dripline.kernel.ids import TemplateId, WorkspaceId, read, show
from dripline.kernel.slugs import slug_of
from dripline.kernel.values import Json, check_properties
from dripline.sequences.store import uses_of_template
from dripline.templates import store
from dripline.templates.defaults import KeptDefaults, read_defaults
from dripline.templates.doubting import warnings_of
from dripline.templates.model import SourceKind, Template, TemplateDraft
from dripline.templates.previewing import WIDTHS, preview
from dripline.templates.recipients import recipient
from dripline.templates.samples import SAMPLE_EMAIL, SAMPLE_PROPERTIES, sample_event
from dripline.templates.saving import save_template

# A preview must not hold a link that takes somebody off.
_NO_LINK, _NO_PREFERENCES = "#unsubscribe", "#preferences"


class TemplatePut(msgspec.Struct, frozen=True, rename="camel"):
    """A template as it shall be: `html`, `mjml` or `blocks`; `text` is made from it where there is none.

    `layout`: the slug of what stands around it. `id`: as in the path.
    """

    name: str
    subject: str
    html: str | None = None
    mjml: str | None = None
    blocks: list[dict[str, Any]] | None = None
    text: str | None = None
    preview_text: str | None = None
    variables: list[str] | None = None
    layout: str | None = None
    id: str | None = None


class NewTemplate(TemplatePut, frozen=True, rename="camel"):
    """A template to make. Without `slug` (or `id`) it is made from the name."""

    slug: str | None = None


class TemplateShape(msgspec.Struct, frozen=True, rename="camel"):
    """A template with its newest version. `html`, `mjml`, `blocks` and `text` are what its author wrote, else null.

    `layout` and `partials` are the slugs of what it was made with; `warnings` are what looks odd in it.
    """

    id: str
    template_id: str
    slug: str
    name: str
    subject: str
    preview_text: str | None
    html: str | None
    mjml: str | None
    blocks: Many[dict[str, Any]] | None
    text: str | None
    variables: Many[str]
    layout: str | None
    partials: Many[str]
    warnings: Many[str]
    version: int
    created_at: str
    updated_at: str


class PreviewFor(msgspec.Struct, frozen=True, rename="camel"):
    """For whom to render: a contact, an address that is none, or a sample contact.

    Without `event` a sample contact has a sample event.
    """

    email: str | None = None
    contact_id: str | None = None
    variables: dict[str, Any] | None = None
    event: dict[str, Any] | None = None


class PreviewShape(msgspec.Struct, frozen=True, rename="camel"):
    """What one contact would get, its footer included, with a sentence for each variable that has no value.

    `widths` are the pixels to look at it in, on a large screen and on a phone; `sizeBytes` is that of the HTML.
    """

    subject: str
    preview_text: str
    html: str
    text: str
    size_bytes: int
    widths: Mapping[str, int]
    warnings: Many[str]


@post("/templates", responses=CONFLICT)
async def create_template(data: JSONBody[NewTemplate], caller: Calling) -> TemplateShape:
    """Make a template; 409 when the slug is taken."""
    draft = _draft(data)
    slug = data.slug or data.id or slug_of(draft.name)

    async def act(tx: Tx) -> Template:
        if await store.find_template_by_slug(tx, caller.id, slug) is not None:
            raise Conflict(f"There is a template {slug!r} already.")
        template, _ = await save_template(tx, caller.id, slug, draft, caller.now())
        return template

    return shape_of(await caller.transact(act))


@put("/templates/{ref:str}", responses=NOT_FOUND | answers((201, TemplateShape, "A new template.")))
async def put_template(ref: SlugRef, data: JSONBody[TemplatePut], caller: Calling) -> Response[TemplateShape]:
    """Write a template by slug: made when there is none (201), else a new version if it differs (200). Repeatable."""
    if data.id is not None and data.id != ref:
        raise Invalid.at("id", "is not the id in the path", found=repr(data.id[:100]), expected=ref)
    draft = _draft(data)

    async def act(tx: Tx) -> tuple[Template, bool]:
        slug = ref if read("template", ref) is None else (await find_template(tx, caller.id, ref)).slug
        return await save_template(tx, caller.id, slug, draft, caller.now())

    template, is_new = await caller.transact(act)
    return Response(shape_of(template), status_code=201 if is_new else 200)


@get("/templates")
async def list_templates(caller: Calling, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[TemplateShape]:
    """Templates, in the order of their making."""
    after = read_cursor("template", cursor)
    found = await caller.transact(
        lambda tx: store.list_templates(tx, caller.id, limit=limit + 1, after=TemplateId(after) if after else None)
    )
    return page(found, limit=limit, kind="template", id_of=lambda template: template.id, shape=shape_of)


@get("/templates/{ref:str}", responses=NOT_FOUND)
async def get_template(ref: SlugRef, caller: Calling) -> TemplateShape:
    """One template, by id or slug."""
    return shape_of(await caller.transact(lambda tx: find_template(tx, caller.id, ref)))


@delete("/templates/{ref:str}", responses=NOT_FOUND | CONFLICT)
async def delete_template(ref: SlugRef, caller: Calling) -> None:
    """Delete a template; 409 while a sequence that is not archived names it, or a single mail waits with it."""

    async def act(tx: Tx) -> None:
        template = await find_template(tx, caller.id, ref)
        if uses := await uses_of_template(tx, caller.id, template.id, template.slug):
            raise Conflict(f"The template {template.slug!r} is in use by: {', '.join(uses)}.")
        if waiting := await waiting_with(tx, caller.id, template.id):
            raise Conflict(f"The template {template.slug!r} is in use by {waiting} mail that waits to be sent.")
        await forget_template(tx, caller.id, template.id)
        await store.delete_template(tx, caller.id, template.id)

    await caller.transact(act)


@post("/templates/{ref:str}/preview", status_code=200, responses=NOT_FOUND | UNPROCESSABLE)
async def preview_template(ref: SlugRef, caller: Calling, data: JSONBody[PreviewFor | None] = None) -> PreviewShape:
    """Render a template as a contact would get it. `variables` come before the contact's properties."""
    trial = data or PreviewFor()
    variables = check_properties(trial.variables or {}, "variables")
    event = read_snapshot(trial.event)

    async def act(tx: Tx) -> tuple[Template, Contact, Many[str], KeptDefaults]:
        template, contact = await find_template(tx, caller.id, ref), await _contact(tx, trial, caller)
        tags = (await tags_of(tx, caller.id, [contact.id]))[contact.id]
        return template, contact, tags, await read_defaults(tx, caller.id)

    template, contact, tags, defaults = await caller.transact(act)
    is_sample = trial.email is None and trial.contact_id is None
    samples: tuple[str, ...] = ()
    if is_sample and event is None:
        event, samples = sample_event(template.variables), ("event.",)
    names = _data(contact, tags, variables=variables, event=event, now=caller.now())
    seen = await preview(caller.services.renderer, template, names, defaults=defaults, samples=samples)
    about = [f"Shown for a sample contact, {contact.address.text}."] if is_sample else []
    return PreviewShape(
        seen.subject, seen.preview_text, seen.html, seen.text, seen.size, WIDTHS, [*about, *seen.warnings]
    )


async def find_template(tx: Tx, workspace: WorkspaceId, ref: str) -> Template:
    by_id = read("template", ref)
    found = (
        await store.find_template(tx, workspace, TemplateId(by_id))
        if by_id is not None
        else await store.find_template_by_slug(tx, workspace, ref)
    )
    if found is None:
        raise NotFound.of("template", ref)
    return found


async def _contact(tx: Tx, trial: PreviewFor, caller: Calling) -> Contact:
    if trial.contact_id is not None:
        return await find_by_ref(tx, caller.id, trial.contact_id)
    if trial.email is None:
        return replace(nobody(read_address(SAMPLE_EMAIL, "email"), caller.now()), properties=SAMPLE_PROPERTIES)
    address = read_address(trial.email, "email")
    found = await find_contact_by_email(tx, caller.id, address.key)
    return found or nobody(address, caller.now())


def _data(
    contact: Contact,
    tags: Many[str],
    *,
    variables: Mapping[str, Json],
    event: Mapping[str, Json] | None,
    now: datetime,
) -> dict[str, Json]:
    return {
        "contact": recipient(contact, tags),
        "variables": variables,
        "event": event,
        "discount": sample_discount(now),
        "unsubscribe_url": _NO_LINK,
        "preferences_url": _NO_PREFERENCES,
        "now": iso(now),
    }


def _draft(data: TemplatePut) -> TemplateDraft:
    return TemplateDraft(
        name=read_name(data.name),
        subject=data.subject,
        html=data.html,
        mjml=data.mjml,
        blocks=data.blocks,
        text=data.text,
        preview_text=data.preview_text,
        variables=tuple(data.variables or ()),
        layout=data.layout or None,
    )


def shape_of(template: Template) -> TemplateShape:
    text = show("template", template.id)
    return TemplateShape(
        id=text,
        template_id=text,
        slug=template.slug,
        name=template.name,
        subject=template.subject,
        preview_text=template.preview_text,
        html=template.source if template.source_kind is SourceKind.HTML else None,
        mjml=template.source if template.source_kind is SourceKind.MJML else None,
        blocks=msgspec.json.decode(template.source) if template.source_kind is SourceKind.BLOCKS else None,
        text=template.source_text,
        variables=template.variables,
        layout=template.layout,
        partials=template.partials,
        warnings=warnings_of(template),
        version=template.version,
        created_at=iso(template.created_at),
        updated_at=iso(template.updated_at),
    )


ROUTES = [create_template, put_template, list_templates, get_template, delete_template, preview_template]
