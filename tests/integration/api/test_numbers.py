"""What became of mail, over HTTP."""

import httpx
import pytest

from tests.integration.api.conftest import error_of

DEFINITION = """
trigger: { event: trial.started }
conversion: { event: paid }
steps:
  - { action: email, id: welcome, name: Welcome, template: a-mail }
  - { action: delay, duration: 2d }
  - { action: email, id: tips, template: a-mail }
"""
NOTHING = {
    "sent": 0,
    "inDoubt": 0,
    "delivered": 0,
    "opens": 0,
    "uniqueOpens": 0,
    "machineOpens": 0,
    "clicks": 0,
    "uniqueClicks": 0,
    "machineClicks": 0,
    "bounces": 0,
    "failed": 0,
    "skipped": 0,
    "skippedBy": {},
    "deferred": 0,
    "skippedOrDeferred": 0,
    "unsubscribed": 0,
    "complaints": 0,
    "conversions": 0,
    "waiting": 0,
}


@pytest.fixture
async def sequence(client: httpx.AsyncClient) -> str:
    template = {"name": "A mail", "subject": "Hello", "html": "<p>Hello</p>"}
    assert (await client.put("/api/templates/a-mail", json=template)).status_code == 201
    made = await client.put("/api/sequences/trial", json={"name": "Trial", "definition": DEFINITION})
    assert made.status_code == 201
    assert (await client.post("/api/sequences/trial/activate")).status_code == 200
    return "trial"


async def test_a_sequence_without_mail_has_its_steps_with_zeros(client: httpx.AsyncClient, sequence: str) -> None:
    stats = (await client.get(f"/api/sequences/{sequence}/stats")).json()

    assert stats["steps"] == [
        {"step": 1, "id": "welcome", "name": "Welcome"} | NOTHING,
        {"step": 2, "id": "tips", "name": None} | NOTHING,
    ]
    assert (stats["totals"], stats["conversions"], stats["version"], stats["standing"]) == (NOTHING, 0, None, [])


async def test_a_draft_has_no_numbers_yet(client: httpx.AsyncClient) -> None:
    await client.put("/api/sequences/draft", json={"name": "Draft", "definition": DEFINITION})

    stats = (await client.get("/api/sequences/draft/stats")).json()

    assert (stats["steps"], stats["totals"]) == ([], NOTHING)


async def test_metrics_have_every_period_of_the_span(client: httpx.AsyncClient, sequence: str) -> None:
    span = {"from": "2026-03-01", "to": "2026-03-04"}
    for path in ("", f"/sequences/{sequence}", "/templates/a-mail"):
        found = (await client.get(f"/api/metrics{path}", params=span)).json()

        assert [point["date"] for point in found["timeseries"]] == ["2026-03-01", "2026-03-02", "2026-03-03"]
        assert found["items"] == found["timeseries"]
        assert found["from"] == "2026-03-01T00:00:00.000Z"
        assert found["totals"].pop("skippedBy") == {}
        assert set(found["totals"].values()) == {0}


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 30), ({"period": "hour"}, 24), ({"period": "week"}, 12), ({"period": "monthly"}, 12)],
)
async def test_without_a_span_a_stretch_up_to_now_is_shown(
    client: httpx.AsyncClient, query: dict[str, str], count: int
) -> None:
    assert len((await client.get("/api/metrics", params=query)).json()["timeseries"]) == count


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"period": "year"}, "period"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"from": "1990-01-01"}, "from"),
        ({"period": "hour", "from": "2025-01-01", "to": "2025-01-02"}, "from"),
    ],
)
async def test_a_span_that_makes_no_sense_is_refused_with_its_place(
    client: httpx.AsyncClient, query: dict[str, str], place: str
) -> None:
    response = await client.get("/api/metrics", params=query)

    assert response.status_code == 400
    assert [detail["path"] for detail in error_of(response)["details"]] == [place]


async def test_goals_and_who_stands_where_are_shown_by_step_version_and_campaign(
    client: httpx.AsyncClient, sequence: str, working: None
) -> None:
    await client.post("/api/test-clock/advance", json={"duration": "0m"})
    await client.post("/api/campaigns", json={"name": "launch"})
    assert (await client.post(f"/api/campaigns/launch/sequences/{sequence}")).status_code == 200
    for person in ("ann", "ben"):
        event = {"email": f"{person}@example.com", "event": "trial.started"}
        assert (await client.post("/api/events", json=event)).status_code == 201
    await client.post("/api/test-clock/advance", json={"duration": "1m"})
    await client.post("/api/events", json={"email": "ann@example.com", "event": "paid"})

    stats = (await client.get(f"/api/sequences/{sequence}/stats")).json()
    campaign = (await client.get("/api/campaigns/launch/stats")).json()
    by_day = {
        query: (await client.get(f"/api/metrics/{query}")).json()["totals"]
        for query in (
            f"sequences/{sequence}",
            f"sequences/{sequence}?version=1&step=welcome",
            f"sequences/{sequence}?step=welcome",
            f"sequences/{sequence}?step=tips",
            f"sequences/{sequence}?version=2",
            "campaigns/launch",
        )
    }

    mailed = NOTHING | {"sent": 2, "conversions": 1}
    assert stats["steps"][0] == {"step": 1, "id": "welcome", "name": "Welcome"} | mailed
    assert (stats["totals"], stats["conversions"]) == (mailed | {"waiting": 1}, 1)
    [standing] = stats["standing"]
    assert (standing["waiting"], standing["id"]) == (1, "delay-1")
    [member] = campaign["sequences"]
    assert (member["id"], member["name"], campaign["totals"]) == (sequence, "Trial", stats["totals"])
    assert [(each["sent"], each["converted"]) for each in by_day.values()] == [
        (2, 1),
        (2, 1),
        (2, 1),
        (0, 0),
        (0, 0),
        (2, 1),
    ]
