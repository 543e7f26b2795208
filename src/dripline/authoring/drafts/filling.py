"""Filling a draft: first a plan, then mail by mail. Each is a page of a job; see the package for what a crash costs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
import structlog

from dripline.accounts.workspaces import find_workspace
from dripline.authoring.drafts.beginning import with_steps
from dripline.authoring.models.asking import Form, Message, Model
from dripline.authoring.models.endpoint import Access, Endpoint, endpoint_of
from dripline.authoring.writing.brief import House, request, rules
from dripline.authoring.writing.conversing import Unusable, converse
from dripline.authoring.writing.forms import mail_form, plan_form
from dripline.authoring.writing.reading import Allowed, Planned, read_mail, read_plan
from dripline.database.pool import Database, is_passing
from dripline.database.work import Tx
from dripline.durable.jobs import Job, Page, PageOf, held, keep
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict, DriplineError
from dripline.kernel.ids import SequenceId, show
from dripline.kernel.values import Json
from dripline.sequences import lifecycle, store
from dripline.sequences.compiler.doubting import why_no_event
from dripline.sequences.language.references import templates_of
from dripline.sequences.language.writing import trigger_to_json
from dripline.sequences.model import Enrichment, Status, Writing
from dripline.sequences.model import Sequence as Drip
from dripline.templates.defaults import read_defaults
from dripline.templates.model import TemplateDraft
from dripline.templates.saving import save_template
from dripline.templates.store import newest_versions, slugs

Result = TypeVar("Result")

_log = structlog.get_logger()

_LONGEST_ERROR = 1_000
_VARIABLES = ("firstName", "lastName", "email", "contact")
_PLAN = (
    "Plan a sequence of {count} emails for the aim below. For each say in one or two sentences what it is for, so that "
    "they build on each other and none repeats another, and how many days it comes after the one before it (1 to 14; "
    "the first comes at once: 0)."
)
_WRITE = "Write email number {number} of the plan below: that one only."


class _Cursor(msgspec.Struct, frozen=True):
    """The plan, the next mail to write, and what went wrong with others."""

    plan: tuple[Planned, ...]
    next: int = 0
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Task:
    """What one page knows: the draft, what the model is told about, and what there is already, by slug of template."""

    sequence: Drip
    enrichment: Enrichment
    endpoint: Endpoint
    house: House
    trigger: Json
    variables: tuple[str, ...]
    wanted: frozenset[str]
    subjects: dict[str, str]

    @property
    def allowed(self) -> Allowed:
        return Allowed(self.house.hosts, frozenset(self.variables))


def draft_page(
    database: Database,
    access: Access,
    *,
    lease: timedelta,
    model: Callable[[Endpoint], Model] = Model,
) -> PageOf:
    """The page of the job that fills a draft: the plan, or one mail."""
    filling = _Filling(database, access, lease, model)
    return filling.page


class _Filling:
    def __init__(
        self, database: Database, access: Access, lease: timedelta, model: Callable[[Endpoint], Model]
    ) -> None:
        self._database = database
        self._access = access
        self._lease = lease
        self._model = model

    async def page(self, job: Job) -> Page:
        try:
            task = await self._prepare(job)
            if task is None:
                return Page(0)
            async with held(self._database, job, self._lease):
                return await self._plan(job, task) if job.cursor is None else await self._mail(job, task)
        except Conflict:
            # Of `keep`: the job is somebody else's now.
            raise
        except Exception as error:
            if is_passing(error):
                raise
            return await self._give_up(job, error)

    async def _prepare(self, job: Job) -> _Task | None:
        """What the page needs to know; None when nobody wants these mails any more."""
        async with self._database.work() as tx:
            sequence = await _sequence_of(tx, job)
            enrichment = sequence.enrichment
            if enrichment is None or not enrichment.is_under_way or sequence.status is Status.ARCHIVED:
                return None
            task = await self._task(tx, job, sequence, enrichment)
            if enrichment.status is Writing.PENDING:
                begun = msgspec.structs.replace(enrichment, status=Writing.IN_PROGRESS)
                await store.set_enrichment(tx, job.workspace, sequence.id, begun, now=sequence.updated_at)
        return task

    async def _task(self, tx: Tx, job: Job, sequence: Drip, enrichment: Enrichment) -> _Task:
        endpoint = await endpoint_of(tx, job.workspace, self._access)
        definition = await lifecycle.read(sequence.definition)
        defaults = (await read_defaults(tx, job.workspace)).settings
        ids = await slugs(tx, job.workspace, enrichment.templates)
        newest = await newest_versions(tx, job.workspace, ids.values())
        has_event = why_no_event(definition.trigger) is None
        return _Task(
            sequence,
            enrichment,
            endpoint,
            House(defaults, (enrichment.goal,)),
            trigger_to_json(definition.trigger),
            (*_VARIABLES, "event") if has_event else _VARIABLES,
            frozenset(templates_of(definition)),
            {slug: newest[template].subject for slug, template in ids.items()},
        )

    async def _plan(self, job: Job, task: _Task) -> Page:
        count = task.enrichment.mails
        about = request(
            _PLAN.format(count=count),
            task.house,
            aim=task.enrichment.goal,
            sequence=task.sequence.name,
            startsBy=task.trigger,
        )
        plan = await self._converse(task, about, plan_form(), lambda answer: read_plan(answer, count))
        page = Page(0, msgspec.to_builtins(_Cursor(plan)))
        async with self._database.work() as tx:
            sequence = await store.find_for_change(tx, job.workspace, show("sequence", task.sequence.id))
            # Whoever has changed the draft in the meantime has said when the mails shall come.
            if sequence.revision == job.arguments["revision"] and sequence.draft is not None:
                days = [mail.delay_days for mail in plan]
                text = with_steps(sequence.draft, task.enrichment.templates, days)
                now = (await find_workspace(tx, job.workspace)).now(real_now())
                await store.save_draft(tx, job.workspace, sequence.id, name=sequence.name, draft=text, now=now)
            await keep(tx, job, page)
        return page

    async def _mail(self, job: Job, task: _Task) -> Page:
        cursor = msgspec.convert(job.cursor, _Cursor)
        slug = task.enrichment.templates[cursor.next]
        draft, failure = None, None
        if slug in task.wanted and slug not in task.subjects:
            try:
                draft = await self._written(task, cursor)
            except Unusable as error:
                failure = f"mail {cursor.next + 1}: {error.message}"
        after = _Cursor(cursor.plan, cursor.next + 1, (*cursor.failures, *([failure] if failure else [])))
        return await self._keep_mail(job, slug, draft, after)

    async def _written(self, task: _Task, cursor: _Cursor) -> TemplateDraft:
        number = cursor.next + 1
        plan = [{"number": place, "purpose": mail.purpose} for place, mail in enumerate(cursor.plan, start=1)]
        about = request(
            _WRITE.format(number=number),
            task.house,
            aim=task.enrichment.goal,
            startsBy=task.trigger,
            plan=plan,
            subjectsOfOthers=list(task.subjects.values()),
        )
        name = f"{task.sequence.name}: mail {number}"[:200]
        return await self._converse(task, about, mail_form(), lambda answer: read_mail(answer, task.allowed, name=name))

    async def _converse(self, task: _Task, about: Message, form: Form, read: Callable[[str], Result]) -> Result:
        told = [rules(task.house, task.variables), about]
        return await converse(self._model(task.endpoint), told, form, read)

    async def _keep_mail(self, job: Job, slug: str, draft: TemplateDraft | None, after: _Cursor) -> Page:
        async with self._database.work() as tx:
            sequence = await _sequence_of(tx, job)
            assert sequence.enrichment is not None, "it was there when the page began"
            now = (await find_workspace(tx, job.workspace)).now(real_now())
            # A person may have been faster; then it is theirs.
            if draft is not None and not await slugs(tx, job.workspace, [slug]):
                await save_template(tx, job.workspace, slug, draft, now)
            written = len(await slugs(tx, job.workspace, sequence.enrichment.templates))
            is_last = after.next >= sequence.enrichment.mails
            enrichment = _ended(sequence.enrichment, after) if is_last else sequence.enrichment
            enrichment = msgspec.structs.replace(enrichment, written=written)
            await store.set_enrichment(tx, job.workspace, sequence.id, enrichment, now=now)
            page = Page(1, None if is_last else msgspec.to_builtins(after), result={"written": written})
            await keep(tx, job, page)
        return page

    async def _give_up(self, job: Job, error: Exception) -> Page:
        """The job ended for good, and the draft with the reason."""
        reason = _reason(job, error)
        page = Page(0, result={"error": reason})
        async with self._database.work() as tx:
            sequence = await _sequence_of(tx, job)
            if sequence.enrichment is not None:
                failed = msgspec.structs.replace(sequence.enrichment, status=Writing.FAILED, error=reason)
                await store.set_enrichment(tx, job.workspace, sequence.id, failed, now=sequence.updated_at)
            await keep(tx, job, page)
        return page


def _reason(job: Job, error: Exception) -> str:
    if isinstance(error, DriplineError):
        return error.message[:_LONGEST_ERROR]
    _log.error("draft_not_written", job=show("job", job.id), exc_info=error)
    return "Something went wrong that is no fault of yours; the log of the worker says what."


async def _sequence_of(tx: Tx, job: Job) -> Drip:
    """The draft of a job, locked."""
    sequence = SequenceId(UUID(str(job.arguments["sequence"])))
    return await store.find_for_change(tx, job.workspace, show("sequence", sequence))


def _ended(enrichment: Enrichment, cursor: _Cursor) -> Enrichment:
    if not cursor.failures:
        return msgspec.structs.replace(enrichment, status=Writing.COMPLETE)
    error = f"{len(cursor.failures)} of {enrichment.mails} mails could not be written. {'. '.join(cursor.failures)}"
    return msgspec.structs.replace(enrichment, status=Writing.FAILED, error=error[:_LONGEST_ERROR])
