"""Dry runs by HTTP: everything that a run would do, and nothing done."""

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates

EVERYTHING = """
trigger: {event: signup, where: [{property: event.plan, operator: equals, value: pro}]}
steps:
  - {action: condition, id: ask, tag: vip, onTrue: skip}
  - {action: tag, id: mark, tag: newcomer}
  - {action: setProperty, id: name, property: firstName, value: Ada}
  - {action: addToList, id: join, list: news}
  - {action: condition, id: joined, list: news, then: [{action: email, id: hi, subject: "Hi {{ firstName }}", text: x}]}
  - {action: wait, id: login, event: login, timeout: 5d, where: [{property: event.days, operator: equals, value: 2}]}
  - {action: email, id: tips, template: tips}
"""


async def _draft(client: httpx.AsyncClient, definition: str = EVERYTHING) -> None:
    await put_templates(client, "tips")
    await client.post("/api/lists", json={"name": "news"})
    await client.put("/api/sequences/trial", json={"definition": definition})


async def _dry_run(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    response = await client.post("/api/sequences/trial/dry-run", json={"email": "ann@example.com"} | body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def _short(body: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(step["id"], step["outcome"], step["subject"]) for step in body["steps"]]


async def test_a_dry_run_shows_what_each_step_would_do_and_does_nothing(client: httpx.AsyncClient) -> None:
    await _draft(client)

    body = await _dry_run(client)

    assert _short(body) == [
        ("ask", "false", None),
        ("mark", "done", None),
        ("name", "done", None),
        ("join", "done", None),
        ("joined", "true", None),
        ("hi", "sent", "Hi Ada"),
        ("login", "waited", None),
        ("tips", "sent", "tips"),
    ]
    assert body["warnings"] == []
    assert (await client.get("/api/contacts")).json()["data"] == []
    assert (await client.get("/api/lists/news/contacts")).json()["data"] == []


async def test_tags_of_the_contact_count(client: httpx.AsyncClient) -> None:
    await client.put("/api/contacts", json={"email": "ann@example.com", "tags": ["VIP"]})
    await _draft(client)

    body = await _dry_run(client)

    assert _short(body)[:2] == [("ask", "true", None), ("mark", "skipped", None)]


async def test_events_are_assumed_to_happen(client: httpx.AsyncClient) -> None:
    await _draft(client)
    events = [{"event": "login"}, {"event": "login", "after": "2d", "properties": {"days": 2}}]

    body = await _dry_run(client, events=events)

    login = next(step for step in body["steps"] if step["id"] == "login")
    assert login["outcome"] == "done"
    assert login["at"] == body["end"]["at"]


async def test_an_event_that_would_not_enroll_is_a_warning(client: httpx.AsyncClient) -> None:
    await _draft(client)

    free, pro = await _dry_run(client, event={"plan": "free"}), await _dry_run(client, event={"plan": "pro"})

    assert [warning["path"] for warning in free["warnings"]] == ["trigger.where[0]"]
    assert pro["warnings"] == []


async def test_an_event_that_has_no_key_is_a_warning(client: httpx.AsyncClient) -> None:
    enrollment = "enrollment: {mode: matching_field, field: order.id}"
    await _draft(client, f"trigger: {{event: order.placed}}\n{enrollment}\nsteps: [{{action: email, template: tips}}]")

    without = await _dry_run(client, event={"total": 7})
    with_one = await _dry_run(client, event={"order": {"id": 7}})

    assert [warning["path"] for warning in without["warnings"]] == ["enrollment.field"]
    assert with_one["warnings"] == []


async def test_a_mail_outside_its_window_is_deferred(client: httpx.AsyncClient) -> None:
    await _draft(
        client,
        """
trigger: {api: true}
window: {from: "10:00", to: "11:00", timezone: UTC}
steps: [{action: delay, until: event.night}, {action: email, id: tips, template: tips}]
""",
    )

    body = await _dry_run(client, event={"night": "2130-01-01T23:00:00Z"})

    assert [(step["outcome"], step["at"]) for step in body["steps"][1:]] == [
        ("deferred", "2130-01-01T23:00:00.000Z"),
        ("sent", "2130-01-02T10:00:00.000Z"),
    ]


@pytest.mark.parametrize(
    ("events", "path"),
    [
        ([{"event": "a", "after": "soon"}], "events[0].after"),
        ([{"event": "a"}, {"event": "a", "at": "2001-01-01T00:00:00Z"}], "events[1].at"),
        ([{"event": ""}], "events[0].event"),
        ([{"event": "a"}] * 101, "events"),
    ],
)
async def test_what_cannot_be_assumed_is_refused(client: httpx.AsyncClient, events: object, path: str) -> None:
    await client.put("/api/sequences/trial", json={"definition": EVERYTHING})

    response = await client.post("/api/sequences/trial/dry-run", json={"email": "a@example.com", "events": events})

    assert response.status_code == 400
    assert [detail["path"] for detail in error_of(response)["details"]] == [path]


async def test_names_that_lead_nowhere_are_refused(client: httpx.AsyncClient) -> None:
    await client.put("/api/sequences/trial", json={"definition": EVERYTHING})

    response = await client.post("/api/sequences/trial/dry-run", json={"email": "a@example.com"})

    assert response.status_code == 422
    paths = [detail["path"] for detail in error_of(response)["details"]]
    assert paths == ["steps[3].list", "steps[4].list", "steps[6].template"]
