from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of
from tests.makers.published import API_TRIGGER

SAID = {
    "company": "Example Ltd",
    "postalAddress": "1 Main Street\n12345 Town",
    "footerText": "You signed up at example.com.",
    "website": "https://example.com",
    "logo": {"url": "https://example.com/logo.png", "alt": "Example"},
    "theme": {"accentColor": "#ff0000"},
    "brand": {"voice": "Calm.", "facts": ["We sail."]},
}
BUTTON = [{"type": "button", "text": "Go", "url": "https://example.com"}, {"type": "footer"}]
SEQUENCE = API_TRIGGER + "steps:\n  - action: email\n    subject: Hi\n    html: <p>Hi {{ workspace.company }}</p>\n"


async def put(client: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    response = await client.put("/api/mail-defaults", json={**SAID, **fields})
    assert response.status_code == 200, response.text
    said: dict[str, Any] = response.json()
    return said


async def test_defaults_are_written_as_a_whole(client: httpx.AsyncClient) -> None:
    before = (await client.get("/api/mail-defaults")).json()

    first, second = await put(client), await put(client)
    less = (await client.put("/api/mail-defaults", json={"company": "Example"})).json()

    assert (before["version"], before["updatedAt"], before["company"]) == (0, None, "")
    assert first == {**first, **SAID, "theme": {**before["theme"], "accentColor": "#ff0000"}}
    assert first == second == {**first, "version": 1}
    assert (less["version"], less["company"], less["postalAddress"], less["brand"]["facts"]) == (2, "Example", "", [])
    assert (await client.get("/api/mail-defaults")).json() == {**less, "remade": []}


async def test_a_default_that_cannot_be_one_is_named(client: httpx.AsyncClient) -> None:
    wrong = await client.put(
        "/api/mail-defaults", json={**SAID, "theme": {"accentColor": "red;"}, "website": "ftp://x"}
    )
    unknown = await client.put("/api/mail-defaults", json={"logo": {"href": "x"}})

    assert (wrong.status_code, unknown.status_code) == (400, 400)
    assert [detail["path"] for detail in error_of(wrong)["details"]] == ["website", "theme.accentColor"]
    assert error_of(unknown)["details"][0]["path"] == "logo.href"
    assert (await client.get("/api/mail-defaults")).json()["version"] == 0


async def test_a_new_look_makes_a_version_of_each_template_of_blocks(client: httpx.AsyncClient) -> None:
    for slug, body in (("blocks", {"blocks": BUTTON}), ("html", {"html": "<p>Hi</p>"})):
        await client.put(f"/api/templates/{slug}", json={"name": slug, "subject": "Hi", **body})

    changed = await put(client)
    again = await put(client, company="Another")

    templates = {each["slug"]: each["version"] for each in (await client.get("/api/templates")).json()["data"]}
    seen = (await client.post("/api/templates/blocks/preview")).json()
    assert (changed["remade"], again["remade"]) == (["blocks"], [])
    assert templates == {"blocks": 2, "html": 1}
    assert "#ff0000" in seen["html"]
    assert "You signed up at example.com.\nAnother\n1 Main Street, 12345 Town\nUnsubscribe" in seen["text"]
    assert seen["html"].count("1 Main Street") == 1


async def test_what_one_workspace_says_is_not_said_by_another(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await put(client)

    assert (await other_client.get("/api/mail-defaults")).json()["company"] == ""


@pytest.mark.usefixtures("working")
async def test_mails_say_the_defaults_as_they_are_when_they_are_sent(client: httpx.AsyncClient) -> None:
    await client.post("/api/sequences", json={"name": "greeting", "definition": SEQUENCE})
    await client.post("/api/sequences/greeting/activate")
    mails = []
    for company in ("First", "Second"):
        await put(client, company=company)
        await client.post("/api/sequences/greeting/enrollments", json={"email": f"{company}@example.com"})
        await client.post("/api/test-clock/advance", json={"duration": "1m"})
        [mail] = (await client.get(f"/api/inbox?email={company}@example.com")).json()["data"]
        mails.append(mail["text"])

    assert [text.splitlines()[:6] for text in mails] == [
        [f"Hi {company}", "", "-- ", "You signed up at example.com.", company, "1 Main Street, 12345 Town"]
        for company in ("First", "Second")
    ]
