import asyncio
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates
from tests.makers.published import API_TRIGGER

LAUNCH = {
    "name": "Q4 Product Launch",
    "description": "Announcement and onboarding for the new analytics feature.",
}
NOBODY = {
    "enrolled": 0,
    "active": 0,
    "completed": 0,
    "exited": 0,
    "converted": 0,
    "sent": 0,
    "skipped": 0,
    "failed": 0,
}
UNKNOWN = "cmp_01k9zzzzzzzzzzzzzzzzzzzzzz"


async def made(client: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    response = await client.post("/api/campaigns", json={**LAUNCH, **fields})
    assert response.status_code == 201, response.text
    campaign: dict[str, Any] = response.json()
    return campaign


async def a_sequence(client: httpx.AsyncClient, slug: str, name: str | None = None) -> dict[str, Any]:
    body = {"slug": slug, "name": name or slug, "definition": API_TRIGGER + "steps: []\n"}
    response = await client.post("/api/sequences", json=body)
    assert response.status_code == 201, response.text
    sequence: dict[str, Any] = response.json()
    return sequence


async def test_a_campaign_is_made_as_its_page_says(client: httpx.AsyncClient) -> None:
    campaign = await made(client)

    assert campaign["id"].startswith("cmp_")
    assert campaign == {
        "id": campaign["id"],
        "campaignId": campaign["id"],
        "name": "Q4 Product Launch",
        "description": "Announcement and onboarding for the new analytics feature.",
        "status": "draft",
        "sequences": [],
        "templates": [],
        "createdAt": campaign["createdAt"],
        "updatedAt": campaign["createdAt"],
    }


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"description": "no name"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "description": "x" * 2001}, "description"),
        ({"name": "x", "descripton": "y"}, "descripton"),
        ({"name": "x", "status": "active"}, "status"),
    ],
)
async def test_a_campaign_that_cannot_be_read_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], path: str
) -> None:
    response = await client.post("/api/campaigns", json=body)

    assert (response.status_code, error_of(response)["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in error_of(response)["details"]] == [path]
    assert (await client.get("/api/campaigns")).json()["data"] == []


async def test_campaigns_come_in_pages_of_twenty(client: httpx.AsyncClient) -> None:
    campaigns = [await made(client, name=f"campaign {number}") for number in range(21)]

    first = (await client.get("/api/campaigns")).json()
    rest = (await client.get(f"/api/campaigns?cursor={first['nextCursor']}")).json()

    assert (first["data"], first["items"], first["hasMore"]) == (campaigns[:20], campaigns[:20], True)
    assert (rest["data"], rest["nextCursor"], rest["hasMore"]) == (campaigns[20:], None, False)
    assert (await client.get("/api/campaigns?limit=100")).json()["data"] == campaigns


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", "cursor=nonsense"])
async def test_a_page_that_cannot_be_is_refused(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"/api/campaigns?{query}")

    assert (response.status_code, error_of(response)["code"]) == (400, "VALIDATION_ERROR")


async def test_a_campaign_is_read_with_what_belongs_to_it(client: httpx.AsyncClient) -> None:
    campaign = await made(client)
    sequence = await a_sequence(client, "onboarding", "Onboarding Sequence")
    await put_templates(client, "launch-announcement")
    template = (await client.get("/api/templates/launch-announcement")).json()
    path = f"/api/campaigns/{campaign['id']}"

    with_sequence = await client.post(f"{path}/sequences/onboarding")
    with_both = await client.post(f"{path}/templates/launch-announcement")

    members = {
        "sequences": [{"id": "onboarding", "sequenceId": sequence["id"], "name": "Onboarding Sequence"}],
        "templates": [{"id": "launch-announcement", "templateId": template["id"], "name": "launch-announcement"}],
    }
    assert (with_sequence.status_code, with_both.status_code) == (200, 200)
    assert with_sequence.json()["templates"] == []
    assert with_both.json() == {**campaign, **members, "updatedAt": with_both.json()["updatedAt"]}
    assert with_both.json()["updatedAt"] > campaign["updatedAt"]
    assert (await client.get(path)).json() == {**with_both.json(), "numbers": NOBODY}
    assert (await client.get("/api/campaigns")).json()["data"] == [with_both.json()]


async def test_a_campaign_is_found_by_id_and_exact_name(client: httpx.AsyncClient) -> None:
    oldest, _ = await made(client), await made(client)

    for ref in (oldest["id"], "Q4%20Product%20Launch"):
        assert (await client.get(f"/api/campaigns/{ref}")).json() == {**oldest, "numbers": NOBODY}
    assert (await client.get("/api/campaigns/Q4%20product%20launch")).status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_campaign_changes_what_is_named_and_nothing_else(client: httpx.AsyncClient, method: str) -> None:
    campaign = await made(client)
    path = f"/api/campaigns/{campaign['id']}"

    active = (await client.request(method, path, json={"status": "active"})).json()
    renamed = (await client.request(method, path, json={"name": "Q1", "description": ""})).json()
    again = (await client.request(method, path, json={"name": "Q1", "description": None})).json()

    assert active == {**campaign, "status": "active", "updatedAt": active["updatedAt"]}
    assert renamed == {**active, "name": "Q1", "description": None, "updatedAt": renamed["updatedAt"]}
    assert again == renamed


@pytest.mark.parametrize("status", ["draft", "active", "paused", "completed"])
async def test_a_campaign_takes_every_status_whatever_it_was(client: httpx.AsyncClient, status: str) -> None:
    campaign = await made(client)
    path = f"/api/campaigns/{campaign['id']}"

    for before in ("completed", "active", status):
        changed = await client.patch(path, json={"status": before})
        assert changed.status_code == 200

    assert (await client.get(path)).json()["status"] == status


@pytest.mark.parametrize(
    "body", [{"status": "live"}, {"status": 1}, {"name": ""}, {"sequences": []}, {"description": 3}]
)
async def test_a_change_that_cannot_be_read_changes_nothing(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    campaign = await made(client)

    response = await client.patch(f"/api/campaigns/{campaign['id']}", json=body)

    assert (response.status_code, error_of(response)["code"]) == (400, "VALIDATION_ERROR")
    assert (await client.get("/api/campaigns")).json()["data"] == [campaign]


async def test_the_status_of_a_campaign_moves_no_sequence(client: httpx.AsyncClient) -> None:
    campaign, sequence = await made(client), await a_sequence(client, "onboarding")
    await client.post(f"/api/campaigns/{campaign['id']}/sequences/onboarding")

    await client.patch(f"/api/campaigns/{campaign['id']}", json={"status": "active"})

    assert (await client.get("/api/sequences/onboarding")).json() == sequence


async def test_deleting_a_campaign_deletes_nothing_else(client: httpx.AsyncClient) -> None:
    campaign, sequence = await made(client), await a_sequence(client, "onboarding")
    await put_templates(client, "welcome")
    path = f"/api/campaigns/{campaign['id']}"
    await client.post(f"{path}/sequences/onboarding")
    await client.post(f"{path}/templates/welcome")

    gone = await client.delete(path)

    assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.get("/api/sequences/onboarding")).json() == sequence
    assert (await client.get("/api/templates/welcome")).status_code == 200
    for response in (await client.get(path), await client.delete(path), await client.patch(path, json={"name": "x"})):
        assert (response.status_code, error_of(response)["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("kind", ["sequences", "templates"])
async def test_a_member_is_added_and_removed_by_id_slug_and_name(client: httpx.AsyncClient, kind: str) -> None:
    campaign = await made(client)
    await a_sequence(client, "the-slug", "The Name")
    body = {"name": "The Name", "subject": "s", "html": "<p>h</p>"}
    await client.put("/api/templates/the-slug", json=body)
    member = (await client.get(f"/api/{kind}/the-slug")).json()

    for ref in (member["id"], "the-slug", "The%20Name"):
        path = f"/api/campaigns/{campaign['id']}/{kind}/{ref}"
        added, again = await client.post(path), await client.post(path)
        removed, once_more = await client.delete(path), await client.delete(path)

        assert [each["id"] for each in added.json()[kind]] == ["the-slug"]
        assert (again.status_code, error_of(again)["code"]) == (409, "CONFLICT")
        assert (removed.status_code, removed.content) == (204, b"")
        assert (once_more.status_code, error_of(once_more)["code"]) == (404, "NOT_FOUND")
    assert (await client.get(f"/api/{kind}/the-slug")).json() == member


@pytest.mark.parametrize("kind", ["sequences", "templates"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_what_is_not_there_is_named(client: httpx.AsyncClient, kind: str, method: str) -> None:
    campaign = await made(client)

    without_member = await client.request(method, f"/api/campaigns/{campaign['id']}/{kind}/nothing")
    without_campaign = await client.request(method, f"/api/campaigns/{UNKNOWN}/{kind}/nothing")

    for response, what in ((without_member, "'nothing'"), (without_campaign, UNKNOWN)):
        assert (response.status_code, error_of(response)["code"]) == (404, "NOT_FOUND")
        assert what in error_of(response)["message"]


async def test_a_sequence_may_be_in_several_campaigns(client: httpx.AsyncClient) -> None:
    first, second = await made(client), await made(client, name="another")
    await a_sequence(client, "onboarding")

    for campaign in (first, second):
        assert (await client.post(f"/api/campaigns/{campaign['id']}/sequences/onboarding")).status_code == 200
    await client.delete(f"/api/campaigns/{first['id']}/sequences/onboarding")

    listed = (await client.get("/api/campaigns")).json()["data"]
    assert [[each["id"] for each in campaign["sequences"]] for campaign in listed] == [[], ["onboarding"]]


async def test_members_that_are_archived_or_deleted_do_not_break_a_campaign(client: httpx.AsyncClient) -> None:
    campaign = await made(client)
    path = f"/api/campaigns/{campaign['id']}"
    await a_sequence(client, "onboarding")
    await put_templates(client, "welcome", "goodbye")
    for member in ("sequences/onboarding", "templates/welcome", "templates/goodbye"):
        await client.post(f"{path}/{member}")

    await client.post("/api/sequences/onboarding/archive")
    assert (await client.delete("/api/templates/welcome")).status_code == 204

    found = (await client.get(path)).json()
    assert [each["id"] for each in found["sequences"]] == ["onboarding"]
    assert [each["id"] for each in found["templates"]] == ["goodbye"]
    assert (await client.delete(f"{path}/templates/welcome")).status_code == 404
    # A template that comes back under the slug is another one.
    await put_templates(client, "welcome")
    assert [each["id"] for each in (await client.get(path)).json()["templates"]] == ["goodbye"]


async def test_a_sequence_is_added_once_however_many_ask_at_once(client: httpx.AsyncClient) -> None:
    campaign = await made(client)
    await a_sequence(client, "onboarding")
    path = f"/api/campaigns/{campaign['id']}/sequences/onboarding"

    answers = await asyncio.gather(*(client.post(path) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_campaigns_of_another_workspace_are_not_there(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    campaign = await made(client)
    await a_sequence(client, "onboarding")
    other = await made(other_client, name="theirs")

    assert (await other_client.get(f"/api/campaigns/{campaign['id']}")).status_code == 404
    assert (await other_client.get("/api/campaigns")).json()["data"] == [other]
    assert (await other_client.post(f"/api/campaigns/{other['id']}/sequences/onboarding")).status_code == 404


async def test_campaigns_want_a_key(stranger: httpx.AsyncClient) -> None:
    response = await stranger.get("/api/campaigns")

    assert (response.status_code, error_of(response)["code"]) == (401, "UNAUTHORISED")
