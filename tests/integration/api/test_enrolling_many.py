"""Enrolling an audience over HTTP: a job, with its progress and its numbers."""

import httpx
import pytest

from tests.integration.api.conftest import error_of

DRIP = "trigger: { api: true }\nsteps: [ { action: delay, duration: 9d } ]\n"


async def a_sequence(client: httpx.AsyncClient) -> None:
    assert (await client.put("/api/sequences/drip", json={"definition": DRIP})).status_code == 201
    assert (await client.post("/api/sequences/drip/activate")).status_code == 200


async def done(client: httpx.AsyncClient, job: str) -> dict[str, object]:
    for _ in range(500):
        found: dict[str, object] = (await client.get(f"/api/jobs/{job}")).json()
        if found["status"] not in {"queued", "running"}:
            return found
    raise AssertionError("the job does not end")


@pytest.mark.usefixtures("working")
async def test_everybody_with_a_tag_or_on_a_list_is_enrolled_by_a_job(client: httpx.AsyncClient) -> None:
    await a_sequence(client)
    people = []
    for number in range(5):
        made = await client.post("/api/contacts", json={"email": f"person{number}@example.com", "tags": ["VIP User"]})
        people.append(made.json()["id"])
    news = (await client.post("/api/lists", json={"name": "News"})).json()["id"]
    await client.post(f"/api/lists/{news}/contacts", json={"contactIds": people[:3]})

    by_list = await client.post("/api/sequences/drip/enroll", json={"list": "news"})
    first = await done(client, by_list.json()["job"])
    by_tag = await client.post("/api/sequences/drip/enrolments", json={"tag": "vip user"})
    second = await done(client, by_tag.json()["job"])

    assert (by_list.status_code, by_tag.status_code) == (202, 202)
    assert first["result"] == {"enrolled": 3, "skipped": 0, "reasons": {}}
    assert second["result"] == {"enrolled": 2, "skipped": 3, "reasons": {"already_active": 3}}
    assert (second["done"], second["total"]) == (5, 5)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"list": "nowhere"}, 404, "NOT_FOUND"),
        ({"segment": "nowhere"}, 404, "NOT_FOUND"),
        ({"tag": "a", "list": "b"}, 400, "VALIDATION_ERROR"),
        ({"tag": "a", "email": "ann@example.com"}, 400, "VALIDATION_ERROR"),
        ({"tag": "a", "event": {"n": 1}}, 400, "VALIDATION_ERROR"),
        ({"tag": "!!"}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_an_audience_that_is_none_is_refused(
    client: httpx.AsyncClient, body: dict[str, object], status: int, code: str
) -> None:
    await a_sequence(client)

    response = await client.post("/api/sequences/drip/enroll", json=body)

    assert (response.status_code, error_of(response)["code"]) == (status, code)


async def test_a_paused_sequence_enrolls_no_audience(client: httpx.AsyncClient) -> None:
    await a_sequence(client)
    await client.post("/api/sequences/drip/pause")

    response = await client.post("/api/sequences/drip/enroll", json={"tag": "a"})

    assert response.status_code == 409
