from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.api.conftest import error_of

# The guide's own example.
PURCHASE = {
    "email": "alice@example.com",
    "event": "purchase.completed",
    "properties": {"orderId": "ORD-12345", "amount": 79.99, "currency": "GBP", "items": 3},
}


async def tracked(client: httpx.AsyncClient, **fields: object) -> dict[str, object]:
    body = {"email": "alice@example.com", "event": "signup.started", **fields}
    response = await client.post("/api/events", json=body)
    assert response.status_code == 201, response.text
    event: dict[str, object] = response.json()
    return event


async def test_an_event_is_tracked_as_the_guide_says(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/events",
        headers={"Content-Type": "application/json"},
        content="""{
    "email": "alice@example.com",
    "event": "purchase.completed",
    "properties": {
      "orderId": "ORD-12345",
      "amount": 79.99,
      "currency": "GBP",
      "items": 3
    }
  }""",
    )

    event = response.json()
    contact = (await client.get("/api/contacts/alice@example.com")).json()
    assert response.status_code == 201
    assert event == {
        "id": event["id"],
        "eventId": event["id"],
        "event": "purchase.completed",
        "name": "purchase.completed",
        "contactId": contact["id"],
        "email": "alice@example.com",
        "properties": PURCHASE["properties"],
        "timestamp": event["createdAt"],
        "createdAt": event["createdAt"],
        "duplicate": False,
    }


async def test_an_unknown_address_becomes_a_contact_without_properties(client: httpx.AsyncClient) -> None:
    response = await client.post("/events", json={"email": "new-user@example.com", "event": "signup.started"})

    contact = (await client.get("/api/contacts/new-user@example.com")).json()
    assert response.status_code == 201
    assert contact["properties"] == {}


async def test_events_of_a_contact_are_listed_as_the_guide_says(client: httpx.AsyncClient) -> None:
    first = await tracked(client, event="purchase.completed")
    second = await tracked(client, event="purchase.refunded")
    await tracked(client, email="bob@example.com")

    listed = (await client.get("/events?email=alice%40example.com&limit=25")).json()
    purchases = (await client.get("/events?email=alice%40example.com&event=purchase.completed")).json()

    assert [event["id"] for event in listed["items"]] == [second["id"], first["id"]]
    assert listed["nextCursor"] is None
    assert [event["id"] for event in purchases["items"]] == [first["id"]]


async def test_events_of_everybody_come_in_pages(client: httpx.AsyncClient) -> None:
    events = [await tracked(client, email=f"person-{n}@example.com") for n in range(3)]

    first = (await client.get("/api/events?limit=2")).json()
    rest = (await client.get(f"/api/events?limit=2&cursor={first['nextCursor']}")).json()

    assert [event["id"] for event in first["data"] + rest["data"]] == [event["id"] for event in reversed(events)]


async def test_names_are_case_sensitive(client: httpx.AsyncClient) -> None:
    await tracked(client, event="Signup.Started")

    assert (await client.get("/api/events?event=signup.started")).json()["data"] == []


@pytest.mark.parametrize("field", ["id", "eventId"])
async def test_an_event_with_the_same_id_counts_once(client: httpx.AsyncClient, field: str) -> None:
    first = await tracked(client, **{field: "order-1"})

    second = await client.post("/api/events", json={"email": "alice@example.com", "event": "x", field: "order-1"})

    assert second.status_code == 200
    assert second.json() == {**first, "duplicate": True}
    assert len((await client.get("/api/events")).json()["data"]) == 1


async def test_an_idempotency_key_counts_once(client: httpx.AsyncClient) -> None:
    answers = [await client.post("/api/events", json=PURCHASE, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_nested_properties_are_kept(client: httpx.AsyncClient) -> None:
    event = await tracked(client, properties={"product": {"id": 7, "tags": ["a", None]}, "vip": True})

    assert event["properties"] == {"product": {"id": 7, "tags": ["a", None]}, "vip": True}


@pytest.mark.parametrize(
    "contact", [{"properties": {"plan": "pro"}, "userId": "u-1", "timezone": "Europe/Kiev"}, {"plan": "pro"}]
)
async def test_properties_of_the_contact_come_along(client: httpx.AsyncClient, contact: dict[str, object]) -> None:
    await tracked(client, contact=contact)

    found = (await client.get("/api/contacts/alice@example.com")).json()
    assert found["properties"] == {"plan": "pro"}
    assert found["timezone"] == ("Europe/Kyiv" if "timezone" in contact else None)


async def test_a_contact_is_named_by_its_id_or_user_id(client: httpx.AsyncClient) -> None:
    contact = (await client.post("/api/contacts", json={"email": "alice@example.com", "userId": "u-1"})).json()

    answers = [
        await client.post("/api/events", json={"contactId": contact["id"], "event": "login"}),
        await client.post("/api/events", json={"userId": "u-1", "event": "login"}),
    ]

    assert [(answer.status_code, answer.json()["contactId"]) for answer in answers] == [(201, contact["id"])] * 2


async def test_a_contact_that_nobody_has_is_not_found(client: httpx.AsyncClient) -> None:
    for who in ({"contactId": "cnt_00000000000000000000000000"}, {"contactId": "x"}, {"userId": "u-1"}):
        response = await client.post("/api/events", json={**who, "event": "login"})
        assert (response.status_code, error_of(response)["code"]) == (404, "NOT_FOUND")


async def test_a_time_with_a_zone_is_kept_in_utc(client: httpx.AsyncClient) -> None:
    event = await tracked(client, timestamp="2026-03-01T12:00:00.5+02:00")

    assert event["timestamp"] == "2026-03-01T10:00:00.500Z"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"event": "email.sent"}, "event"),
        ({"event": ""}, "event"),
        ({"event": " "}, "event"),
        ({"event": "x" * 201}, "event"),
        ({"event": None}, "event"),
        ({"event": 5}, "event"),
        ({"name": "another"}, "name"),
        ({"email": None}, "email"),
        ({"email": "nobody"}, "email"),
        ({"properties": []}, "properties"),
        ({"properties": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}}}, "properties.a.b.c.d.e.f.g.h"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": "2026-03-01T12:00:00"}, "timestamp"),
        ({"timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp"),
        ({"timestamp": 1770000000}, "timestamp"),
        ({"timestamp": (datetime.now(UTC) + timedelta(hours=6)).isoformat()}, "timestamp"),
        ({"id": "x" * 257}, "id"),
        ({"contact": {"properties": {}, "mail": 1}}, "contact.mail"),
        ({"contact": {"timezone": "Nowhere"}}, "timezone"),
        ({"propertes": {}}, "propertes"),
    ],
)
async def test_an_event_that_cannot_be_kept_is_refused(
    client: httpx.AsyncClient, fields: dict[str, object], path: str
) -> None:
    body = {"email": "alice@example.com", "event": "signup.started", **fields}

    response = await client.post("/api/events", json=body)

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (400, path), response.text
    assert (await client.get("/api/events")).json()["data"] == []


async def test_a_batch_gives_one_verdict_for_each(client: httpx.AsyncClient) -> None:
    events: list[object] = [
        {"email": "alice@example.com", "event": "a", "id": "1"},
        {"email": "nobody", "event": "a"},
        {"email": "alice@example.com", "event": "a", "id": "1"},
        7,
        {"contactId": "cnt_00000000000000000000000000", "event": "a"},
        {"email": "bob@example.com", "event": "a", "wrong": 1},
    ]

    response = await client.post("/api/events/batch", json={"events": events})

    body = response.json()
    assert response.status_code == 207
    assert [result["status"] for result in body["results"]] == [
        "accepted",
        "rejected",
        "duplicate",
        "rejected",
        "rejected",
        "rejected",
    ]
    assert (body["accepted"], body["rejected"]) == (2, 4)
    assert body["results"][2]["id"] == body["results"][0]["id"]
    assert [
        result["error"]["details"][0]["path"] for result in body["results"] if "details" in result.get("error", {})
    ] == [
        "events[1].email",
        "events[3]",
        "events[5].wrong",
    ]


async def test_a_batch_without_faults_is_200(client: httpx.AsyncClient) -> None:
    events = [{"email": f"person-{n}@example.com", "event": "a"} for n in range(1000)]

    response = await client.post("/api/events/batch", json={"events": events})

    assert (response.status_code, response.json()["accepted"], response.json()["rejected"]) == (200, 1000, 0)


async def test_a_batch_of_more_than_a_thousand_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/events/batch", json={"events": [{}] * 1001})

    assert (response.status_code, error_of(response)["details"][0]["expected"]) == (400, "at most 1000")


async def test_events_of_another_workspace_cannot_be_seen_or_made(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    event = await tracked(client)

    listed = await other_client.get(f"/api/events?contactId={event['contactId']}")
    made = await other_client.post("/api/events", json={"contactId": event["contactId"], "event": "x"})

    assert (listed.status_code, made.status_code) == (404, 404)
    assert (await other_client.get("/api/events")).json()["data"] == []
    assert len((await client.get("/api/events")).json()["data"]) == 1
