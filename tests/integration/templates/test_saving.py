import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dripline.database.pool import Database
from dripline.kernel.errors import Invalid
from dripline.kernel.ids import TemplateId, WorkspaceId, new_uuid
from dripline.templates.model import SourceKind, Template, TemplateDraft
from dripline.templates.saving import save_template
from dripline.templates.store import (
    delete_template,
    find_template,
    find_template_by_slug,
    list_templates,
    newest_versions,
    slugs,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
DRAFT = TemplateDraft("Welcome", "Hi {{ firstName }}", html="<p>{{ plan }}</p>")


async def save(
    database: Database,
    workspace: WorkspaceId,
    draft: TemplateDraft = DRAFT,
    slug: str = "welcome",
    now: datetime = NOON,
) -> tuple[Template, bool]:
    async with database.front_door(workspace) as tx:
        return await save_template(tx, workspace, slug, draft, now)


async def versions_of(database: Database, workspace: WorkspaceId, template: Template) -> int:
    async with database.work() as tx:
        found = await newest_versions(tx, workspace, [template.id])
    return found[template.id].version


async def test_a_saved_template_is_found_by_id_and_slug(database: Database, workspace: WorkspaceId) -> None:
    saved, created = await save(database, workspace)

    async with database.front_door(workspace) as tx:
        found = [
            await find_template(tx, workspace, saved.id),
            await find_template_by_slug(tx, workspace, "welcome"),
            *(await newest_versions(tx, workspace, [saved.id])).values(),
            *await list_templates(tx, workspace, limit=10),
        ]
        ids = await slugs(tx, workspace, ["welcome", "unknown"])

    assert found == [saved] * 4
    assert (ids, created) == ({"welcome": saved.id}, True)
    assert saved == Template(
        id=saved.id,
        slug="welcome",
        name="Welcome",
        version=1,
        subject="Hi {{ firstName }}",
        preview_text=None,
        source_kind=SourceKind.HTML,
        source="<p>{{ plan }}</p>",
        source_text=None,
        html="<p>{{ plan }}</p>",
        text="{{ plan }}\n",
        variables=("firstName", "plan"),
        created_at=NOON,
        updated_at=NOON,
    )


async def test_the_same_draft_again_changes_nothing(database: Database, workspace: WorkspaceId) -> None:
    first, _ = await save(database, workspace)

    again, created = await save(database, workspace, now=LATER)

    assert (again, created) == (first, False)


@pytest.mark.parametrize(
    "draft",
    [
        replace(DRAFT, subject="Hello"),
        replace(DRAFT, html="<p>{{ plan }}!</p>"),
        replace(DRAFT, text="own"),
        replace(DRAFT, preview_text="look"),
        replace(DRAFT, variables=("order",)),
        TemplateDraft("Welcome", "Hi", mjml="<mjml><mj-body></mj-body></mjml>"),
    ],
)
async def test_a_changed_draft_is_a_new_version(
    database: Database, workspace: WorkspaceId, draft: TemplateDraft
) -> None:
    first, _ = await save(database, workspace)

    second, created = await save(database, workspace, draft, now=LATER)

    assert (second.id, second.version, second.updated_at, created) == (first.id, 2, LATER, False)
    assert await versions_of(database, workspace, first) == 2


async def test_a_new_name_makes_no_version(database: Database, workspace: WorkspaceId) -> None:
    first, _ = await save(database, workspace)

    renamed, _ = await save(database, workspace, replace(DRAFT, name="Hello"), now=LATER)

    assert renamed == replace(first, name="Hello", updated_at=LATER)


async def test_a_faulty_draft_leaves_what_was_there(database: Database, workspace: WorkspaceId) -> None:
    first, _ = await save(database, workspace)

    with pytest.raises(Invalid) as caught:
        await save(database, workspace, replace(DRAFT, html="a\n{{ b | c: 1 }}"))

    assert [(problem.path, problem.line, problem.column) for problem in caught.value.problems] == [("html", 2, 8)]
    assert await versions_of(database, workspace, first) == 1


async def test_two_who_save_at_once_make_one_template(database: Database, workspace: WorkspaceId) -> None:
    drafts = [replace(DRAFT, subject=f"Hi {number}") for number in range(6)]

    saved = await asyncio.gather(*(save(database, workspace, draft) for draft in drafts))

    assert sorted(template.version for template, _ in saved) == [1, 2, 3, 4, 5, 6]
    assert len({template.id for template, _ in saved}) == 1
    assert [created for _, created in saved].count(True) == 1


async def test_templates_are_listed_in_pages(database: Database, workspace: WorkspaceId) -> None:
    made = [(await save(database, workspace, slug=f"t{number}"))[0] for number in range(5)]

    async with database.front_door(workspace) as tx:
        first = await list_templates(tx, workspace, limit=3)
        rest = await list_templates(tx, workspace, limit=3, after=first[-1].id)

    assert [*first, *rest] == made


async def test_a_deleted_template_is_gone_and_its_slug_is_free(database: Database, workspace: WorkspaceId) -> None:
    first, _ = await save(database, workspace)

    async with database.front_door(workspace) as tx:
        deleted = [await delete_template(tx, workspace, id_) for id_ in (first.id, first.id, TemplateId(new_uuid()))]
    second, created = await save(database, workspace)

    assert deleted == [True, False, False]
    assert (created, second.version, second.id == first.id) == (True, 1, False)


async def test_another_workspace_sees_nothing_of_it(
    database: Database, workspace: WorkspaceId, other_workspace: WorkspaceId
) -> None:
    saved, _ = await save(database, workspace)

    async with database.work() as tx:
        found = [
            await find_template(tx, other_workspace, saved.id),
            await find_template_by_slug(tx, other_workspace, "welcome"),
            await slugs(tx, other_workspace, ["welcome"]),
            await delete_template(tx, other_workspace, saved.id),
        ]

    assert found == [None, None, {}, False]
    assert (await save(database, other_workspace))[1]
