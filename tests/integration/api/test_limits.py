"""Warm-up and rates over HTTP."""

import httpx
import pytest

from tests.integration.api.conftest import error_of

INACTIVE = {
    "domain": "warm.example.com",
    "status": "inactive",
    "startingLimit": 25,
    "targetLimit": 5000,
    "factor": 1.5,
    "day": 0,
    "limit": None,
    "sentToday": 0,
    "daysLeft": 0,
    "health": "healthy",
    "reason": None,
    "tried": 0,
    "bounced": 0,
    "complained": 0,
    "startedAt": None,
}
WARMUP = "/api/domains/warm.example.com/warmup"


@pytest.fixture
async def domain(client: httpx.AsyncClient) -> str:
    made = await client.post("/api/domains", json={"domain": "warm.example.com"})
    assert made.status_code == 201
    identity: str = made.json()["id"]
    return identity


async def test_a_warm_up_is_planned_started_paused_resumed_and_stopped(client: httpx.AsyncClient, domain: str) -> None:
    assert (await client.get(f"/api/domains/{domain}/warmup")).json() == INACTIVE

    plan = {"startingLimit": 10, "targetLimit": 100, "factor": 2}
    planned = (await client.put(WARMUP, json=plan)).json()
    started = (await client.post(f"{WARMUP}/start")).json()
    again = await client.post(f"{WARMUP}/start")
    paused = (await client.post(f"{WARMUP}/pause")).json()
    resumed = (await client.post(f"{WARMUP}/resume")).json()
    stopped = (await client.post(f"{WARMUP}/stop")).json()

    assert planned == INACTIVE | plan
    assert (started["status"], started["day"], started["limit"], started["daysLeft"]) == ("active", 1, 10, 4)
    assert again.status_code == 409
    assert (paused["status"], paused["limit"], paused["reason"]) == ("paused", 0, "manual")
    assert (resumed["status"], resumed["limit"], resumed["reason"]) == ("active", 10, None)
    assert stopped == INACTIVE | plan


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"startingLimit": 0}, "startingLimit"),
        ({"startingLimit": 100, "targetLimit": 99}, "targetLimit"),
        ({"factor": 1e200}, "factor"),
        ({"factor": 0.99}, "factor"),
        ({"factor": 10.5}, "factor"),
        ({"factor": "fast"}, "factor"),
        ({"speed": 2}, "speed"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused_with_its_place(
    client: httpx.AsyncClient, domain: str, body: dict[str, object], place: str
) -> None:
    response = await client.put(f"/api/domains/{domain}/warmup", json=body)

    assert response.status_code == 400
    assert [detail["path"] for detail in error_of(response)["details"]] == [place]


async def test_the_warm_up_of_an_unknown_domain_is_not_found(client: httpx.AsyncClient) -> None:
    for method, path in (("GET", ""), ("PUT", ""), ("POST", "/start"), ("POST", "/pause"), ("POST", "/stop")):
        body: dict[str, object] | None = {} if method == "PUT" else None
        response = await client.request(method, f"/api/domains/nobody.example.com/warmup{path}", json=body)
        assert response.status_code == 404


async def test_rates_are_set_listed_and_removed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/rates")).json()["data"] == []

    put = [
        await client.put(f"/api/rates/{name}", json={"max": most, "within": within})
        for name, most, within in (("all", 1000, "1h"), ("gmail", 20, "1m"), ("gmail", 30, "1m"))
    ]
    listed = (await client.get("/api/rates")).json()
    removed = [await client.delete("/api/rates/gmail") for _ in range(2)]

    assert [response.status_code for response in put] == [200, 200, 200]
    assert listed["data"] == [
        {"name": "all", "max": 1000, "within": "1h"},
        {"name": "gmail", "max": 30, "within": "1m"},
    ]
    assert [response.status_code for response in removed] == [204, 204]
    assert [rate["name"] for rate in (await client.get("/api/rates")).json()["data"]] == ["all"]


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("gmx", {"max": 1, "within": "1m"}, 404),
        ("gmail", {"max": 0, "within": "1m"}, 400),
        ("gmail", {"max": 1, "within": "2d"}, 400),
        ("gmail", {"max": 1, "within": "1 minute"}, 400),
        ("gmail", {"max": 1}, 400),
    ],
)
async def test_a_rate_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, name: str, body: dict[str, object], status: int
) -> None:
    assert (await client.put(f"/api/rates/{name}", json=body)).status_code == status
