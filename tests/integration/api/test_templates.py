from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates
from tests.makers.published import API_TRIGGER

WELCOME = {"name": "Welcome", "subject": "Hi {{ firstName }}", "html": "<p>{{ contact.properties.plan }}</p>"}


async def put(client: httpx.AsyncClient, slug: str = "welcome", **fields: object) -> dict[str, Any]:
    response = await client.put(f"/api/templates/{slug}", json={**WELCOME, **fields})
    assert response.status_code in {200, 201}, response.text
    template: dict[str, Any] = response.json()
    return template


async def test_a_template_is_made_by_its_slug(client: httpx.AsyncClient) -> None:
    template = await put(client)

    assert template == {
        "id": template["id"],
        "templateId": template["id"],
        "slug": "welcome",
        "name": "Welcome",
        "subject": "Hi {{ firstName }}",
        "previewText": None,
        "html": "<p>{{ contact.properties.plan }}</p>",
        "mjml": None,
        "blocks": None,
        "text": None,
        "variables": template["variables"],
        "layout": None,
        "partials": [],
        "warnings": [],
        "version": 1,
        "createdAt": template["createdAt"],
        "updatedAt": template["createdAt"],
    }
    assert (await client.get("/api/templates/welcome")).json() == template
    assert (await client.get(f"/api/templates/{template['id']}")).json() == template


async def test_a_put_makes_a_version_only_when_something_differs(client: httpx.AsyncClient) -> None:
    first, second, third = await put(client), await put(client), await put(client, subject="Hello")

    assert first == second
    assert (third["id"], third["version"]) == (first["id"], 2)


async def test_a_put_by_id_changes_the_same_template(client: httpx.AsyncClient) -> None:
    template = await put(client)

    changed = await put(client, template["id"], subject="Hello")

    assert (changed["id"], changed["slug"], changed["subject"]) == (template["id"], "welcome", "Hello")


async def test_a_template_is_made_from_its_name(client: httpx.AsyncClient) -> None:
    first = await client.post("/api/templates", json={**WELCOME, "name": "Trial Tips"})
    second = await client.post("/api/templates", json={**WELCOME, "name": "Trial Tips"})

    assert (first.status_code, first.json()["slug"]) == (201, "trial-tips")
    assert second.status_code == 409


async def test_mjml_is_compiled(client: httpx.AsyncClient) -> None:
    mjml = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>"

    template = await put(client, html=None, mjml=mjml)

    assert (template["html"], template["mjml"]) == (None, mjml)
    seen = (await client.post("/api/templates/welcome/preview")).json()
    assert "<table" in seen["html"]


async def test_templates_are_listed_in_pages(client: httpx.AsyncClient) -> None:
    await put_templates(client, "a", "b", "c")

    first = (await client.get("/api/templates?limit=2")).json()
    rest = (await client.get(f"/api/templates?limit=2&cursor={first['cursor']}")).json()

    assert [template["slug"] for template in first["data"] + rest["data"]] == ["a", "b", "c"]


async def test_a_preview_shows_what_a_contact_would_get(client: httpx.AsyncClient) -> None:
    await put(client)
    contact = (
        await client.post(
            "/api/contacts", json={"email": "alice@example.com", "properties": {"firstName": "Alice", "plan": "<pro>"}}
        )
    ).json()

    by_email = await client.post("/api/templates/welcome/preview", json={"email": "alice@example.com"})
    by_id = await client.post("/api/templates/welcome/preview", json={"contactId": contact["id"]})

    assert by_email.status_code == 200, by_email.text
    assert by_email.json() == by_id.json()
    assert (by_email.json()["subject"], by_email.json()["warnings"]) == ("Hi Alice", [])
    assert "&lt;pro&gt;" in by_email.json()["html"]


async def test_a_preview_names_what_is_missing(client: httpx.AsyncClient) -> None:
    await put(client)

    seen = (await client.post("/api/templates/welcome/preview", json={"email": "nobody@example.com"})).json()

    assert seen["subject"] == "Hi"
    assert len(seen["warnings"]) == 2


async def test_a_preview_for_nobody_shows_a_sample(client: httpx.AsyncClient) -> None:
    await put(client, html="<p>{{ event.order.id }} {{ plan }}</p>", previewText="For {{ firstName }}")

    seen = (await client.post("/api/templates/welcome/preview")).json()

    assert (seen["subject"], seen["previewText"], seen["widths"]) == (
        "Hi Ada",
        "For Ada",
        {"desktop": 700, "mobile": 375},
    )
    assert "[id]" in seen["html"]
    assert seen["sizeBytes"] == len(seen["html"].encode())
    assert seen["warnings"] == [
        "Shown for a sample contact, ada@example.com.",
        "event.order.id is a sample.",
        "plan has no value.",
    ]


@pytest.mark.parametrize(
    ("fields", "path", "line"),
    [
        ({"subject": "{{ a"}, "subject", 1),
        ({"html": "<p>\n{% if a %}</p>"}, "html", 2),
        ({"html": None}, "html", None),
        ({"mjml": "<mjml></mjml>"}, "html", None),
        ({"name": ""}, "name", None),
        ({"subject": 5}, "subject", None),
        ({"body": "x"}, "body", None),
        ({"id": "another"}, "id", None),
    ],
)
async def test_a_template_that_cannot_be_kept_is_refused(
    client: httpx.AsyncClient, fields: dict[str, object], path: str, line: int | None
) -> None:
    response = await client.put("/api/templates/welcome", json={**WELCOME, **fields})

    detail = error_of(response)["details"][0]
    assert (response.status_code, detail["path"], detail.get("line")) == (400, path, line), response.text
    assert (await client.get("/api/templates")).json()["data"] == []


async def test_a_slug_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.put("/api/templates/a%20b", json=WELCOME)

    assert response.status_code == 400


async def test_a_template_in_use_is_not_deleted(client: httpx.AsyncClient) -> None:
    await put(client)
    definition = API_TRIGGER + "steps:\n  - action: email\n    template: welcome\n"
    await client.post("/api/sequences", json={"name": "greeting", "definition": definition})

    in_use = await client.delete("/api/templates/welcome")
    await client.post("/api/sequences/greeting/archive")
    free = await client.delete("/api/templates/welcome")

    assert (in_use.status_code, free.status_code) == (409, 204)
    assert "greeting" in error_of(in_use)["message"]
    assert (await client.get("/api/templates/welcome")).status_code == 404


async def test_nothing_of_another_workspace_can_be_seen_or_changed(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    template = await put(client)
    path = f"/api/templates/{template['id']}"

    answers = [
        await other_client.get(path),
        await other_client.put(path, json=WELCOME),
        await other_client.delete(path),
        await other_client.post(f"{path}/preview"),
        await other_client.get(f"{path}/versions"),
        await other_client.get(f"{path}/uses"),
        await other_client.post(f"{path}/versions/1/restore"),
        await other_client.get("/api/templates/welcome"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert (await client.get(path)).json() == template


async def test_the_versions_of_a_template_are_listed_newest_first(client: httpx.AsyncClient) -> None:
    for subject in ("a", "b", "c"):
        newest = await put(client, subject=subject)

    first = (await client.get("/api/templates/welcome/versions?limit=2")).json()
    rest = (await client.get(f"/api/templates/welcome/versions?limit=2&cursor={first['nextCursor']}")).json()

    versions = first["data"] + rest["data"]
    assert versions[0] == newest
    assert [(version["version"], version["subject"]) for version in versions] == [(3, "c"), (2, "b"), (1, "a")]
    assert (rest["hasMore"], {version["id"] for version in versions}) == (False, {newest["id"]})


async def test_a_version_is_restored_as_a_new_one(client: httpx.AsyncClient) -> None:
    before = await put(client, html=None, blocks=[{"type": "text", "content": "Hi {{ firstName }}"}], text="Hi")
    await put(client, subject="Another", name="A better name")

    restored = (await client.post("/api/templates/welcome/versions/1/restore")).json()
    again = (await client.post("/api/templates/welcome/versions/1/restore")).json()

    changed = {"version": 3, "name": "A better name", "updatedAt": restored["updatedAt"]}
    assert restored == again == {**before, **changed}
    assert (await client.get("/api/templates/welcome")).json() == restored


@pytest.mark.parametrize("number", [0, 2, 2**31])
async def test_a_version_that_is_not_there_is_not_restored(client: httpx.AsyncClient, number: int) -> None:
    template = await put(client)

    response = await client.post(f"/api/templates/welcome/versions/{number}/restore")

    assert response.status_code in {400, 404}
    assert (await client.get("/api/templates/welcome")).json() == template


async def test_a_template_knows_what_uses_it(client: httpx.AsyncClient) -> None:
    await put(client)
    unused = (await client.get("/api/templates/welcome/uses")).json()
    definition = API_TRIGGER + "steps:\n  - action: email\n    template: welcome\n"
    await client.post("/api/sequences", json={"name": "greeting", "definition": definition})
    campaign = (await client.post("/api/campaigns", json={"name": "Spring"})).json()
    assert (await client.post(f"/api/campaigns/{campaign['id']}/templates/welcome")).status_code == 200

    used = (await client.get("/api/templates/welcome/uses")).json()

    assert unused == {"sequences": [], "campaigns": []}
    assert used == {"sequences": ["greeting"], "campaigns": [{"id": campaign["id"], "name": "Spring"}]}
