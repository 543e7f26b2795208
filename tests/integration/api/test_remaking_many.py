"""A layout, a partial or a look that very many templates have: a job makes them anew, all or none."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dripline.accounts.model import Workspace
from dripline.database.pool import Database
from dripline.durable.jobs import JobRunner
from dripline.kernel.clock import real_now
from dripline.templates.model import TemplateDraft
from dripline.templates.remaking_many import MOST_AT_ONCE, REMAKE_JOB, remake_page
from dripline.templates.saving import save_template
from tests.integration.api.conftest import error_of

MINUTE = timedelta(minutes=1)
MANY = MOST_AT_ONCE + 1

Run = Callable[[], Awaitable[bool]]


@pytest.fixture
def run(database: Database, test_workspace: Workspace) -> Run:
    """Works at one job of the workspace, in this process."""
    runner = JobRunner(database, {REMAKE_JOB: remake_page(database, lease=MINUTE)}, lease=MINUTE)
    return lambda: runner.run_one(test_workspace.id)


async def templates(database: Database, workspace: Workspace, **draft: Any) -> None:
    async with database.work() as tx:
        for number in range(MANY):
            made = TemplateDraft(name=f"t{number}", subject="Hi", **draft)
            await save_template(tx, workspace.id, f"t{number}", made, real_now())


async def ended(client: httpx.AsyncClient, queued: httpx.Response, run: Run) -> Mapping[str, Any]:
    assert queued.status_code == 202, queued.text
    assert await run()
    job: Mapping[str, Any] = (await client.get(f"/api/jobs/{queued.json()['job']}")).json()
    return job


async def versions(client: httpx.AsyncClient) -> set[int]:
    return {each["version"] for each in (await client.get("/api/templates?limit=100")).json()["data"]}


async def test_a_layout_of_very_many_templates_is_changed_by_a_job(
    client: httpx.AsyncClient, database: Database, test_workspace: Workspace, run: Run
) -> None:
    await client.put("/api/layouts/frame", json={"html": "{{ content }}"})
    await templates(database, test_workspace, html="<p>Hi</p>", layout="frame")

    queued = await client.put("/api/layouts/frame", json={"html": "<h1>Acme</h1>{{ content }}"})
    before = (await client.get("/api/layouts/frame")).json()["version"], await versions(client)
    job = await ended(client, queued, run)

    assert before == (1, {1})
    assert (job["status"], job["done"], job["total"], len(job["result"]["remade"])) == ("done", MANY, MANY, MANY)
    assert ((await client.get("/api/layouts/frame")).json()["version"], await versions(client)) == (2, {2})


async def test_nothing_is_changed_when_one_template_cannot_be_made(
    client: httpx.AsyncClient, database: Database, test_workspace: Workspace, run: Run
) -> None:
    await client.put("/api/partials/start", json={"html": "Hi"})
    await templates(database, test_workspace, html="{% render 'start' %}")

    bad = await client.put("/api/partials/start", json={"html": "{% if x %}"})
    queued = await client.put("/api/partials/start", json={"html": "{% render 'nobody' %}"})
    job = await ended(client, queued, run)

    assert (bad.status_code, error_of(bad)["details"][0]["line"]) == (400, 1)
    assert (job["status"], "nobody" in job["errors"][0]["message"]) == ("failed", True)
    assert (await client.get("/api/partials/start")).json()["version"] == 1


async def test_a_new_look_of_very_many_templates_is_made_by_a_job(
    client: httpx.AsyncClient, database: Database, test_workspace: Workspace, run: Run
) -> None:
    await templates(database, test_workspace, blocks=[{"type": "text", "content": "Hi"}])

    named = await client.put("/api/mail-defaults", json={"company": "Acme"})
    queued = await client.put("/api/mail-defaults", json={"company": "Acme", "theme": {"paperColor": "#eeeeee"}})
    job = await ended(client, queued, run)

    assert (named.status_code, job["status"], job["done"]) == (200, "done", MANY)
    assert (await client.get("/api/mail-defaults")).json()["theme"]["paperColor"] == "#eeeeee"
    assert await versions(client) == {2}
