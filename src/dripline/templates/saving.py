"""Saving a template: the same draft twice is one version."""

import asyncio
from dataclasses import replace
from datetime import datetime

from dripline.database.work import Tx
from dripline.kernel.ids import TemplateId, WorkspaceId, new_uuid
from dripline.templates import store
from dripline.templates.compiling import Compiled, compile_template
from dripline.templates.model import Template, TemplateDraft, check_slug
from dripline.templates.surroundings import surroundings_of


async def save_template(
    tx: Tx, workspace: WorkspaceId, slug: str, draft: TemplateDraft, now: datetime
) -> tuple[Template, bool]:
    """Make the template with this slug, or give it a new version if the draft differs from the newest; is it new?

    A new name alone makes no version. May be repeated.

    Raises:
        Invalid: with field, line and column of everything that is wrong; nothing was changed.
    """
    check_slug(slug)
    # In a thread: a large template takes half a second, and others are served meanwhile.
    compiled = await asyncio.to_thread(compile_template, draft, await surroundings_of(tx, workspace, draft))
    fresh = _new_template(slug, draft, compiled, now)
    id_ = await store.claim_slug(tx, workspace, slug, template=fresh.id, name=fresh.name, now=now)
    if id_ == fresh.id:
        await store.insert_version(tx, workspace, fresh)
        return fresh, True
    old = await store.find_template(tx, workspace, id_)
    # The slug is locked, and a template and its first version are committed together.
    assert old is not None
    return await _change(tx, workspace, old, fresh), False


async def restore_version(tx: Tx, workspace: WorkspaceId, version: Template, now: datetime) -> Template:
    """The template with the content of one of its versions, as a new one if the newest says something else.

    What is rendered is what it was then: nothing is compiled again. May be repeated.
    """
    await store.claim_slug(tx, workspace, version.slug, template=version.id, name=version.name, now=now)
    newest = await store.find_template(tx, workspace, version.id)
    # The slug is locked, and a version was read of it.
    assert newest is not None
    return await _change(tx, workspace, newest, replace(version, name=newest.name, updated_at=now))


async def _change(tx: Tx, workspace: WorkspaceId, old: Template, fresh: Template) -> Template:
    same = replace(fresh, id=old.id, version=old.version, created_at=old.created_at, updated_at=old.updated_at)
    if same == old:
        return old
    if replace(same, name=old.name) == old:
        new = replace(old, name=fresh.name, updated_at=fresh.updated_at)
    else:
        new = replace(same, version=old.version + 1, updated_at=fresh.updated_at)
        await store.add_version(tx, workspace, new)
        return new
    await store.update_template(tx, workspace, new)
    return new


def _new_template(slug: str, draft: TemplateDraft, compiled: Compiled, now: datetime) -> Template:
    return Template(
        id=TemplateId(new_uuid()),
        slug=slug,
        name=draft.name,
        version=1,
        subject=draft.subject,
        preview_text=draft.preview_text,
        source_kind=compiled.source_kind,
        source=compiled.source,
        source_text=draft.text,
        html=compiled.html,
        text=compiled.text,
        variables=compiled.variables,
        created_at=now,
        updated_at=now,
        layout=draft.layout,
        partials=compiled.partials,
    )
