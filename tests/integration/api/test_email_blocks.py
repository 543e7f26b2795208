"""Mails made of blocks: their catalogue, saved, previewed, and sent to the inbox."""

import json
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of
from tests.integration.api.test_sequenzy_people import advance, saved
from tests.integration.api.test_sequenzy_sequences import drafted
from tests.makers import sequenzy

BLOCKS: list[dict[str, Any]] = [
    {"id": "h", "type": "heading", "content": "Hello {{ firstName }}", "level": 1},
    {"type": "image", "src": "https://example.com/a.png", "heigth": 3},
    {
        "type": "conditional-group",
        "condition": {"property": "contact.properties.plan", "operator": "equals", "value": "pro"},
        "blocks": [{"type": "text", "content": "<p>Thank you.</p>"}],
        "else": [{"type": "button", "text": "Go Pro", "url": "https://example.com/pro?m={{ email }}"}],
    },
]
TEMPLATE = {"name": "Hello", "subject": "Hello", "blocks": BLOCKS}


async def test_the_catalogue_has_every_kind_and_each_by_itself(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/email-blocks")).json()

    found = (await client.get("/api/email-blocks/button")).json()
    nothing = await client.get("/api/email-blocks/nothing")
    assert (len(listed["data"]), listed["items"], listed["hasMore"]) == (24, listed["data"], False)
    assert found == next(kind for kind in listed["data"] if kind["type"] == "button")
    assert found["required"] == ["text", "url"]
    assert (nothing.status_code, error_of(nothing)["code"]) == (404, "NOT_FOUND")


async def test_the_catalogue_is_told_in_the_other_form_too(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/v1/email-blocks")).json()

    one = (await client.get("/v1/email-blocks/list")).json()
    nothing = await client.get("/api/v1/email-blocks/nothing")
    assert (listed["success"], len(listed["blockTypes"])) == (True, 24)
    assert one == {"success": True, "blockType": next(kind for kind in listed["blockTypes"] if kind["type"] == "list")}
    assert nothing.status_code == 404


async def test_the_examples_of_the_catalogue_are_saved(client: httpx.AsyncClient) -> None:
    examples = [kind["example"] for kind in (await client.get("/api/email-blocks")).json()["data"]]

    saved_now = await client.put("/api/templates/all", json={**TEMPLATE, "blocks": examples})

    assert (saved_now.status_code, saved_now.json()["warnings"]) == (201, []), saved_now.text


async def test_blocks_are_given_back_as_they_were_sent_with_warnings(client: httpx.AsyncClient) -> None:
    first = await client.put("/api/templates/hello", json=TEMPLATE)

    again = await client.put("/api/templates/hello", json=TEMPLATE)
    assert (first.status_code, again.status_code, again.json()["version"]) == (201, 200, 1)
    assert (first.json()["blocks"], first.json()["html"], first.json()["mjml"]) == (BLOCKS, None, None)
    assert first.json()["variables"] == ["contact.properties.plan", "email", "firstName"]
    assert first.json()["warnings"] == ["blocks[1].heigth: is unknown and was left out"]


@pytest.mark.parametrize(
    ("plan", "shown", "hidden"), [("pro", "Thank you.", "Go Pro"), ("free", "Go Pro", "Thank you.")]
)
async def test_a_preview_shows_the_branch_of_the_contact(
    client: httpx.AsyncClient, plan: str, shown: str, hidden: str
) -> None:
    await client.put("/api/templates/hello", json=TEMPLATE)
    await client.post(
        "/api/contacts", json={"email": "ada@example.com", "properties": {"plan": plan, "firstName": "<Ada>"}}
    )

    response = await client.post("/api/templates/hello/preview", json={"email": "ada@example.com"})

    preview = response.json()
    assert ("Hello &lt;Ada&gt;" in preview["html"], "Hello <Ada>" in preview["text"]) == (True, True)
    assert [shown in preview[part] for part in ("html", "text")] == [True, True]
    assert [hidden in preview[part] for part in ("html", "text")] == [False, False]


async def test_a_bad_block_is_named_and_nothing_is_saved(client: httpx.AsyncClient) -> None:
    blocks = [*BLOCKS, {"type": "columns", "columns": [{"blocks": [{"type": "button", "text": "x", "url": " "}]}]}]

    response = await client.put("/api/templates/hello", json={**TEMPLATE, "blocks": blocks})

    details = error_of(response)["details"]
    assert response.status_code == 400
    assert [(each["path"], each["message"]) for each in details] == [("blocks[3].columns[0].blocks[0].url", "is empty")]
    assert (await client.get("/api/templates/hello")).status_code == 404


async def test_html_becomes_blocks_that_can_be_saved(client: httpx.AsyncClient) -> None:
    html = "<title>Hi</title><p>Hello {{ firstName }}</p><form>x</form>"

    found = await client.post("/api/email-blocks/from-html", json={"html": html})

    blocks = found.json()["blocks"]
    saved_now = await client.put("/api/templates/made", json={**TEMPLATE, "blocks": blocks})
    assert (found.status_code, saved_now.status_code) == (200, 201), found.text
    assert found.json() == {
        "blocks": [
            {"type": "text", "content": "<p>Hello {{ firstName }}</p>"},
            {"type": "html", "content": "<form>x</form>"},
        ],
        "warnings": ["1 part of it stayed HTML, in blocks of the type html."],
        "subject": "Hi",
        "previewText": None,
    }


@pytest.mark.parametrize("html", ["", "<!-- x -->", "a\x00b", "<div>" * 5_000])
async def test_html_that_cannot_be_read_is_refused(client: httpx.AsyncClient, html: str) -> None:
    response = await client.post("/api/email-blocks/from-html", json={"html": html})

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (400, "html")


@pytest.mark.parametrize("blocks", [[], {}, "x", [1]])
async def test_what_are_no_blocks_is_refused(client: httpx.AsyncClient, blocks: object) -> None:
    response = await client.put("/api/templates/hello", json={**TEMPLATE, "blocks": blocks})

    assert response.status_code == 400


async def test_blocks_beside_html_are_refused(client: httpx.AsyncClient) -> None:
    response = await client.put("/api/templates/hello", json={**TEMPLATE, "html": "<p>x</p>"})

    assert [each["path"] for each in error_of(response)["details"]] == ["html"]


async def test_a_mail_that_gmail_cuts_is_a_warning(client: httpx.AsyncClient) -> None:
    blocks = [{"type": "text", "content": "<p>" + "word " * 15_000 + "</p>"} for _ in range(2)]

    response = await client.put("/api/templates/long", json={**TEMPLATE, "blocks": blocks})

    assert ["Gmail shows no more than 102 kB" in warning for warning in response.json()["warnings"]] == [True]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_bad_block_of_a_sequence_is_named_and_nothing_is_saved(client: httpx.AsyncClient, method: str) -> None:
    blocks = [{"type": "text", "content": "x"}] * 19 + [{"type": "button", "text": "Go", "url": ""}]
    await drawn_up(client, blocks[:19])
    bad = {"trigger": {"api": True}, "steps": [{"action": "email", "id": "hi", "subject": "Hi", "blocks": blocks}]}
    path = "/api/sequences" if method == "POST" else "/api/sequences/news"

    response = await client.request(method, path, json={"name": "other", "definition": bad})

    details = error_of(response)["details"]
    assert (response.status_code, [(each["path"], each["message"]) for each in details]) == (
        400,
        [("steps[0].blocks[19].url", "step 'hi': is empty")],
    )
    [kept] = (await client.get("/api/sequences")).json()["data"]
    assert (kept["name"], len(kept["steps"][0]["blocks"])) == ("news", 19)
    assert (await client.get("/api/templates")).json()["data"] == []


async def test_what_looks_odd_in_the_blocks_of_a_sequence_is_told_at_its_activation(client: httpx.AsyncClient) -> None:
    await drawn_up(client, [{"type": "text", "content": "x", "colour": "red"}])

    response = await client.post("/api/sequences/news/activate")

    assert response.status_code == 200, response.text
    assert [(each["path"], each["message"]) for each in response.json()["warnings"]] == [
        ("steps[0].blocks[0].colour", "step 'email-1': is unknown and was left out")
    ]


async def drawn_up(client: httpx.AsyncClient, blocks: list[dict[str, Any]]) -> None:
    """A draft of one mail, made of blocks."""
    definition = {"trigger": {"api": True}, "steps": [{"action": "email", "subject": "Hi", "blocks": blocks}]}
    response = await client.post("/api/sequences", json={"name": "news", "definition": definition})
    assert response.status_code == 201, response.text


@pytest.mark.usefixtures("working")
async def test_the_published_blocks_run_to_the_end_and_are_mailed(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client, sequenzy.body_of(sequenzy.BLOCKS)))["sequence"]["id"]
    on = await client.post(f"/api/v1/sequences/{sequence}/enable")
    assert on.status_code == 200, on.text
    await advance(client, "0m")

    await saved(client, email="ann@example.com")
    await advance(client, "2d")

    rows = (await client.get(f"/api/v1/sequences/{sequence}/enrollments?status=completed")).json()["enrollments"]
    read = (await client.get("/api/inbox")).json()["data"][::-1]
    steps = json.loads(sequenzy.body_of(sequenzy.BLOCKS))["steps"]
    assert [row["status"] for row in rows] == ["completed"]
    assert [mail["subject"] for mail in read] == [step["subject"] for step in steps]
    assert ["Thanks for signing up. We are excited to have you." in read[0][part] for part in ("html", "text")] == [
        True,
        True,
    ]
    assert "<h1" in read[0]["html"]
    assert "Unsubscribe" in read[0]["html"]
