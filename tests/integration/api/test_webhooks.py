"""Webhooks over HTTP."""

import httpx
import pytest


async def test_a_webhook_is_made_shown_changed_and_erased(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/webhooks", json={"url": "https://example.com/in", "events": ["email.sent", "*"]})
    path = f"/api/webhooks/{made.json()['id']}"
    shown = await client.get(path)
    changed = await client.patch(path, json={"events": ["email.bounced"], "status": "disabled"})
    listed = await client.get("/api/webhooks")
    enabled = await client.put(path, json={"status": "enabled", "url": "http://example.com:8080/"})
    gone = await client.delete(path)

    secret = made.json().pop("secret")
    assert (made.status_code, secret[:6], len(secret)) == (201, "whsec_", 50)
    assert shown.json() == {name: value for name, value in made.json().items() if name != "secret"}
    assert (shown.json()["status"], shown.json()["reason"], shown.json()["events"]) == (
        "enabled",
        None,
        ["email.sent", "*"],
    )
    assert (changed.json()["status"], changed.json()["reason"]) == ("disabled", "manual")
    assert (changed.json()["events"], changed.json()["url"]) == (["email.bounced"], "https://example.com/in")
    assert listed.json()["data"] == [changed.json()]
    assert (enabled.json()["status"], enabled.json()["url"]) == ("enabled", "http://example.com:8080/")
    assert (gone.status_code, (await client.get(path)).status_code) == (204, 404)


async def test_without_events_everything_is_told(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/webhooks", json={"url": "https://example.com/in"})

    assert made.json()["events"] == ["*"]


async def test_a_rotation_shows_another_secret(client: httpx.AsyncClient) -> None:
    made = (await client.post("/api/webhooks", json={"url": "https://example.com/in"})).json()

    rotated = await client.post(f"/api/webhooks/{made['id']}/rotate-secret")

    assert rotated.status_code == 200
    assert rotated.json()["secret"] != made["secret"]
    assert rotated.json()["secret"].startswith("whsec_")


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "ftp://example.com/",
        "https://",
        "https://user:password@example.com/",
        "https://example.com:99999/",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://[::1/",
        "",
        "https://example.com/" + "x" * 2000,
    ],
)
async def test_what_is_no_web_address_is_refused(client: httpx.AsyncClient, url: str) -> None:
    refused = await client.post("/api/webhooks", json={"url": url})

    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["path"] == "url"


async def test_an_unknown_event_is_refused_with_the_nearest_name(client: httpx.AsyncClient) -> None:
    body = {"url": "https://example.com/", "events": ["email.sent", "email.bounce"]}

    refused, none = (
        await client.post("/api/webhooks", json=body),
        await client.post("/api/webhooks", json={**body, "events": []}),
    )

    [detail] = refused.json()["error"]["details"]
    assert (refused.status_code, none.status_code) == (400, 400)
    assert (detail["path"], detail["hint"]) == ("events[1]", "Did you mean 'email.bounced'?")


async def test_another_workspace_sees_and_changes_nothing(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    made = (await client.post("/api/webhooks", json={"url": "https://example.com/in"})).json()
    path = f"/api/webhooks/{made['id']}"

    answers = [
        await other_client.get(path),
        await other_client.patch(path, json={"status": "disabled"}),
        await other_client.post(f"{path}/rotate-secret"),
        await other_client.get(f"{path}/deliveries"),
        await other_client.post(f"{path}/deliveries/dlv_00000000000000000000000001/replay"),
        await other_client.delete(path),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert (await client.get(path)).json()["status"] == "enabled"
    assert (await other_client.get("/api/webhooks")).json()["data"] == []


@pytest.mark.usefixtures("working")
async def test_in_a_test_workspace_what_happens_is_recorded(client: httpx.AsyncClient) -> None:
    hook = (await client.post("/api/webhooks", json={"url": "https://example.com/in"})).json()
    path = f"/api/webhooks/{hook['id']}/deliveries"
    await client.post("/api/send", json={"to": "ada@example.com", "subject": "Hello", "html": "<p>Hello</p>"})

    advanced = await client.post("/api/test-clock/advance", json={"duration": "1m"})
    listed = await client.get(path)
    [delivery] = listed.json()["data"]
    replayed = await client.post(f"{path}/{delivery['id']}/replay")

    assert (advanced.status_code, replayed.status_code) == (200, 409)
    assert (delivery["type"], delivery["status"], delivery["attempts"]) == ("email.sent", "recorded", 0)
    assert delivery["payload"]["data"]["email"] == "ada@example.com"
    assert (delivery["nextAttemptAt"], delivery["responseStatus"]) == (None, None)
    assert (await client.get(path, params={"status": "failed"})).json()["data"] == []


async def test_there_is_an_end_to_the_number_of_webhooks(client: httpx.AsyncClient) -> None:
    answers = [await client.post("/api/webhooks", json={"url": "https://example.com/in"}) for _ in range(51)]

    pages = [await client.get("/api/webhooks", params={"limit": 30})]
    pages.append(await client.get("/api/webhooks", params={"limit": 30, "cursor": pages[0].json()["nextCursor"]}))
    assert [answer.status_code for answer in answers] == [201] * 50 + [409]
    assert [len(each.json()["data"]) for each in pages] == [30, 20]
