"""Templates are made anew when something that they were compiled with has changed: a version each, the same words."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import msgspec

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import TemplateId, WorkspaceId
from dripline.templates import store
from dripline.templates.compiling import compile_template
from dripline.templates.liquid.checking import check
from dripline.templates.model import SourceKind, Template, TemplateDraft
from dripline.templates.pieces import PieceKind, problems_of_piece
from dripline.templates.surroundings import surroundings_of

_sql = queries(__package__)

Told = Callable[[int], Awaitable[None]]
"""Who hears how many templates are made by now."""


async def templates_with(tx: Tx, workspace: WorkspaceId, kind: PieceKind, slug: str) -> list[TemplateId]:
    """The templates that were compiled with a layout or a partial."""
    rows = await tx.rows(_sql[f"templates_with_{kind}"], workspace, slug)
    return [TemplateId(row["id"]) for row in rows]


async def templates_of_blocks(tx: Tx, workspace: WorkspaceId) -> list[TemplateId]:
    """The templates that are written as blocks."""
    return [TemplateId(row["id"]) for row in await tx.rows(_sql["templates_of_blocks"], workspace)]


async def untold(count: int) -> None:
    """Nobody wants to hear how many templates are made."""


async def remake_with(
    tx: Tx, workspace: WorkspaceId, kind: PieceKind, slug: str, now: datetime, *, told: Told = untold
) -> tuple[str, ...]:
    """Compile what a layout or a partial stands in, as it is now; gives the slugs of those that say something else.

    Raises:
        Invalid: a template cannot be compiled with it; says which, and why.
    """
    changed: list[str] = []
    for count, template in enumerate(await templates_with(tx, workspace, kind, slug)):
        await told(count)
        found = await store.find_template(tx, workspace, template)
        if found is None:
            continue
        try:
            if await _remake(tx, workspace, found, now):
                changed.append(found.slug)
        except Invalid as error:
            raise Invalid.of(problems_of_piece(kind, found.slug, error.problems)) from None
    return tuple(changed)


async def remake_blocks(tx: Tx, workspace: WorkspaceId, now: datetime, *, told: Told = untold) -> tuple[str, ...]:
    """The same for all templates of blocks: their look has changed."""
    changed = []
    for count, template in enumerate(await templates_of_blocks(tx, workspace)):
        await told(count)
        found = await store.find_template(tx, workspace, template)
        if found is not None and await _remake(tx, workspace, found, now):
            changed.append(found.slug)
    return tuple(changed)


def draft_of(template: Template) -> TemplateDraft:
    """What the author of a template sent."""
    kind, source = template.source_kind, template.source
    return TemplateDraft(
        name=template.name,
        subject=template.subject,
        html=source if kind is SourceKind.HTML else None,
        mjml=source if kind is SourceKind.MJML else None,
        blocks=msgspec.json.decode(source) if kind is SourceKind.BLOCKS else None,
        text=template.source_text,
        preview_text=template.preview_text,
        variables=tuple(name for name in template.variables if name not in _used(template)),
        layout=template.layout,
    )


async def _remake(tx: Tx, workspace: WorkspaceId, seen: Template, now: datetime) -> bool:
    await store.claim_slug(tx, workspace, seen.slug, template=seen.id, name=seen.name, now=now)
    template = await store.find_template(tx, workspace, seen.id)
    # Locked by its slug; nobody deletes what is locked.
    assert template is not None
    draft = draft_of(template)
    surroundings = await surroundings_of(tx, workspace, draft)
    compiled = await asyncio.to_thread(compile_template, draft, surroundings)
    fresh = replace(
        template,
        html=compiled.html,
        text=compiled.text,
        variables=compiled.variables,
        partials=compiled.partials,
    )
    if fresh == template:
        return False
    await store.add_version(tx, workspace, replace(fresh, version=template.version + 1, updated_at=now))
    return True


def _used(template: Template) -> frozenset[str]:
    parts = (template.subject, template.html, template.text, template.preview_text or "")
    return frozenset(name for part in parts for name in check(part, "").variables)
