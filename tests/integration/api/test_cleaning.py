"""HTML made blocks and put in order by a model of our own, as jobs."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import Run, error_of
from tests.makers.models import NOTHING, Answer, ModelServer, a_model, one_after_the_other

ASK = 'Ask <a href="https://acme.test/ask">us</a>'
HTML = f"<title>Hello</title><h1>Hi</h1><form>{ASK}</form>"
HEADING = {"type": "heading", "content": "Hi"}
RAW = {"type": "html", "content": f"<form>{ASK}</form>"}
GOOD = {"blocks": [{"type": "kept", "number": 1}, {"type": "text", "content": ASK, "variant": None, "styles": None}]}
LOSSY = {"blocks": [{"type": "kept", "number": 1}]}
TEXT = {"type": "text", "content": ASK}
STAYED = "1 part of it stayed HTML, in blocks of the type html."
NOT_USED = "The blocks are those of the converter: "
IN_VAIN = "the language model's answer cannot be used, also when asked again: "
MAILS = [{"subject": "One", "html": HTML}, {"subject": "Two", "html": "<p>Two</p><form>And more</form>"}]


@pytest.fixture
async def model(client: httpx.AsyncClient) -> AsyncIterator[ModelServer]:
    """A model that the workspace is connected to."""
    async with a_model(one_after_the_other(GOOD)) as server:
        told = {"baseUrl": server.url, "model": "a-model"}
        assert (await client.put("/api/connections/llm", json=told)).status_code == 201
        yield server


async def ended(client: httpx.AsyncClient, job: str, run: Run) -> Mapping[str, Any]:
    while await run():
        pass
    found: Mapping[str, Any] = (await client.get(f"/api/jobs/{job}")).json()
    return found


async def cleaned(client: httpx.AsyncClient, run: Run) -> Mapping[str, Any]:
    queued = await client.post("/api/email-blocks/from-html", json={"html": HTML, "clean": "ai"})
    assert queued.status_code == 202, queued.text
    return await ended(client, queued.json()["job"], run)


async def migrated(client: httpx.AsyncClient) -> Mapping[str, Any]:
    body = {"name": "Moved", "trigger": "contact_added", "clean": "ai", "steps": MAILS}
    made = await client.post("/api/v1/sequences", json=body)
    assert made.status_code == 201, made.text
    answer: Mapping[str, Any] = made.json()
    return answer


async def blocks_of(client: httpx.AsyncClient, sequence: str) -> list[Any]:
    found = (await client.get(f"/api/v1/sequences/{sequence}")).json()["sequence"]
    return [mail["blocks"] for mail in found["emails"]]


async def test_a_model_puts_the_blocks_of_html_in_order(
    client: httpx.AsyncClient, model: ModelServer, run: Run
) -> None:
    job = await cleaned(client, run)

    result = {
        "blocks": [HEADING, TEXT],
        "warnings": [],
        "subject": "Hello",
        "previewText": None,
        "cleaned": True,
    }
    assert (job["status"], job["result"]) == ("done", result)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            LOSSY,
            f"{IN_VAIN}blocks: 1 link lost: https://acme.test/ask; blocks: 2 words lost: Ask, us",
        ),
        (NOTHING, "The language model did not answer within 0.5 seconds."),
    ],
)
async def test_what_the_model_loses_is_named_and_the_blocks_stay(
    client: httpx.AsyncClient, model: ModelServer, run: Run, answer: Answer, reason: str
) -> None:
    model.answer = one_after_the_other(answer)

    job = await cleaned(client, run)

    result = {
        "blocks": [HEADING, RAW],
        "warnings": [STAYED, NOT_USED + reason],
        "subject": "Hello",
        "previewText": None,
        "cleaned": False,
    }
    assert (job["status"], job["result"]) == ("done", result)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/email-blocks/from-html", {"html": HTML, "clean": "ai"}),
        ("/api/v1/sequences", {"name": "Moved", "trigger": "contact_added", "clean": "ai", "steps": MAILS}),
    ],
)
async def test_without_a_model_it_is_said_how_to_connect_one(
    client: httpx.AsyncClient, path: str, body: Mapping[str, Any]
) -> None:
    refused = await client.post(path, json=body)

    assert "PUT /api/connections/llm" in refused.text
    assert refused.status_code in (400, 422)
    assert (await client.get("/api/templates")).json()["data"] == []


async def test_html_that_cannot_be_read_is_refused_before_a_model_is_asked(
    client: httpx.AsyncClient, model: ModelServer
) -> None:
    refused = await client.post("/api/email-blocks/from-html", json={"html": " ", "clean": "ai"})
    unknown = await client.post("/api/email-blocks/from-html", json={"html": HTML, "clean": "soap"})

    assert (refused.status_code, error_of(refused)["details"][0]["path"]) == (400, "html")
    assert (unknown.status_code, error_of(unknown)["details"][0]["path"]) == (400, "clean")
    assert model.requests == []


async def test_mails_of_a_migrated_sequence_are_put_in_order_in_the_background(
    client: httpx.AsyncClient, model: ModelServer, run: Run
) -> None:
    more = {"type": "text", "content": "And more", "variant": None, "styles": None}
    model.answer = one_after_the_other(GOOD, {"blocks": [{"type": "kept", "number": 1}, more]})
    made = await migrated(client)
    before = await blocks_of(client, made["sequence"]["id"])

    job = await ended(client, made["job"], run)

    assert (job["status"], job["done"], job["result"]) == ("done", 2, {"cleaned": 2, "warnings": []})
    assert [len(blocks) for blocks in before] == [2, 2]
    two = [{"type": "text", "content": "<p>Two</p>"}, {"type": "text", "content": "And more"}]
    assert await blocks_of(client, made["sequence"]["id"]) == [[HEADING, TEXT], two]


async def test_a_mail_that_somebody_changed_or_that_loses_something_stays(
    client: httpx.AsyncClient, model: ModelServer, run: Run
) -> None:
    made = await migrated(client)
    first, second = (await client.get("/api/templates")).json()["data"]
    mine = {"name": "One", "subject": "Mine", "blocks": [HEADING]}
    theirs = first if first["subject"] == "One" else second
    await client.put(f"/api/templates/{theirs['slug']}", json=mine)
    model.answer = one_after_the_other({"blocks": [{"type": "kept", "number": 1}]})

    job = await ended(client, made["job"], run)

    assert (job["status"], job["result"]["cleaned"]) == ("done", 0)
    assert job["result"]["warnings"] == [
        "mail 1 stays as it was: it was changed in the meantime",
        f"mail 2 stays as it was: {IN_VAIN}blocks: 2 words lost: And, more",
    ]
    assert (await client.get(f"/api/templates/{theirs['slug']}")).json()["subject"] == "Mine"
