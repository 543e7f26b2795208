"""Opens and clicks, from the mail in the inbox to the numbers."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from dripline.database.pool import Database
from dripline.delivery.tracking.recording import Recorder, Spool
from tests.integration.api.conftest import put_templates

DEFINITION = """
trigger: { event: trial.started }
steps:
  - { action: email, id: welcome, template: a-mail }
"""
BODY = (
    '<p>Hello</p><a href="https://example.com/docs?a=1&amp;b=2">Docs</a><a href="https://example.com/kept" '
    'data-no-track>Kept</a><a href="{{ unsubscribe_url }}">No more</a>'
)
PERSON = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"}
ROBOT = {"User-Agent": "curl/8.5.0"}


@pytest.fixture
async def html(client: httpx.AsyncClient, working: None) -> str:
    """The HTML of a mail that somebody got."""
    assert working is None
    await client.put("/api/templates/a-mail", json={"name": "A mail", "subject": "Hello", "html": BODY})
    await client.put("/api/sequences/trial", json={"name": "Trial", "definition": DEFINITION})
    await client.post("/api/sequences/trial/activate")
    # From now on time stands still, as far as the workspace is concerned.
    await client.post("/api/test-clock/advance", json={"duration": "1m"})
    await client.post("/api/events", json={"email": "ann@example.com", "event": "trial.started"})
    await client.post("/api/test-clock/advance", json={"duration": "1m"})
    [mail] = (await client.get("/api/inbox")).json()["data"]
    text: str = mail["html"]
    return text


def links(html: str, kind: str) -> list[str]:
    return re.findall(rf'"http://dripline(/{kind}/[^"]+)"', html)


async def stats_when(client: httpx.AsyncClient, **wanted: int) -> dict[str, Any]:
    """The numbers, as soon as they are as wanted."""
    for _ in range(200):
        totals: dict[str, Any] = (await client.get("/api/sequences/trial/stats")).json()["totals"]
        if {name: totals[name] for name in wanted} == wanted:
            return totals
        await asyncio.sleep(0.05)
    raise AssertionError(f"{totals} never had {wanted}")


async def test_links_lead_through_us_and_on_to_the_very_same_place(stranger: httpx.AsyncClient, html: str) -> None:
    [click] = links(html, "c")

    answers = [await stranger.request(method, click, headers=PERSON) for method in ("GET", "HEAD")]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].headers["location"] == "https://example.com/docs?a=1&b=2"
    assert answers[0].headers["cache-control"] == "no-store, private"
    assert "set-cookie" not in answers[0].headers
    assert 'href="https://example.com/kept"' in html
    assert len(links(html, "u")) == 1


async def test_what_people_do_is_counted_told_and_kept_apart_from_machines(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, html: str
) -> None:
    [click], [picture] = links(html, "c"), links(html, "o")

    for _ in range(2):
        shown = await stranger.get(picture, headers=PERSON)
        await stranger.get(click, headers=PERSON)
    await stranger.get(picture, headers=ROBOT)
    await stranger.head(click, headers=PERSON)
    totals = await stats_when(client, opens=2, clicks=2, machineOpens=1, machineClicks=1)

    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/gif")
    assert (totals["sent"], totals["uniqueOpens"], totals["uniqueClicks"]) == (1, 1, 1)
    told = (await client.get("/api/events", params={"limit": 100})).json()["data"]
    names = sorted(event["event"] for event in told if event["event"].startswith("email."))
    assert names == [
        *["email.clicked"] * 2,
        "email.machine_clicked",
        "email.machine_opened",
        *["email.opened"] * 2,
        "email.sent",
    ]
    [scanner] = [event["properties"] for event in told if event["event"] == "email.machine_clicked"]
    assert (scanner["reason"], scanner["url"]) == ("head_request", "https://example.com/docs?a=1&b=2")
    assert scanner["step"] == "welcome"


@pytest.mark.parametrize("path", ["/c/nonsense", "/c/", "/o/nonsense.gif"])
async def test_a_link_that_is_not_ours_tells_nothing(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path, headers=PERSON)

    assert answer.status_code == (200 if path.startswith("/o/") else 404)
    assert "location" not in answer.headers


async def test_a_workspace_a_contact_and_a_mail_may_go_untracked(client: httpx.AsyncClient, working: None) -> None:
    assert working is None
    await put_templates(client, "a-mail")
    assert (await client.get("/api/tracking-settings")).json() == {"openTracking": True, "clickTracking": True}
    linked = {"subject": "Hello", "html": '<a href="https://example.com/">Go</a>'}

    async def tracked(**more: object) -> tuple[int, int]:
        sent = await client.post("/api/send", json={"to": "ann@example.com", **linked, **more})
        assert sent.status_code in (200, 201, 202), sent.text
        for _ in range(200):
            caught = (await client.get("/api/inbox")).json()["data"]
            if caught:
                await client.delete("/api/inbox")
                return len(links(caught[0]["html"], "o")), len(links(caught[0]["html"], "c"))
            await asyncio.sleep(0.05)
        raise AssertionError("the mail never came")

    as_usual = await tracked()
    single = await tracked(trackingSettings={"openTracking": False, "clickTracking": False})
    await client.patch("/api/tracking-settings", json={"openTracking": False})
    workspace = await tracked()
    await client.patch("/api/tracking-settings", json={"openTracking": True})
    await client.patch("/api/contacts/ann@example.com", json={"tracking": False})
    contact = await tracked()

    assert (as_usual, single, workspace, contact) == ((1, 1), (0, 0), (0, 1), (0, 0))


async def test_while_the_database_is_away_links_lead_on_and_what_came_in_is_on_disk(
    client: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    html: str,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    app: Any,
    tmp_path: Any,
) -> None:
    [click] = links(html, "c")
    away = await Database.open(database.url)
    await away.close()
    services = app.state.services
    offline, online = Recorder(away, Spool(tmp_path)), Recorder(database, Spool(tmp_path))

    with monkeypatch.context() as patched:
        patched.setattr(type(services), "recorder", offline, raising=False)
        answer = await stranger.get(click, headers=PERSON)
    before = (await client.get("/api/sequences/trial/stats")).json()["totals"]["clicks"]
    while await online.replay() is not None:
        pass

    assert answer.status_code == 302
    assert before == 0
    await stats_when(client, clicks=1)
    assert list(tmp_path.iterdir()) == []
