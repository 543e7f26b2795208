"""Other subjects and other wordings for a template, by a model of our own."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import Run, error_of
from tests.makers.models import NOTHING, Answer, ModelServer, a_mail, a_model, one_after_the_other

IMAGE = {"type": "image", "src": "https://example.com/a.png", "alt": "A picture"}
TEXT = {"type": "text", "content": "<p>Hi {{ event.city | 'you' }}, see <a href='https://acme.test/'>this</a></p>"}
NEW = {"type": "text", "content": "<p>Shorter, {{ event.city | 'you' }}: <a href='https://acme.test/'>this</a></p>"}


@pytest.fixture
async def model(client: httpx.AsyncClient) -> AsyncIterator[ModelServer]:
    """A model that the workspace is connected to, which has a template of blocks."""
    async with a_model(one_after_the_other("nothing yet")) as server:
        told = {"baseUrl": server.url, "model": "a-model"}
        assert (await client.put("/api/connections/llm", json=told)).status_code == 201
        body = {"name": "Hi", "subject": "Hi", "blocks": [IMAGE, TEXT]}
        assert (await client.put("/api/templates/hi", json=body)).status_code == 201
        yield server


async def result(client: httpx.AsyncClient, path: str, body: Mapping[str, object], run: Run) -> Mapping[str, Any]:
    """The job that a request queues, when it has ended."""
    queued = await client.post(path, json=body)
    assert queued.status_code == 202, queued.text
    await run()
    job: Mapping[str, Any] = (await client.get(f"/api/jobs/{queued.json()['job']}")).json()
    return job


async def test_subjects_are_suggested(client: httpx.AsyncClient, model: ModelServer, run: Run) -> None:
    lines = ["One", "Two", "Two", " See https://evil.test", "{{ password }}", "Hi {{ event.city | 'you' }}", "Four"]
    model.answer = one_after_the_other({"subjects": lines})

    job = await result(client, "/api/templates/hi/subjects", {"count": 3}, run)

    assert (job["status"], job["result"]) == (
        "done",
        {"template": "hi", "subjects": ["One", "Two", "Hi {{ event.city | 'you' }}"]},
    )


async def test_a_rewritten_mail_is_a_proposal_that_keeps_its_pictures(
    client: httpx.AsyncClient, model: ModelServer, run: Run
) -> None:
    model.answer = one_after_the_other(a_mail("Shorter", blocks=[NEW, {"type": "kept", "number": 1}]))

    job = await result(client, "/api/templates/hi/rewrite", {"instruction": "Make it shorter"}, run)

    assert (job["status"], job["result"]) == (
        "done",
        {
            "template": "hi",
            "subject": "Shorter",
            "previewText": "What to do first.",
            "blocks": [NEW, IMAGE],
            "savedVersion": None,
        },
    )
    assert (await client.get("/api/templates/hi")).json()["version"] == 1
    assert "Make it shorter" in model.requests[0]["messages"][1]["content"]


async def test_a_rewritten_mail_is_saved_when_asked_for(
    client: httpx.AsyncClient, model: ModelServer, run: Run
) -> None:
    model.answer = one_after_the_other(a_mail("Shorter", blocks=[{"type": "kept", "number": 1}, NEW]))

    job = await result(client, "/api/templates/hi/rewrite", {"instruction": "Shorter", "save": True}, run)

    template = (await client.get("/api/templates/hi")).json()
    assert job["result"]["savedVersion"] == 2
    assert (template["version"], template["subject"], template["blocks"]) == (2, "Shorter", [IMAGE, NEW])


async def test_a_template_that_was_changed_in_the_meantime_stays(
    client: httpx.AsyncClient, model: ModelServer, run: Run
) -> None:
    async def answer(request: Mapping[str, Any]) -> Answer:
        await client.put("/api/templates/hi", json={"name": "Hi", "subject": "Mine", "blocks": [TEXT]})
        return a_mail("Shorter", blocks=[{"type": "kept", "number": 1}, NEW])

    model.answer = answer

    job = await result(client, "/api/templates/hi/rewrite", {"instruction": "Shorter", "save": True}, run)

    assert job["status"] == "failed"
    assert (await client.get("/api/templates/hi")).json()["subject"] == "Mine"


@pytest.mark.parametrize(
    "blocks",
    [[NEW], [NEW, {"type": "kept", "number": 2}], [{"type": "kept", "number": 1}, NEW, {"type": "kept", "number": 1}]],
)
async def test_a_picture_that_is_lost_or_doubled_is_refused(
    client: httpx.AsyncClient, model: ModelServer, run: Run, blocks: list[object]
) -> None:
    model.answer = one_after_the_other(a_mail(blocks=blocks))

    job = await result(client, "/api/templates/hi/rewrite", {"instruction": "Shorter"}, run)

    assert job["status"] == "failed"
    assert "the block of the type kept with the number" in job["errors"][0]["message"]
    assert len(model.requests) == 2


async def test_a_mail_of_html_is_reworded_as_blocks(client: httpx.AsyncClient, model: ModelServer, run: Run) -> None:
    body = {"name": "Plain", "subject": "Plain", "html": "<p>{{ plan }} at <a href='https://acme.test/x'>x</a></p>"}
    await client.put("/api/templates/plain", json=body)
    new = {"type": "text", "content": "<p>{{ plan }}: <a href='https://acme.test/x'>x</a></p>"}
    model.answer = one_after_the_other(a_mail("New", blocks=[new]))

    job = await result(client, "/api/templates/plain/rewrite", {"instruction": "Better", "save": True}, run)

    assert (job["status"], (await client.get("/api/templates/plain")).json()["blocks"]) == ("done", [new])


async def test_who_does_not_answer_ends_the_job_with_the_reason(
    client: httpx.AsyncClient, model: ModelServer, run: Run
) -> None:
    model.answer = one_after_the_other(NOTHING)

    job = await result(client, "/api/templates/hi/subjects", {}, run)

    assert (job["status"], job["errors"]) == (
        "failed",
        [{"message": "The language model did not answer within 0.5 seconds."}],
    )


async def test_without_a_model_nothing_is_queued(client: httpx.AsyncClient) -> None:
    await client.put("/api/templates/hi", json={"name": "Hi", "subject": "Hi", "blocks": [TEXT]})

    refused = [
        await client.post("/api/templates/hi/subjects", json={}),
        await client.post("/api/templates/hi/rewrite", json={"instruction": "Better"}),
    ]

    assert [(each.status_code, "PUT /api/connections/llm" in error_of(each)["message"]) for each in refused] == [
        (422, True)
    ] * 2


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("subjects", {"count": 0}, "count"),
        ("subjects", {"count": 21}, "count"),
        ("rewrite", {"instruction": " "}, "instruction"),
        ("rewrite", {"instruction": "x" * 5_001}, "instruction"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    client: httpx.AsyncClient, model: ModelServer, path: str, body: dict[str, object], field: str
) -> None:
    refused = await client.post(f"/api/templates/hi/{path}", json=body)

    assert (refused.status_code, error_of(refused)["details"][0]["path"]) == (400, field)
    assert (await client.post(f"/api/templates/nobody/{path}", json=body)).status_code in {400, 404}
