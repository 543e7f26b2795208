"""The jobs that put blocks in order: those of one mail, and those of templates."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from dripline.accounts.workspaces import find_workspace
from dripline.authoring.cleaning.cleaning import LIMITS, Cleaned, clean, warnings_after
from dripline.authoring.models.asking import Model
from dripline.authoring.models.endpoint import Access, Endpoint, endpoint_of
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.durable.jobs import Job, Page, PageOf, held, keep
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import TemplateId
from dripline.kernel.values import Json
from dripline.templates import store
from dripline.templates.model import Template
from dripline.templates.remaking import draft_of
from dripline.templates.saving import save_template

_CHANGED = "it was changed in the meantime"


class _Converted(msgspec.Struct, frozen=True, rename="camel"):
    """What HTML was made."""

    blocks: list[dict[str, Any]]
    warnings: list[str]
    subject: str | None = None
    preview_text: str | None = None


class _Mail(msgspec.Struct, frozen=True):
    """A version of a template."""

    template: UUID
    version: int


class _Mails(msgspec.Struct, frozen=True):
    """Templates, each as it was when this was asked for."""

    mails: list[_Mail]


class _Cursor(msgspec.Struct, frozen=True):
    """The next mail, how many were put in order, and what is to say of the others."""

    next: int = 0
    cleaned: int = 0
    warnings: tuple[str, ...] = ()


def _model(endpoint: Endpoint) -> Model:
    return Model(endpoint, LIMITS)


def blocks_page(
    database: Database, access: Access, *, lease: timedelta, model: Callable[[Endpoint], Model] = _model
) -> PageOf:
    """The page of the job for one mail: its result has `blocks`, `warnings`, `subject`, `previewText`, `cleaned`."""

    async def page(job: Job) -> Page:
        given = msgspec.convert(job.arguments, _Converted)
        cleaned = await _clean(database, access, job, given.blocks, lease=lease, model=model)
        result: Mapping[str, Json] = {
            "blocks": list(cleaned.blocks),
            "warnings": list(warnings_after(given.warnings, cleaned)),
            "subject": given.subject,
            "previewText": given.preview_text,
            "cleaned": cleaned.reason is None,
        }
        return Page(1, result=result)

    return page


def templates_page(
    database: Database, access: Access, *, lease: timedelta, model: Callable[[Endpoint], Model] = _model
) -> PageOf:
    """The page of the job for templates: one of them. Its result has `cleaned`, how many, and `warnings`."""

    async def page(job: Job) -> Page:
        mails = msgspec.convert(job.arguments, _Mails).mails
        cursor = _Cursor() if job.cursor is None else msgspec.convert(job.cursor, _Cursor)
        mail = mails[cursor.next]
        async with database.work() as tx:
            template = await _as_asked(tx, job, mail)
        cleaned = None
        if template is not None:
            blocks = msgspec.json.decode(template.source)
            cleaned = await _clean(database, access, job, blocks, lease=lease, model=model)
        async with database.work() as tx:
            page = _page(cursor, await _put(tx, job, mail, cleaned), is_last=cursor.next + 1 >= len(mails))
            await keep(tx, job, page)
        return page

    return page


async def _clean(
    database: Database,
    access: Access,
    job: Job,
    blocks: list[dict[str, Any]],
    *,
    lease: timedelta,
    model: Callable[[Endpoint], Model],
) -> Cleaned:
    async with database.work() as tx:
        endpoint = await endpoint_of(tx, job.workspace, access)
    async with held(database, job, lease):
        return await clean(model(endpoint), blocks)


async def _as_asked(tx: Tx, job: Job, mail: _Mail) -> Template | None:
    """A template, unless somebody has changed it since."""
    template = await store.find_template(tx, job.workspace, TemplateId(mail.template))
    return template if template is not None and template.version == mail.version else None


async def _put(tx: Tx, job: Job, mail: _Mail, cleaned: Cleaned | None) -> str | None:
    """Save what was put in order; why not, if it is not."""
    if cleaned is not None and cleaned.reason is not None:
        return cleaned.reason
    template = await _as_asked(tx, job, mail)
    if cleaned is None or template is None:
        return _CHANGED
    now = (await find_workspace(tx, job.workspace)).now(real_now())
    saved, _ = await save_template(
        tx, job.workspace, template.slug, replace(draft_of(template), blocks=cleaned.blocks), now
    )
    if saved.version > mail.version + 1:
        # Somebody was faster by a moment: the page is repeated, and finds theirs.
        raise Conflict("Somebody else has changed the template.")
    return None


def _page(cursor: _Cursor, reason: str | None, *, is_last: bool) -> Page:
    """The page of one template, which ends the job when it was the last."""
    warnings = (*cursor.warnings, *([f"mail {cursor.next + 1} stays as it was: {reason}"] if reason else ()))
    after = _Cursor(cursor.next + 1, cursor.cleaned + (reason is None), warnings)
    result: Mapping[str, Json] = {"cleaned": after.cleaned, "warnings": list(warnings)}
    return Page(1, None if is_last else msgspec.to_builtins(after), result=result)
