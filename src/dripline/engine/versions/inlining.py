"""Emails whose content stands in their sequence: publishing makes a template of each.

The template can be edited by itself afterwards. Publishing again writes it anew only when the step says something else
than in the version before. Or the content moves out before, and the step names the template from then on.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

import msgspec

from dripline.database.work import Tx
from dripline.documents.editing import Change, Edit
from dripline.engine.versions.hooks import hook_problems
from dripline.kernel.errors import Conflict, Invalid, Problem
from dripline.kernel.ids import TemplateId, WorkspaceId
from dripline.sequences import store as sequences
from dripline.sequences.compiler.inlining import template_of
from dripline.sequences.compiler.places import Place, steps_of
from dripline.sequences.editing.drafts import open_draft, rewrite
from dripline.sequences.language.model import Definition, Email, Step, Webhook
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.writing import from_json
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.versions import Known
from dripline.templates import store as templates
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.compiling import compile_template
from dripline.templates.defaults import KeptDefaults, read_defaults
from dripline.templates.liquid.checking import check, raw_values
from dripline.templates.model import Template, TemplateDraft
from dripline.templates.paragraphs import html_of
from dripline.templates.rendering.pool import Source
from dripline.templates.saving import save_template
from dripline.templates.sources import source_of, source_of_parts
from dripline.templates.surroundings import surroundings_of

_LONGEST_NAME = 256
_LONGEST_SLUG = 120
_OWN_CONTENT = frozenset({"subject", "html", "mjml", "blocks", "text", "previewText", "layout"})


@dataclass(frozen=True, slots=True)
class _Content:
    """An email with content of its own; `template` was made of it before, and says the same unless `is_new`."""

    step: Email
    place: Place
    draft: TemplateDraft
    template: Template | None
    is_new: bool

    @property
    def name(self) -> str:
        return template_of(self.step)


async def with_inline_templates(
    tx: Tx, workspace: WorkspaceId, sequence: Drip, definition: Definition, known: Known, *, now: datetime
) -> Known:
    """What exists, with the templates of a draft that is about to be published: made or changed where they must be.

    What cannot be a template is among the problems; then nothing of this may be committed.

    Raises:
        Conflict: somebody else made a template of the same slug just now.
    """
    if sequence.draft is None:
        return known
    ids: dict[str, UUID] = {}
    problems = _problems_of_calls(definition)
    for content in await _contents(tx, workspace, sequence, definition):
        try:
            ids[content.name] = await _write(tx, workspace, sequence, content, now=now)
        except Invalid as error:
            problems += _placed(content, error)
    return replace(known, templates={**known.templates, **ids}, problems=(*known.problems, *problems))


@dataclass(frozen=True, slots=True)
class MovedOut:
    """A definition whose emails name templates. `problems` are those of emails that still hold their content."""

    definition: str
    problems: tuple[Problem, ...]


async def move_out(tx: Tx, workspace: WorkspaceId, definition: str, *, stem: str, now: datetime) -> MovedOut:
    """A new definition whose emails name templates, made now of what they said; they are called by `stem`.

    What cannot be a template stays in its email, where publishing refuses it.

    Raises:
        Conflict: somebody else made a template of the same slug just now.
    """
    draft = await asyncio.to_thread(open_draft, definition)
    emails = _inline_emails(await asyncio.to_thread(lambda: name_steps(read_definition(draft.text))))
    edits: list[Edit] = []
    problems: list[Problem] = []
    for place, step in emails.items():
        content = _Content(step, place, _draft(step), None, is_new=True)
        slug = await _free_slug(tx, workspace, f"{stem}-{step.id}"[:_LONGEST_SLUG])
        try:
            await _make(tx, workspace, slug, content.draft, now)
        except Invalid as error:
            problems += _placed(content, error)
        else:
            edits.append(Change(draft.find(str(step.id)).path, {"template": slug}, _OWN_CONTENT, after="action"))
    text = await asyncio.to_thread(rewrite, draft, edits) if edits else definition
    return MovedOut(text, tuple(problems))


async def inline_sources(
    tx: Tx, workspace: WorkspaceId, sequence: Drip, definition: Definition
) -> tuple[Mapping[str, Source], tuple[Problem, ...]]:
    """What the emails with content of their own would be rendered from, by name, and what is wrong. Writes nothing."""
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    defaults = await read_defaults(tx, workspace)
    for content in await _contents(tx, workspace, sequence, definition):
        try:
            sources[content.name] = await _source(tx, workspace, content, defaults)
        except Invalid as error:
            problems += _placed(content, error)
    return sources, tuple(problems)


def check_content(text: str) -> None:
    """Refuse a definition whose steps hold content that cannot be read. What is no definition is told by its reader.

    Raises:
        Invalid: names every step, field, and block, with line and column in the content.
    """
    try:
        definition = read_definition(text)
    except Invalid:
        return
    if problems := [
        place.under(each.path).problem(_in_content(each), found=each.found, expected=each.expected)
        for place, step, _ in steps_of(definition)
        for each in content_problems(step)
    ]:
        raise Invalid.of(problems)


def content_problems(step: Step) -> Iterator[Problem]:
    """What is wrong with the content of a step, field by field: what is seen of it without its surroundings."""
    match step:
        case Email():
            yield from _email_problems(step)
        case Webhook():
            yield from hook_problems(step)


def _email_problems(step: Email) -> Iterator[Problem]:
    parts = {"subject": step.subject, "previewText": step.preview_text, "html": step.html, "mjml": step.mjml}
    for path, part in {**parts, "text": step.text}.items():
        yield from check(part or "", path).problems
    if step.blocks is not None:
        yield from read_blocks(step.blocks).problems


def _problems_of_calls(definition: Definition) -> list[Problem]:
    return [
        place.under(each.path).problem(_in_content(each), found=each.found, expected=each.expected)
        for place, step, _ in steps_of(definition)
        if isinstance(step, Webhook)
        for each in hook_problems(step)
    ]


def content_warnings(definition: Definition) -> tuple[Problem, ...]:
    """What looks odd in the blocks of emails with content of their own, and where their HTML shows values raw."""
    in_blocks = (
        Problem(warning.path, f"{place.words}{warning.message}", found=warning.found)
        for place, step in _inline_emails(definition).items()
        if step.blocks is not None
        for warning in read_blocks(step.blocks, place.under("blocks").path).warnings
    )
    raw = (
        place.under(warning.path).problem(_in_content(warning), found=warning.found)
        for place, step in _inline_emails(definition).items()
        for path, text in (("html", step.html), ("mjml", step.mjml))
        for warning in raw_values(text or "", path)
    )
    return (*in_blocks, *raw)


async def _contents(tx: Tx, workspace: WorkspaceId, sequence: Drip, definition: Definition) -> list[_Content]:
    emails = _inline_emails(definition)
    if not emails:
        return []
    before: Mapping[str, TemplateDraft] = {}
    made: Mapping[str, Template] = {}
    for version in await sequences.versions(tx, workspace, [(sequence.id, sequence.version)]):
        before = {template_of(step): _draft(step) for step in _inline_emails(from_json(version.tree)).values()}
        ids = {name: TemplateId(template) for name, template in version.templates.items() if name in before}
        found = await templates.newest_versions(tx, workspace, ids.values())
        made = {name: found[template] for name, template in ids.items() if template in found}
    drafts = [(place, step, _draft(step)) for place, step in emails.items()]
    return [
        _Content(
            step,
            place,
            draft,
            made.get(template_of(step)),
            is_new=_says(before.get(template_of(step))) != _says(draft),
        )
        for place, step, draft in drafts
    ]


def _inline_emails(definition: Definition) -> Mapping[Place, Email]:
    return {place: step for place, step, _ in steps_of(definition) if isinstance(step, Email) and step.template is None}


def _draft(step: Email) -> TemplateDraft:
    subject = step.subject or ""
    is_text = step.html is None and step.mjml is None and step.blocks is None
    return TemplateDraft(
        name=(step.name or subject)[:_LONGEST_NAME],
        subject=subject,
        html=html_of(step.text or "") if is_text else step.html,
        mjml=step.mjml,
        blocks=step.blocks,
        text=step.text,
        preview_text=step.preview_text,
        layout=step.layout,
    )


def _says(draft: TemplateDraft | None) -> TemplateDraft | None:
    """What a mail says: its name is for the author alone."""
    return replace(draft, name="") if draft is not None else None


async def _write(tx: Tx, workspace: WorkspaceId, sequence: Drip, content: _Content, *, now: datetime) -> TemplateId:
    if content.template is not None and not content.is_new:
        return content.template.id
    if content.template is not None:
        changed, _ = await save_template(tx, workspace, content.template.slug, content.draft, now)
        return changed.id
    slug = await _free_slug(tx, workspace, f"{sequence.slug}-{content.step.id}"[:_LONGEST_SLUG])
    return await _make(tx, workspace, slug, content.draft, now)


async def _make(tx: Tx, workspace: WorkspaceId, slug: str, draft: TemplateDraft, now: datetime) -> TemplateId:
    made, is_new = await save_template(tx, workspace, slug, draft, now)
    if not is_new:
        raise Conflict(f"A template {slug!r} was made at the same time. Try again.")
    return made.id


async def _free_slug(tx: Tx, workspace: WorkspaceId, wanted: str) -> str:
    slug, number = wanted, 1
    while await templates.slugs(tx, workspace, [slug]):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


async def _source(tx: Tx, workspace: WorkspaceId, content: _Content, defaults: KeptDefaults) -> Source:
    if content.template is not None and not content.is_new:
        return source_of(content.template, defaults, footer=False)
    surroundings = await surroundings_of(tx, workspace, content.draft)
    compiled = await asyncio.to_thread(compile_template, content.draft, surroundings)
    parts = (content.draft.subject, compiled.html, compiled.text)
    key = blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()
    return source_of_parts(key, *parts, defaults=defaults, footer=False)


def _placed(content: _Content, error: Invalid) -> list[Problem]:
    """The problems of a template as those of the step that it is made of."""
    written = "html" if content.step.html is not None else "text"
    placed = (
        content.place.under(written if each.path == "html" else each.path).problem(
            _in_content(each), found=each.found, expected=each.expected
        )
        for each in error.problems
    )
    return list(dict.fromkeys(placed))


def _in_content(problem: Problem) -> str:
    """The message, with the place in the content: its lines are not those of the definition."""
    message = f"{problem.message} {problem.hint}" if problem.hint else problem.message
    if problem.line is None:
        return message
    column = f", column {problem.column}" if problem.column is not None else ""
    return f"in its line {problem.line}{column}: {message}"
