"""Runs the queries of templates."""

from collections.abc import Iterable
from datetime import datetime

from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.ids import TemplateId, WorkspaceId
from dripline.templates.model import SourceKind, Template

_sql = queries(__package__)


async def find_template(tx: Tx, workspace: WorkspaceId, template: TemplateId) -> Template | None:
    row = await tx.row(_sql["find_template"], workspace, template)
    return _template(row) if row else None


async def find_template_by_slug(tx: Tx, workspace: WorkspaceId, slug: str) -> Template | None:
    row = await tx.row(_sql["find_template_by_slug"], workspace, slug)
    return _template(row) if row else None


async def list_templates(
    tx: Tx, workspace: WorkspaceId, *, limit: int, after: TemplateId | None = None
) -> list[Template]:
    """At most `limit` templates, oldest first, those made after `after`."""
    return [_template(row) for row in await tx.rows(_sql["list_templates"], workspace, after, limit)]


async def list_versions(
    tx: Tx, workspace: WorkspaceId, template: TemplateId, *, limit: int, before: int | None = None
) -> list[Template]:
    """At most `limit` versions of a template, newest first, those before the number `before`.

    `updated_at` is when a version was made; slug and name are what they are now.
    """
    return [_template(row) for row in await tx.rows(_sql["versions_of"], workspace, template, before, None, limit)]


async def find_version(tx: Tx, workspace: WorkspaceId, template: TemplateId, number: int) -> Template | None:
    row = await tx.row(_sql["versions_of"], workspace, template, None, number, 1)
    return _template(row) if row else None


async def newest_versions(
    tx: Tx, workspace: WorkspaceId, templates: Iterable[TemplateId]
) -> dict[TemplateId, Template]:
    """The templates that are there, by id: what is sent now."""
    rows = await tx.rows(_sql["newest_versions"], workspace, list(templates))
    return {template.id: template for template in map(_template, rows)}


async def slugs(tx: Tx, workspace: WorkspaceId, wanted: Iterable[str]) -> dict[str, TemplateId]:
    """The ids of the templates that are there, by slug."""
    return {row["slug"]: TemplateId(row["id"]) for row in await tx.rows(_sql["slugs"], workspace, list(wanted))}


async def claim_slug(
    tx: Tx, workspace: WorkspaceId, slug: str, *, template: TemplateId, name: str, now: datetime
) -> TemplateId:
    """Be the only one who writes under this slug, until the transaction ends; gives the id it has, else `template`.

    A template made by this has no version, and is not found before `insert_version`.
    """
    return TemplateId(await tx.value(_sql["claim_slug"], workspace, template, slug, name, now))


async def insert_version(tx: Tx, workspace: WorkspaceId, template: Template) -> None:
    await tx.run(
        _sql["insert_version"],
        workspace,
        template.id,
        template.version,
        template.subject,
        template.preview_text,
        template.source_kind,
        template.source,
        template.source_text,
        template.html,
        template.text,
        list(template.variables),
        template.updated_at,
        template.layout,
        list(template.partials),
    )


async def add_version(tx: Tx, workspace: WorkspaceId, template: Template) -> None:
    """Add a version, which is the newest from now on."""
    await insert_version(tx, workspace, template)
    await update_template(tx, workspace, template)


async def update_template(tx: Tx, workspace: WorkspaceId, template: Template) -> None:
    """Write name and number of the newest version."""
    await tx.run(_sql["update_template"], workspace, template.id, template.name, template.version, template.updated_at)


async def delete_template(tx: Tx, workspace: WorkspaceId, template: TemplateId) -> bool:
    """Delete a template with all its versions. Whether nothing needs it any more is for the caller to know."""
    await tx.run(_sql["delete_versions"], workspace, template)
    return bool(await tx.run(_sql["delete_template"], workspace, template))


def _template(row: Row) -> Template:
    return Template(
        id=TemplateId(row["id"]),
        slug=row["slug"],
        name=row["name"],
        version=row["version"],
        subject=row["subject"],
        preview_text=row["preview_text"],
        source_kind=SourceKind(row["source_kind"]),
        source=row["source"],
        source_text=row["source_text"],
        html=row["html"],
        text=row["text"],
        variables=tuple(row["variables"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        layout=row["layout"],
        partials=tuple(row["partials"]),
    )
