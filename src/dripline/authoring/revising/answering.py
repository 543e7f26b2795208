"""The jobs that suggest subjects and reword mails: one question to the model each, and one repair."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import msgspec

from dripline.accounts.workspaces import find_workspace
from dripline.authoring.models.asking import Model
from dripline.authoring.models.endpoint import Access, Endpoint, endpoint_of
from dripline.authoring.writing.brief import House, request, rules
from dripline.authoring.writing.conversing import converse
from dripline.authoring.writing.forms import subjects_form
from dripline.authoring.writing.keeping import NOTHING_KEPT, Kept, keep_aside
from dripline.authoring.writing.reading import Allowed, read_mail, read_subjects
from dripline.database.pool import Database
from dripline.durable.jobs import Job, Page, PageOf, held, keep
from dripline.kernel.clock import real_now
from dripline.kernel.errors import NotFound, Refused, RevisionConflict, Unavailable
from dripline.kernel.ids import TemplateId
from dripline.kernel.values import Json
from dripline.templates.defaults import read_defaults
from dripline.templates.model import SourceKind, Template, TemplateDraft
from dripline.templates.saving import save_template
from dripline.templates.store import find_template

_VARIABLES = ("firstName", "lastName", "email", "contact")
_SUBJECTS = (
    "Suggest {count} different subject lines for the email below: each says truly what is in it, and they differ in "
    "what they begin with."
)
_REWRITE = (
    "Write the email below anew, as the instruction says. Keep every fact and every link that the instruction does not "
    "ask to change.{kept}"
)
_KEPT = (
    " Where a block of the type kept stands, put the same block at its place: it is something that you cannot see, "
    "such as a picture."
)


@dataclass(frozen=True, slots=True)
class _Task:
    template: Template
    endpoint: Endpoint
    house: House

    @property
    def variables(self) -> tuple[str, ...]:
        """Those that every mail has, and those that this one uses already."""
        used = (name.partition(".")[0] for name in self.template.variables)
        return tuple(dict.fromkeys((*_VARIABLES, *used)))

    @property
    def allowed(self) -> Allowed:
        return Allowed(self.house.hosts, frozenset(self.variables))


def subjects_page(
    database: Database, access: Access, *, lease: timedelta, model: Callable[[Endpoint], Model] = Model
) -> PageOf:
    """The page of the job that suggests subjects: its result has `subjects`."""

    async def page(job: Job) -> Page:
        task = await _task(database, access, job)
        count = int(str(job.arguments["count"]))
        about = request(_SUBJECTS.format(count=count), task.house, email=_as_read(task.template))
        told = [rules(task.house, task.variables), about]
        async with _waiting(database, job, lease):
            found = await converse(
                model(task.endpoint), told, subjects_form(), lambda text: read_subjects(text, task.allowed, count)
            )
        return Page(1, result={"template": task.template.slug, "subjects": list(found)})

    return page


def rewrite_page(
    database: Database, access: Access, *, lease: timedelta, model: Callable[[Endpoint], Model] = Model
) -> PageOf:
    """The page of the job that rewords a mail: its result is the mail, and the version that was made of it, if any."""

    async def page(job: Job) -> Page:
        task = await _task(database, access, job)
        kept, shown = _material(task.template)
        task_said = _REWRITE.format(kept=_KEPT if kept.blocks else "")
        about = request(task_said, task.house, instruction=job.arguments["instruction"], email=shown)
        told = [rules(task.house, task.variables), about]
        async with _waiting(database, job, lease):
            draft = await converse(
                model(task.endpoint),
                told,
                kept.form(),
                lambda text: read_mail(text, task.allowed, name=task.template.name, kept=kept),
            )
        return await _propose(database, job, task.template, draft)

    return page


async def _propose(database: Database, job: Job, template: Template, draft: TemplateDraft) -> Page:
    """The proposal as the job's result; saved with it where that was asked for, once, whatever dies."""
    async with database.work() as tx:
        saved = None
        if job.arguments["save"]:
            now = (await find_workspace(tx, job.workspace)).now(real_now())
            whole = replace(draft, layout=template.layout)
            changed, _ = await save_template(tx, job.workspace, template.slug, whole, now)
            if changed.version > template.version + 1:
                raise RevisionConflict(expected=template.version, found=changed.version - 1)
            saved = changed.version
        page = Page(1, result=_result(template, draft, saved))
        await keep(tx, job, page)
    return page


def _result(template: Template, draft: TemplateDraft, saved: int | None) -> Json:
    return {
        "template": template.slug,
        "subject": draft.subject,
        "previewText": draft.preview_text,
        "blocks": [dict(block) for block in draft.blocks or ()],
        "savedVersion": saved,
    }


@asynccontextmanager
async def _waiting(database: Database, job: Job, lease: timedelta) -> AsyncIterator[None]:
    """Hold the job while the model is asked; who does not answer ends it, as who refuses does."""
    async with held(database, job, lease):
        try:
            yield
        except Unavailable as error:
            raise Refused(error.message) from None


async def _task(database: Database, access: Access, job: Job) -> _Task:
    async with database.work() as tx:
        endpoint = await endpoint_of(tx, job.workspace, access)
        template = await find_template(tx, job.workspace, TemplateId(UUID(str(job.arguments["template"]))))
        if template is None:
            raise NotFound("The template is not there any more.")
        defaults = (await read_defaults(tx, job.workspace)).settings
    said = (template.source, template.subject, str(job.arguments.get("instruction", "")))
    return _Task(template, endpoint, House(defaults, said))


def _as_read(template: Template) -> Json:
    return {"subject": template.subject, "previewText": template.preview_text, "text": template.text}


def _material(template: Template) -> tuple[Kept, Json]:
    """The mail as the model sees it: its blocks, else its text."""
    if template.source_kind is not SourceKind.BLOCKS:
        return NOTHING_KEPT, _as_read(template)
    kept = keep_aside(msgspec.json.decode(template.source))
    blocks: list[Json] = [dict(block) for block in kept.shown]
    return kept, {"subject": template.subject, "previewText": template.preview_text, "blocks": blocks}
