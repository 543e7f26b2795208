from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of


async def made(client: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    response = await client.post("/api/senders", json={"email": "ann@example.com", **fields})
    assert response.status_code == 201, response.text
    sender: dict[str, Any] = response.json()
    return sender


async def test_a_sender_is_made_read_changed_and_deleted(client: httpx.AsyncClient) -> None:
    sender = await made(client, name="Ann", replyTo="help@example.com", default=True)
    path = f"/api/senders/{sender['id']}"

    read = await client.get("/api/senders/Ann@Example.com")
    changed = await client.patch(path, json={"name": "Ann of Example", "replyTo": ""})
    deleted = await client.delete(path)

    assert sender == {
        "id": sender["id"],
        "senderId": sender["id"],
        "name": "Ann",
        "email": "ann@example.com",
        "replyTo": "help@example.com",
        "default": True,
        "verified": True,
        "reason": None,
        "createdAt": sender["createdAt"],
    }
    assert read.json() == sender
    assert changed.json() == {**sender, "name": "Ann of Example", "replyTo": None}
    assert (deleted.status_code, (await client.get(path)).status_code) == (204, 404)


async def test_senders_are_listed_oldest_first(client: httpx.AsyncClient) -> None:
    senders = [await made(client, email=f"{name}@example.com") for name in ("b", "a", "c")]

    first = (await client.get("/api/senders?limit=2")).json()
    rest = (await client.get(f"/api/senders?cursor={first['nextCursor']}")).json()

    assert first["items"] + rest["data"] == senders


async def test_an_address_has_one_sender(client: httpx.AsyncClient) -> None:
    await made(client)

    again = await client.post("/api/senders", json={"email": "ANN@example.com"})

    assert (again.status_code, error_of(again)["code"]) == (409, "CONFLICT")


async def test_one_sender_is_the_default(client: httpx.AsyncClient) -> None:
    first = await made(client, email="a@example.com", default=True)
    second = await made(client, email="b@example.com", default=True)

    back = (await client.put(f"/api/senders/{first['id']}", json={"default": True})).json()

    assert (second["default"], back["default"]) == (True, True)
    listed = (await client.get("/api/senders")).json()["data"]
    assert [(each["email"], each["default"]) for each in listed] == [("a@example.com", True), ("b@example.com", False)]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.com", "replyTo": "nobody"}, "replyTo"),
        ({"email": "a@example.com", "name": "A\r\nBcc: b@example.com\x07"}, "name"),
        ({"email": "a@example.com", "name": "x" * 200}, "name"),
        ({"email": "a@example.com", "isDefault": True}, "isDefault"),
        ({"name": "A"}, "email"),
    ],
)
async def test_a_sender_that_cannot_be_is_refused(client: httpx.AsyncClient, body: dict[str, Any], path: str) -> None:
    response = await client.post("/api/senders", json=body)

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (400, path)


@pytest.mark.parametrize("name", ['Ann "the" O\'Neil', "Müller, Jörg", "a\\b", "李雷", "Ann <ann>", "  two   words "])
async def test_any_name_reads_back_from_a_definition(client: httpx.AsyncClient, name: str) -> None:
    sender = await made(client, name=name)

    body = {"name": "A sequence", "triggerType": "api", "senderId": sender["id"]}
    sequence = (await client.post("/api/sequences", json=body)).json()

    assert sequence["senderId"] == sender["id"], sequence
    assert sender["name"] == " ".join(name.split())


async def test_live_mail_comes_from_nobody_who_is_not_verified(live_client: httpx.AsyncClient) -> None:
    sender = await made(live_client)

    default = await live_client.patch(f"/api/senders/{sender['id']}", json={"default": True})

    assert (sender["verified"], sender["reason"][:11]) == (False, "cannot send")
    assert (default.status_code, error_of(default)["details"][0]["path"]) == (422, "default")


async def test_senders_of_another_workspace_are_not_there(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    sender = await made(client)
    path = f"/api/senders/{sender['id']}"

    answers = [await other_client.get(path), await other_client.patch(path, json={}), await other_client.delete(path)]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert (await other_client.get("/api/senders")).json()["data"] == []
