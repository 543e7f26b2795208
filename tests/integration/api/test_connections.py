"""Connections over HTTP: secrets go in and never come out."""

from pathlib import Path

import httpx
import pytest

from tests.integration.api.conftest import error_of
from tests.makers.smtp_server import SmtpServer

KEY = "sk_test_0123456789abcdef"


async def test_a_connection_is_made_changed_listed_and_erased(client: httpx.AsyncClient) -> None:
    made = await client.put("/api/connections/stripe", json={"apiKey": KEY})
    changed = await client.put("/api/connections/stripe", json={"apiKey": KEY + "x"})
    listed = await client.get("/api/connections")
    gone = await client.delete("/api/connections/stripe")

    assert (made.status_code, changed.status_code, gone.status_code) == (201, 200, 204)
    [shown] = listed.json()["data"]
    times = {name: shown.pop(name) for name in ("createdAt", "updatedAt")}
    assert all(times.values())
    assert shown == {
        "name": "stripe",
        "provider": "stripe",
        "source": "workspace",
        "settings": {},
        "secrets": {"apiKey": "…defx"},
        "priority": None,
        "domains": None,
        "status": "unchecked",
        "reason": None,
        "checkedAt": None,
    }
    assert KEY not in made.text + changed.text + listed.text
    assert (await client.get("/api/connections")).json()["data"] == []


async def test_two_connections_to_one_provider_go_by_names_of_their_own(client: httpx.AsyncClient) -> None:
    first = {"host": "one.example.com", "priority": 1, "domains": ["Example.com"]}
    second = {"provider": "smtp", "preset": "postmark", "username": "u", "password": "a long password"}

    await client.put("/api/connections/smtp", json=first)
    await client.put("/api/connections/backup", json=second)

    found = (await client.get("/api/connections")).json()["items"]
    assert [(each["name"], each["provider"], each["priority"], each["domains"]) for each in found] == [
        ("smtp", "smtp", 1, ["example.com"]),
        ("backup", "smtp", 10, []),
    ]
    assert found[1]["secrets"] == {"password": "…word"}


async def test_a_name_stays_with_its_provider(client: httpx.AsyncClient) -> None:
    await client.put("/api/connections/mail", json={"provider": "file"})

    response = await client.put("/api/connections/mail", json={"provider": "stripe", "apiKey": KEY})

    assert response.status_code == 409


@pytest.mark.parametrize(
    ("name", "body", "path"),
    [
        ("nowhere", {}, "provider"),
        ("environment", {"provider": "file"}, ""),
        ("stripe", {"apiKey": KEY, "priority": 3}, "priority"),
        ("stripe", {"apiKey": "a key that is none"}, "apiKey"),
        ("stripe", {"apiKey": KEY, "host": "example.com"}, "host"),
        ("smtp", {"host": "example.com", "priority": 0}, "priority"),
        ("smtp", {"host": "example.com", "domains": ["example.com", "no domain"]}, "domains[1]"),
        ("smtp", {"host": "example.com", "hsot": "example.com"}, "hsot"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(
    client: httpx.AsyncClient, name: str, body: dict[str, object], path: str
) -> None:
    response = await client.put(f"/api/connections/{name}", json=body)

    assert response.status_code == 400
    assert error_of(response)["details"][0]["path"] == path
    assert "a key that is none" not in response.text


async def test_the_connections_of_others_are_not_there(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await client.put("/api/connections/stripe", json={"apiKey": KEY})

    assert (await other_client.get("/api/connections")).json()["data"] == []
    assert (await other_client.delete("/api/connections/stripe")).status_code == 404
    assert (await other_client.post("/api/connections/stripe/check")).status_code == 404


async def test_a_check_says_whether_the_relay_can_be_used(client: httpx.AsyncClient, tmp_path: Path) -> None:
    async with SmtpServer(tmp_path / "taken") as server:
        relay = {"provider": "smtp", "host": "127.0.0.1", "port": server.port, "security": "never"}
        await client.put("/api/connections/there", json=relay)
        await client.put("/api/connections/away", json={**relay, "port": 1})

        there = await client.post("/api/connections/there/check")
        away = await client.post("/api/connections/away/check")

    assert (there.status_code, there.json()["status"], there.json()["reason"]) == (200, "ok", None)
    assert (away.status_code, away.json()["status"]) == (200, "failed")
    assert "127.0.0.1:1" in away.json()["reason"]
    assert there.json()["checkedAt"]
    assert server.taken() == []


async def test_what_has_nobody_to_ask_cannot_be_checked(client: httpx.AsyncClient) -> None:
    await client.put("/api/connections/file", json={})

    assert (await client.post("/api/connections/file/check")).status_code == 422
