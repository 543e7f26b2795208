"""Segments over HTTP."""

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates
from tests.makers.waiting import until

PRO = {"property": "properties.plan", "operator": "equals", "value": "pro"}


async def a_contact(client: httpx.AsyncClient, email: str, **properties: object) -> str:
    response = await client.post("/api/contacts", json={"email": email, "properties": properties})
    assert response.status_code == 201
    contact: str = response.json()["id"]
    return contact


async def a_segment(client: httpx.AsyncClient, name: str = "All Pros", rules: object = PRO) -> dict[str, Any]:
    """A segment that a worker has built."""
    response = await client.post("/api/segments", json={"name": name, "rules": rules})
    assert response.status_code == 201
    return await built(client, response.json()["id"])


async def built(client: httpx.AsyncClient, ref: str) -> dict[str, Any]:
    async def is_built() -> bool:
        found.update((await client.get(f"/api/segments/{ref}")).json())
        return found["building"] is None

    found: dict[str, Any] = {}
    await until(is_built, "the segment is built")
    return found


async def emails_in(client: httpx.AsyncClient, ref: str) -> list[str]:
    response = await client.get(f"/api/segments/{ref}/contacts")
    return [each["email"] for each in response.json()["data"]]


async def test_a_new_segment_is_empty_until_a_job_has_built_it(client: httpx.AsyncClient) -> None:
    await a_contact(client, "ann@example.com", plan="pro")

    response = await client.post("/api/segments", json={"name": "All Pros", "rules": PRO})

    body = response.json()
    job = (await client.get(f"/api/jobs/{body['building']}")).json()
    assert response.status_code == 201
    assert body == {
        "id": body["id"],
        "segmentId": body["id"],
        "slug": "all-pros",
        "name": "All Pros",
        "rules": PRO,
        "format": "condition",
        "memberCount": 0,
        "computedAt": None,
        "building": job["id"],
        "createdAt": body["createdAt"],
        "updatedAt": body["createdAt"],
    }
    assert (body["id"][:4], job["kind"], job["status"]) == ("seg_", "build_segment", "queued")


@pytest.mark.usefixtures("working")
async def test_a_segment_that_is_built_says_how_many_are_in_it_and_who(client: httpx.AsyncClient) -> None:
    await a_contact(client, "ann@example.com", plan="pro")
    await a_contact(client, "ben@example.com", plan="free")
    made = await a_segment(client)

    await a_contact(client, "carl@example.com", plan="pro")

    async def is_followed() -> bool:
        count: dict[str, int] = (await client.get("/api/segments/all-pros/count")).json()
        return count == {"count": 2}

    await until(is_followed, "the new contact is in the segment")
    listed = (await client.get("/api/segments")).json()
    assert (made["memberCount"], made["computedAt"] is not None) == (1, True)
    assert await emails_in(client, "all-pros") == ["carl@example.com", "ann@example.com"]
    assert (await client.get("/api/segments/All%20Pros/members")).json()["data"][0]["properties"] == {"plan": "pro"}
    assert [(each["slug"], each["memberCount"]) for each in listed["items"]] == [("all-pros", 2)]


@pytest.mark.usefixtures("working")
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_segment_takes_another_name_and_other_rules(client: httpx.AsyncClient, method: str) -> None:
    await a_contact(client, "ann@example.com", plan="pro")
    await a_contact(client, "ben@example.com", plan="free")
    await a_segment(client)
    free = {**PRO, "value": "free"}

    renamed = await client.request(method, "/api/segments/all-pros", json={"name": "The Free"})
    ruled = await client.request(method, "/api/segments/all-pros", json={"rules": free})

    now = await built(client, "all-pros")
    assert (renamed.json()["name"], renamed.json()["building"]) == ("The Free", None)
    assert (ruled.json()["memberCount"], ruled.json()["building"] is not None) == (1, True)
    assert (now["slug"], now["name"], now["rules"], now["memberCount"]) == ("all-pros", "The Free", free, 1)
    assert await emails_in(client, "all-pros") == ["ben@example.com"]


@pytest.mark.usefixtures("working")
@pytest.mark.parametrize("verb", ["recompute", "compute"])
async def test_a_segment_is_built_anew_on_demand(client: httpx.AsyncClient, verb: str) -> None:
    await a_contact(client, "ann@example.com", plan="pro")
    before = await a_segment(client)

    response = await client.post(f"/api/segments/all-pros/{verb}")

    after = await built(client, "all-pros")
    assert response.status_code == 202
    assert response.json() == {**before, "building": response.json()["job"], "job": response.json()["job"]}
    assert (after["memberCount"], after["computedAt"] > before["computedAt"]) == (1, True)


async def test_rules_are_tried_out_without_saving_them(client: httpx.AsyncClient) -> None:
    for number in range(12):
        await a_contact(client, f"person{number}@example.com", plan="pro" if number else "free")

    response = await client.post("/api/segments/preview", json={"rules": PRO})

    body = response.json()
    assert (response.status_code, body["count"]) == (200, 11)
    assert [each["email"] for each in body["sample"]] == [f"person{number}@example.com" for number in range(11, 1, -1)]
    assert (await client.get("/api/segments")).json()["data"] == []


async def test_a_segment_that_is_named_by_a_sequence_is_not_deleted(client: httpx.AsyncClient) -> None:
    await client.post("/api/segments", json={"name": "All Pros", "rules": PRO})
    await put_templates(client, "welcome")
    definition = {"trigger": {"segment": "All Pros"}, "steps": [{"id": "a", "action": "email", "template": "welcome"}]}
    made = await client.post("/api/sequences", json={"name": "Hello", "slug": "hello", "definition": definition})

    in_a_draft = await client.delete("/api/segments/all-pros")
    activated = await client.post("/api/sequences/hello/activate")
    in_use = await client.delete("/api/segments/all-pros")
    await client.post("/api/sequences/hello/archive")
    free = await client.delete("/api/segments/all-pros")

    assert (made.status_code, activated.status_code) == (201, 200)
    assert [in_a_draft.status_code, in_use.status_code, free.status_code] == [409, 409, 204]
    assert error_of(in_use)["message"] == "The segment 'all-pros' is in use by: hello."
    assert (await client.get("/api/segments/all-pros")).status_code == 404


async def test_a_segment_of_somebody_else_is_not_there(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    made = (await client.post("/api/segments", json={"name": "All Pros", "rules": PRO})).json()

    answers = [
        await other_client.get(f"/api/segments/{made['id']}"),
        await other_client.get(f"/api/segments/{made['id']}/contacts"),
        await other_client.patch("/api/segments/all-pros", json={"name": "Mine"}),
        await other_client.post("/api/segments/all-pros/recompute"),
        await other_client.delete("/api/segments/all-pros"),
        await other_client.post("/api/segments", json={"name": "Again", "rules": {"segment": made["id"]}}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 404, 400]


BAD = [
    ({"name": "Pros"}, "rules", "is missing"),
    ({"rules": PRO}, "name", "is missing"),
    ({"name": " ", "rules": PRO}, "name", ""),
    ({"name": "Pros", "rules": None}, "rules", ""),
    ({"name": "Pros", "rules": []}, "rules", "matches nobody"),
    ({"name": "Pros", "rules": {}}, "rules.property", "asks nothing"),
    ({"name": "Pros", "rules": {"all": []}}, "rules.all", "matches nobody"),
    ({"name": "Pros", "rules": "plan = pro"}, "rules", ""),
    ({"name": "Pros", "rules": {**PRO, "operator": "is"}}, "rules.operator", ""),
    ({"name": "Pros", "rules": {**PRO, "property": "propertys.plan"}}, "rules.property", ""),
    ({"name": "Pros", "rules": {**PRO, "vlaue": 1}}, "rules.vlaue", ""),
    ({"name": "Pros", "rules": {"segment": "nobody"}}, "rules", "There is no segment 'nobody'"),
    ({"name": "Pros", "rules": {"list": "nobody"}}, "rules", "There is no list 'nobody'"),
    ({"name": "Pros", "rules": PRO, "slug": "no slug"}, "slug", "is no slug"),
    ({"name": "Pros", "rules": PRO, "filter": 1}, "filter", "is no field"),
]


@pytest.mark.parametrize(("body", "path", "message"), BAD, ids=[f"{path} {n}" for n, (_, path, _) in enumerate(BAD)])
async def test_what_cannot_be_read_is_refused_with_its_place(
    client: httpx.AsyncClient, body: dict[str, object], path: str, message: str
) -> None:
    response = await client.post("/api/segments", json=body)

    assert response.status_code == 400
    [detail] = error_of(response)["details"]
    assert detail["path"] == path
    assert message in detail["message"]


async def test_numbers_that_no_database_keeps_are_no_defect(client: httpx.AsyncClient) -> None:
    text = '{"name": "Big", "rules": {"property": "properties.n", "operator": "greaterThan", "value": %s}}'

    answers = [
        await client.post("/api/segments", content=text % number) for number in ("1e400", "9" * 60, "-0.0", "1e-400")
    ]

    assert all(answer.status_code in (201, 400, 409) for answer in answers)


async def test_a_slug_that_is_taken_is_a_conflict(client: httpx.AsyncClient) -> None:
    await client.post("/api/segments", json={"name": "All Pros", "rules": PRO})

    response = await client.post("/api/segments", json={"name": "Others", "slug": "all-pros", "rules": PRO})

    assert (response.status_code, error_of(response)["code"]) == (409, "CONFLICT")
