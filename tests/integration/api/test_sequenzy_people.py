"""Contacts, tags, lists and events in the wire form of `/api/v1`."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dripline.kernel.clock import iso, real_now
from tests.integration.api.test_sequenzy_sequences import MAIL, enabled, refused
from tests.makers import sequenzy

WIND_ALERT = json.loads(sequenzy.body_of(sequenzy.WIND_ALERT))
ANN = {"email": "ann@example.com", "firstName": "Ann", "customAttributes": {"plan": "pro"}}


async def post(client: httpx.AsyncClient, path: str, body: Mapping[str, Any], status: int = 200) -> dict[str, Any]:
    response = await client.post(f"/api/v1{path}", json=body)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    assert answer["success"] is True
    return answer


async def saved(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post("/api/v1/subscribers", json={**ANN, **fields})
    assert response.status_code in {200, 201}, response.text
    subscriber: dict[str, Any] = response.json()["subscriber"]
    return subscriber


async def found(client: httpx.AsyncClient, email: str = "ann@example.com") -> dict[str, Any]:
    subscriber: dict[str, Any] = (await client.get(f"/api/v1/subscribers/{email}")).json()["subscriber"]
    return subscriber


async def inside(client: httpx.AsyncClient, sequence: str) -> list[str]:
    """The addresses of those who are in a sequence, or were."""
    everybody = "?status=active,waiting,paused,completed,failed,cancelled"
    rows = (await client.get(f"/api/v1/sequences/{sequence}/enrollments{everybody}")).json()["enrollments"]
    return [row["email"] for row in rows]


async def advance(client: httpx.AsyncClient, duration: str) -> None:
    advanced = await client.post("/api/test-clock/advance", json={"duration": duration}, timeout=60)
    assert advanced.status_code == 200, advanced.text


async def test_a_contact_is_made(client: httpx.AsyncClient) -> None:
    body = {**ANN, "externalId": " u-1 ", "lastName": "Lee", "tags": ["VIP User"], "timezone": "Europe/Berlin"}

    answer = await post(client, "/subscribers", body, 201)

    subscriber = answer["subscriber"]
    assert subscriber == {
        "id": subscriber["id"],
        "email": "ann@example.com",
        "externalId": "u-1",
        "firstName": "Ann",
        "lastName": "Lee",
        "status": "active",
        "tags": ["vip-user"],
        "customAttributes": {"plan": "pro"},
        "timezone": "Europe/Berlin",
        "lists": [],
        "createdAt": subscriber["createdAt"],
        "updatedAt": subscriber["updatedAt"],
        "unsubscribedAt": None,
        "created": True,
        "updated": False,
        "skipped": False,
    }
    shown = {key: value for key, value in subscriber.items() if key not in ("created", "updated", "skipped")}
    assert await found(client) == shown
    for path in ("/subscribers/external?externalId=u-1", "/subscribers/external/u-1"):
        assert (await client.get(f"/api/v1{path}")).json() == {"success": True, "subscriber": shown}


@pytest.mark.parametrize(
    ("strategy", "plan", "first_name", "flags"),
    [
        (None, "pro", "Ann", (False, False, True)),
        ("skip", "pro", "Ann", (False, False, True)),
        ("merge", "pro", "Ann", (False, True, False)),
        ("overwrite", "free", "Anna", (False, True, False)),
    ],
)
async def test_a_contact_that_is_there_is_treated_as_asked(
    client: httpx.AsyncClient, strategy: str | None, plan: str, first_name: str, flags: tuple[bool, ...]
) -> None:
    await saved(client)
    new: dict[str, Any] = {"firstName": "Anna", "customAttributes": {"plan": "free", "age": 3}}

    again = await saved(client, **new, **({"duplicateStrategy": strategy} if strategy else {}))

    assert (again["customAttributes"]["plan"], again["firstName"]) == (plan, first_name)
    assert (again["created"], again["updated"], again["skipped"]) == flags
    assert ("age" in again["customAttributes"]) is (strategy in ("merge", "overwrite"))


async def test_overwriting_lets_nobody_back_in(client: httpx.AsyncClient) -> None:
    await saved(client, status="unsubscribed")

    again = await saved(client, status="active", duplicateStrategy="overwrite")

    assert again["status"] == "unsubscribed"


@pytest.mark.parametrize("status", ["active", "unsubscribed", "bounced"])
async def test_a_contact_is_made_with_a_status(client: httpx.AsyncClient, status: str) -> None:
    assert (await saved(client, status=status))["status"] == status
    assert (await client.get(f"/api/v1/subscribers?status={status}")).json()["pagination"]["total"] == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"externalId": "u-9"}, "email"),
        ({"email": "ann@example.com", "status": "gone"}, "status"),
        ({"email": "ann@example.com", "duplicateStrategy": "x"}, "duplicateStrategy"),
        ({"email": "ann@example.com", "tags": ["!!"]}, "tags[0]"),
        ({"email": "ann@example.com", "lists": ["nothing"]}, "lists[0]"),
        ({"email": "ann@example.com", "timezone": "Mars/Base"}, "timezone"),
        ({"email": "ann@example.com", "firstName": 3}, "firstName"),
    ],
)
async def test_a_contact_that_cannot_be_is_refused(
    client: httpx.AsyncClient, body: Mapping[str, Any], path: str
) -> None:
    response = await client.post("/api/v1/subscribers", json=body)

    assert (response.status_code, [issue["path"] for issue in refused(response)["issues"]]) == (400, [path])
    assert (await client.get("/api/v1/subscribers")).json()["subscribers"] == []


async def test_an_external_id_is_of_one_contact(client: httpx.AsyncClient) -> None:
    await saved(client, externalId="u-1")

    mine = await saved(client, email="new@example.com", externalId="u-1")
    taken = await client.patch("/api/v1/subscribers/ann@example.com", json={"externalId": "u-1"})
    await saved(client, email="ben@example.com")
    refusal = await client.patch("/api/v1/subscribers/ben@example.com", json={"externalId": "u-1"})

    assert (mine["email"], mine["skipped"], taken.status_code) == ("ann@example.com", True, 200)
    assert (refusal.status_code, refused(refusal)["code"]) == (409, "CONFLICT")


async def test_a_contact_is_changed_and_what_is_not_named_stays(client: httpx.AsyncClient) -> None:
    await saved(client, tags=["a", "b"])
    path = "/api/v1/subscribers/ann@example.com"

    named = (await client.patch(path, json={"lastName": "Lee"})).json()["subscriber"]
    merged = {"customAttributes": {"age": 3}, "customAttributesStrategy": "merge"}
    more = (await client.patch(path, json=merged)).json()["subscriber"]
    replaced = (await client.patch(path, json={"customAttributes": {"x": 1}, "tags": ["b", "c"]})).json()["subscriber"]

    assert (named["firstName"], named["lastName"], named["tags"]) == ("Ann", "Lee", ["a", "b"])
    assert more["customAttributes"] == {"plan": "pro", "age": 3}
    assert (replaced["customAttributes"], replaced["tags"], replaced["firstName"]) == ({"x": 1}, ["b", "c"], "Ann")


async def test_opting_out_takes_somebody_off_lists_and_out_of_sequences(client: httpx.AsyncClient) -> None:
    waiting = {"name": "x", "trigger": "manual", "steps": [{"type": "delay", "delay": {"days": 1}}]}
    sequence = await enabled(client, waiting)
    news = (await post(client, "/lists", {"name": "News"}, 201))["list"]["id"]
    await saved(client, lists=[news])
    await post(client, f"/sequences/{sequence}/enroll", {"emails": ["ann@example.com"]})

    changed = await client.patch("/api/v1/subscribers/ann@example.com", json={"status": "unsubscribed"})

    subscriber = changed.json()["subscriber"]
    assert (subscriber["status"], subscriber["lists"]) == ("unsubscribed", [])
    rows = (await client.get(f"/api/v1/sequences/{sequence}/enrollments?status=cancelled")).json()["enrollments"]
    assert [row["status"] for row in rows] == ["cancelled"]
    back = await client.patch("/api/v1/subscribers/ann@example.com", json={"status": "active"})
    assert back.json()["subscriber"]["status"] == "active"


async def test_a_complaint_is_an_opt_out_and_a_suppression(client: httpx.AsyncClient) -> None:
    await saved(client)

    changed = await client.patch("/api/v1/subscribers/ann@example.com", json={"status": "complained"})

    assert changed.json()["subscriber"]["status"] == "bounced"
    native = (await client.get("/api/contacts/ann@example.com")).json()
    assert (native["unsubscribed"], native["suppressed"]) == (True, True)


async def test_an_address_is_not_changed_here(client: httpx.AsyncClient) -> None:
    await saved(client)

    same = await client.patch("/api/v1/subscribers/ann@example.com", json={"email": "ANN@example.com"})
    other = await client.patch("/api/v1/subscribers/ann@example.com", json={"email": "ben@example.com"})

    assert (same.status_code, other.status_code) == (200, 501)


async def test_a_contact_is_erased(client: httpx.AsyncClient) -> None:
    await saved(client, externalId="u-1")

    gone = await client.delete("/api/v1/subscribers/external/u-1")

    assert (gone.status_code, gone.json()) == (200, {"success": True, "deleted": True})
    for response in (
        await client.get("/api/v1/subscribers/ann@example.com"),
        await client.delete("/api/v1/subscribers/ann@example.com"),
        await client.patch("/api/v1/subscribers/external?externalId=u-1", json={}),
        await client.get("/api/v1/subscribers/somebody"),
    ):
        assert (response.status_code, refused(response)["code"]) == (404, "NOT_FOUND")


async def test_contacts_are_listed_by_what_is_known_of_them(client: httpx.AsyncClient) -> None:
    news = (await post(client, "/lists", {"name": "News"}, 201))["list"]["id"]
    await saved(client, tags=["a", "b"], lists=[news])
    await saved(client, email="ben@example.com", firstName="Benjamin", tags=["a"])
    await saved(client, email="cid@example.com", firstName="Cid", status="unsubscribed")

    async def listed(query: str) -> list[str]:
        answer = (await client.get(f"/api/v1/subscribers?{query}")).json()
        return [each["email"].partition("@")[0] for each in answer["subscribers"]]

    assert await listed("") == ["cid", "ben", "ann"]
    assert await listed("tags=a") == ["ben", "ann"]
    assert await listed("tags=A,b") == ["ann"]
    assert await listed(f"listId={news}") == await listed("list=News") == ["ann"]
    assert await listed("listName=Nothing") == []
    assert await listed("query=JAMIN") == ["ben"]
    assert await listed("email=cid@") == ["cid"]
    assert await listed("status=unsubscribed") == ["cid"]
    assert await listed("status=bounced") == []
    assert (await client.get("/api/v1/subscribers?status=gone")).status_code == 400
    assert (await client.get("/api/v1/subscribers?attribute=plan:pro")).status_code == 501


async def test_contacts_come_in_pages_by_number_and_by_cursor(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await saved(client, email=f"c{number}@example.com")

    first = (await client.get("/api/v1/subscribers?limit=2")).json()
    second = (await client.get("/api/v1/subscribers?limit=2&page=2")).json()
    behind = (await client.get(f"/api/v1/subscribers?limit=2&cursor={first['pagination']['nextCursor']}")).json()
    last = (await client.get("/api/v1/subscribers?limit=2&page=3")).json()
    none = (await client.get("/api/v1/subscribers?limit=2&page=9")).json()

    cursor = first["pagination"]["nextCursor"]
    assert first["pagination"] == {
        "page": 1,
        "limit": 2,
        "total": 5,
        "totalPages": 3,
        "nextCursor": cursor,
        "hasMore": True,
    }
    assert [each["email"] for each in second["subscribers"]] == ["c2@example.com", "c1@example.com"]
    assert behind["subscribers"] == second["subscribers"]
    assert (last["pagination"]["hasMore"], last["pagination"]["nextCursor"]) == (False, None)
    assert (none["subscribers"], none["pagination"]["hasMore"]) == ([], False)


async def test_a_key_says_whose_it_is(client: httpx.AsyncClient) -> None:
    account = (await client.get("/api/v1/subscribers/me")).json()["account"]

    assert (account["companyId"][:4], account["companyName"], account["apiKeyType"]) == (
        "wsp_",
        "a workspace",
        "company",
    )


async def test_a_tag_makes_the_contact_and_starts_its_sequence_once(client: httpx.AsyncClient) -> None:
    sequence = await enabled(client, {"name": "x", "trigger": "tag_added", "tagName": "VIP", "steps": [MAIL]})

    first = await post(client, "/subscribers/tags", {**ANN, "tag": "vip"})
    again = await post(client, "/subscribers/tags", {"email": "ann@example.com", "tag": "VIP"})

    member = {"id": first["subscriber"]["id"], "email": "ann@example.com", "tags": ["vip"]}
    assert first["subscriber"] == {**member, "created": True}
    assert first["tag"] == {"id": "vip", "name": "vip", "created": True}
    assert (again["subscriber"], again["tag"]["created"]) == ({**member, "created": False}, False)
    assert (await found(client))["firstName"] == "Ann"
    assert await inside(client, sequence) == ["ann@example.com"]


async def test_what_a_tag_brings_along_is_for_new_contacts_only(client: httpx.AsyncClient) -> None:
    await saved(client)

    await post(client, "/subscribers/tags", {"email": "ann@example.com", "firstName": "Bob", "tag": "a"})

    assert (await found(client))["firstName"] == "Ann"


async def test_several_tags_are_given_at_once(client: httpx.AsyncClient) -> None:
    await saved(client, tags=["a"])

    answer = await post(client, "/subscribers/tags/bulk", {"email": "ann@example.com", "tags": ["A", "b", "c"]})

    assert (answer["tags"], answer["subscriber"]["tags"]) == (
        {"added": ["b", "c"], "created": ["b", "c"]},
        ["a", "b", "c"],
    )


async def test_a_tag_is_taken_away(client: httpx.AsyncClient) -> None:
    await saved(client, tags=["a"])
    body = {"email": "ann@example.com", "tag": "A"}

    first, again = [await post(client, "/subscribers/tags/remove", body) for _ in range(2)]

    assert [answer["tag"] for answer in (first, again)] == [
        {"name": "a", "removed": True},
        {"name": "a", "removed": False},
    ]
    assert first["subscriber"]["tags"] == []


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("/subscribers/tags", {"email": "ann@example.com"}, "tag"),
        ("/subscribers/tags", {"email": "ann@example.com", "tag": "?"}, "tag"),
        ("/subscribers/tags", {"tag": "a"}, "email"),
        ("/subscribers/tags", {"tag": "a", "externalId": "nobody"}, "email"),
        ("/subscribers/tags/bulk", {"email": "ann@example.com", "tags": []}, "tags"),
        ("/subscribers/tags/remove", {"email": "x", "tag": "a"}, "email"),
        ("/subscribers/events", {"email": "ann@example.com"}, "event"),
        ("/subscribers/events", {"event": "bought"}, "email"),
        ("/subscribers/events", {"event": "email.sent", "email": "ann@example.com"}, "event"),
        ("/subscribers/events", {"event": "x", "externalId": "nobody"}, "email"),
        ("/subscribers/events", {"event": "x", "email": "ann@example.com", "occurredAt": "today"}, "occurredAt"),
        (
            "/subscribers/events",
            {"event": "x", "email": "ann@example.com", "occurredAt": "2001-01-01T00:00:00Z"},
            "occurredAt",
        ),
        (
            "/subscribers/events",
            {"event": "x", "email": "ann@example.com", "occurredAt": "2999-01-01T00:00:00Z"},
            "occurredAt",
        ),
        ("/subscribers/events/bulk", {"email": "ann@example.com", "events": []}, "events"),
        ("/subscribers/events/bulk", {"email": "ann@example.com", "events": [{"name": " "}]}, "events[0].name"),
        ("/lists", {"name": " "}, "name"),
        ("/lists", {}, "name"),
    ],
)
async def test_what_cannot_be_read_is_refused_and_makes_nobody(
    client: httpx.AsyncClient, path: str, body: Mapping[str, Any], wrong: str
) -> None:
    response = await client.post(f"/api/v1{path}", json=body)

    assert (response.status_code, [issue["path"] for issue in refused(response)["issues"]]) == (400, [wrong])
    assert (await client.get("/api/v1/subscribers")).json()["subscribers"] == []


async def test_an_event_makes_the_contact_and_starts_its_sequence(client: httpx.AsyncClient) -> None:
    sequence = await enabled(client, WIND_ALERT)
    body = {**json.loads(sequenzy.EVENT), "firstName": "Uma", "customAttributes": {"plan": "pro"}, "externalId": "u-7"}

    answer = await post(client, "/subscribers/events", body, 201)

    person = await found(client, "user@example.com")
    assert answer == {
        "success": True,
        "subscriber": {"id": person["id"], "email": "user@example.com", "created": True},
        "event": {"id": answer["event"]["id"], "name": "weather.wind_alert", "definitionCreated": True},
        "duplicate": False,
        "historical": False,
        "accountIgnored": False,
    }
    assert (person["firstName"], person["customAttributes"], person["externalId"]) == ("Uma", {"plan": "pro"}, "u-7")
    [row] = (await client.get(f"/api/v1/sequences/{sequence}/enrollments")).json()["enrollments"]
    assert (row["email"], row["enteredVia"], row["entryContext"]) == (
        "user@example.com",
        {"kind": "event", "value": "weather.wind_alert"},
        ["alert", "city", "duration"],
    )


async def test_an_event_of_somebody_who_is_there_changes_nothing_about_them(client: httpx.AsyncClient) -> None:
    await saved(client, externalId="u-1")
    body = {"externalId": "u-1", "event": "bought", "firstName": "Bob", "customAttributes": {"plan": "free"}}

    answer = await post(client, "/subscribers/events", body, 201)
    again = await post(client, "/subscribers/events", {**ANN, "event": "bought"}, 201)

    assert (answer["subscriber"]["email"], answer["subscriber"]["created"]) == ("ann@example.com", False)
    assert [each["event"]["definitionCreated"] for each in (answer, again)] == [True, False]
    person = await found(client)
    assert (person["firstName"], person["customAttributes"]) == ("Ann", {"plan": "pro"})


async def test_an_event_id_counts_once_for_each_contact_and_name(client: httpx.AsyncClient) -> None:
    one = {"email": "ann@example.com", "event": "bought", "eventId": "1"}

    first = await post(client, "/subscribers/events", one, 201)
    again = await post(client, "/subscribers/events", {**one, "email": "Ann@Example.com"}, 200)
    await post(client, "/subscribers/events", {**one, "event": "paid"}, 201)
    await post(client, "/subscribers/events", {**one, "email": "ben@example.com"}, 201)

    assert (again["duplicate"], again["event"]["id"]) == (True, first["event"]["id"])


async def test_an_event_of_long_ago_is_history_and_starts_nothing(client: httpx.AsyncClient) -> None:
    sequence = await enabled(client, {"name": "x", "trigger": "event_received", "eventName": "old", "steps": [MAIL]})
    at = iso(real_now() - timedelta(minutes=61))

    answer = await post(
        client, "/subscribers/events", {"email": "ann@example.com", "event": "old", "occurredAt": at}, 201
    )

    assert (answer["historical"], await inside(client, sequence)) == (True, [])
    [event] = (await client.get("/api/events?event=old")).json()["data"]
    assert event["timestamp"] == at


async def test_several_events_of_one_contact_are_recorded_each_by_itself(client: httpx.AsyncClient) -> None:
    events = [{"name": "a", "eventId": "1"}, {"name": "a", "eventId": "1"}, {"name": "b", "properties": {"x": 1}}]

    answer = await post(client, "/subscribers/events/bulk", {**ANN, "events": events})

    ids = [each["id"] for each in answer["events"]]
    assert answer["subscriber"]["created"] is True
    assert answer["events"] == [
        {"name": "a", "id": ids[0], "definitionCreated": True},
        {"name": "a", "id": ids[0], "duplicate": True},
        {"name": "b", "id": ids[2], "definitionCreated": True},
    ]


async def test_lists_are_made_and_filled(client: httpx.AsyncClient) -> None:
    news = (await post(client, "/lists", {"name": "News", "description": "weekly"}, 201))["list"]
    same = (await post(client, "/lists", {"name": "News"}, 201))["list"]
    await saved(client, lists=[news["id"]])
    await saved(client, email="ben@example.com", status="unsubscribed")
    emails = ["ann@example.com", "ben@example.com", "cid@example.com", "CID@example.com", " ", "nobody"]

    answer = await post(client, f"/lists/{news['id']}/subscribers", {"emails": emails})

    assert news["id"] != same["id"]
    results = answer.pop("results")
    assert answer == {
        "success": True,
        "total": 6,
        "processed": 4,
        "created": 1,
        "updated": 1,
        "skipped": 1,
        "failed": 1,
        "addedToList": 2,
        "duplicateInputCount": 1,
        "ignoredBlankCount": 1,
    }
    assert [(each["email"], each["status"]) for each in results] == [
        ("ann@example.com", "skipped"),
        ("ben@example.com", "updated"),
        ("cid@example.com", "created"),
        ("nobody", "failed"),
    ]
    counted = {**news, "subscriberCount": 3, "activeSubscriberCount": 2}
    assert (await client.get("/api/v1/lists")).json() == {"success": True, "lists": [counted, same]}
    assert news == {
        "id": news["id"],
        "name": "News",
        "description": "weekly",
        "isPrivate": True,
        "allowMemberUnsubscribe": False,
        "subscriberCount": 0,
        "activeSubscriberCount": 0,
        "createdAt": news["createdAt"],
    }


async def test_filling_a_list_starts_sequences_only_when_it_is_said(client: httpx.AsyncClient) -> None:
    news = (await post(client, "/lists", {"name": "News"}, 201))["list"]["id"]
    sequence = await enabled(client, {"name": "x", "trigger": "contact_added", "listId": news, "steps": [MAIL]})

    await post(client, f"/lists/{news}/subscribers", {"emails": ["ann@example.com"]})
    await post(client, f"/lists/{news}/subscribers", {"emails": ["ben@example.com"], "enrollInSequences": True})

    assert await inside(client, sequence) == ["ben@example.com"]


async def test_a_contact_brought_over_enters_nothing_unless_it_is_said(client: httpx.AsyncClient) -> None:
    sequence = await enabled(client, {"name": "x", "trigger": "contact_added", "steps": [MAIL]})

    await saved(client, email="old@example.com", createdAt="2020-01-01T00:00:00Z")
    await saved(client, email="not@example.com", enrollInSequences=False)
    await saved(client, email="new@example.com")

    assert await inside(client, sequence) == ["new@example.com"]


async def test_contacts_are_let_into_a_sequence(client: httpx.AsyncClient) -> None:
    sequence = await enabled(client)
    ann = (await saved(client))["id"]
    await saved(client, email="ben@example.com", status="unsubscribed")
    await saved(client, email="cid@example.com")
    body = {
        "emails": ["ann@example.com", "ben@example.com", "nobody@example.com"],
        "subscriberIds": [ann, "sub_1", (await found(client, "cid@example.com"))["id"]],
    }

    answer = await post(client, f"/sequences/{sequence}/enroll", body)
    again = await post(client, f"/sequences/{sequence}/enroll", {"subscriberIds": [ann]})
    nobody = await post(client, f"/sequences/{sequence}/enroll", {"emails": ["ben@example.com"]})

    assert answer == {
        "success": True,
        "message": "2 entered, 1 were skipped.",
        "enrolled": 2,
        "skipped": 1,
        "notFound": ["nobody@example.com", "sub_1"],
        "scheduledFor": None,
        "targetNodeId": None,
    }
    assert [(each["enrolled"], each["skipped"]) for each in (again, nobody)] == [(0, 1), (0, 1)]
    assert sorted(await inside(client, sequence)) == ["ann@example.com", "cid@example.com"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"emails": []}, 400),
        ({"emails": ["nobody"]}, 400),
        ({"emails": [f"c{number}@example.com" for number in range(501)]}, 400),
        ({"emails": ["ann@example.com"], "targetNodeId": "email-1"}, 501),
    ],
)
async def test_letting_in_is_refused_for_what_it_names(
    client: httpx.AsyncClient, body: Mapping[str, Any], status: int
) -> None:
    sequence = await enabled(client)

    response = await client.post(f"/api/v1/sequences/{sequence}/enroll", json=body)

    assert (response.status_code, refused(response)["success"]) == (status, False)


async def test_nobody_is_let_into_a_draft(client: httpx.AsyncClient) -> None:
    drafted = await client.post("/api/v1/sequences", json={"name": "x", "trigger": "manual", "steps": [MAIL]})
    await saved(client)

    path = f"/api/v1/sequences/{drafted.json()['sequence']['id']}/enroll"
    response = await client.post(path, json={"emails": ["ann@example.com"]})

    assert (response.status_code, refused(response)["code"]) == (409, "CONFLICT")


async def test_runs_are_listed_as_they_stand(client: httpx.AsyncClient) -> None:
    steps = [{"type": "delay", "delay": {"days": 1}}, MAIL]
    sequence = await enabled(client, {"name": "x", "trigger": "manual", "steps": steps})
    people = [await saved(client, email=f"{name}@example.com") for name in ("ann", "ben")]
    await post(client, f"/sequences/{sequence}/enroll", {"subscriberIds": [each["id"] for each in people]})
    path = f"/api/v1/sequences/{sequence}/enrollments"

    answer = (await client.get(path)).json()
    await client.post(f"/api/v1/sequences/{sequence}/disable")
    paused = (await client.get(f"{path}?status=paused&email=ann@example.com&limit=1")).json()

    rows = answer["enrollments"]
    assert answer["pagination"] == {"limit": 50, "offset": 0, "count": 2, "total": 2, "hasMore": False}
    assert {row["email"] for row in rows} == {"ann@example.com", "ben@example.com"}
    [row] = [row for row in rows if row["email"] == "ann@example.com"]
    assert row == {
        "enrollmentId": row["enrollmentId"],
        "subscriberId": people[0]["id"],
        "email": "ann@example.com",
        "firstName": "Ann",
        "lastName": None,
        "subscriberStatus": "active",
        "status": "active",
        "currentNodeId": "delay-1",
        "currentNodeLabel": "delay-1",
        "currentNodeType": "logic_delay",
        "currentNodeMissing": False,
        "enrollmentKey": None,
        "enrollmentStartedAt": row["enrollmentStartedAt"],
        "lastUpdatedAt": row["lastUpdatedAt"],
        "waitUntil": None,
        "pausedAt": None,
        "failedReason": None,
        "enteredVia": {"kind": "manual", "value": None},
        "entryContext": [],
    }
    assert [(each["status"], each["pausedAt"] is not None) for each in paused["enrollments"]] == [("paused", True)]
    assert (await client.get(f"{path}?status=waiting")).json()["enrollments"] == []
    assert (await client.get(f"{path}?subscriberId=sub_1")).json()["enrollments"] == []
    assert (await client.get(f"{path}?currentNodeId=email-1")).json()["enrollments"] == []
    assert (await client.get(f"{path}?status=sleeping")).status_code == 400
    assert (await client.get(f"{path}?sort=by_name")).status_code == 400


@pytest.mark.usefixtures("working")
async def test_a_wind_alert_mails_what_its_event_says(client: httpx.AsyncClient) -> None:
    await enabled(client, WIND_ALERT)
    alert = json.loads(sequenzy.EVENT)
    quiet = {**alert, "email": "quiet@example.com", "properties": {"city": "Haifa", "alert": {"maxSpeed": 60}}}
    await advance(client, "0m")
    await post(client, "/subscribers/events", alert, 201)
    await post(client, "/subscribers/events", quiet, 201)

    await advance(client, "12h")

    async def mailed(email: str) -> list[tuple[str, str]]:
        mails = (await client.get(f"/api/inbox?email={email}")).json()["data"]
        return [(mail["subject"], mail["text"].splitlines()[0]) for mail in mails]

    later = "The original alert is still active for {}. Check local guidance if conditions change."
    assert await mailed("user@example.com") == [
        ("Stay safe in Tel Aviv", later.format("Tel Aviv")),
        ("Wind alert for Tel Aviv", "Winds may reach 75 km/h for 6 hours."),
    ]
    assert await mailed("quiet@example.com") == [
        ("Stay safe in Haifa", later.format("Haifa")),
        ("Wind alert for Haifa", "Winds may reach 60 km/h for a few hours."),
    ]
