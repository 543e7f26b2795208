"""Opens and clicks, from the mail in the inbox to the numbers."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.tracking.recording import Incoming, Recorder, incoming
from dripline.delivery.tracking.working import HitWork
from dripline.durable.spool import Spool
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId, new_uuid
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
    spool = Spool(tmp_path, Incoming)
    offline, online = Recorder(away, spool), Recorder(database, spool)

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


class Stalled(Database):
    """A database that answers no transaction before it is let go on, and then carries all of them out."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.begun = 0
        self.may_go_on = asyncio.Event()

    async def transact(self, *arguments: Any, **more: Any) -> Any:
        self.begun += 1
        await self.may_go_on.wait()
        return await self._database.transact(*arguments, **more)


async def no_hits(client: httpx.AsyncClient, database: Database) -> None:
    """Returns when everything that came in has been judged."""
    for _ in range(200):
        async with database.work() as tx:
            if not await tx.value(
                Query("hits", "Counts hits (all workspaces: in a test).", "SELECT count(*) FROM hit")
            ):
                return
        await asyncio.sleep(0.05)
    raise AssertionError("hits are left")


async def test_a_click_that_was_kept_on_disk_and_committed_all_the_same_counts_once(
    client: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    html: str,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    app: Any,
    tmp_path: Any,
) -> None:
    monkeypatch.setattr("dripline.delivery.tracking.recording._PATIENCE_SECONDS", 0.05)
    [click] = links(html, "c")
    stalled = Stalled(database)
    recorder = Recorder(stalled, Spool(tmp_path, Incoming))

    with monkeypatch.context() as patched:
        patched.setattr(type(app.state.services), "recorder", recorder, raising=False)
        # The second one finds that the database hangs, and does not wait for it.
        answers = [await stranger.get(click, headers=PERSON) for _ in range(2)]
    begun = stalled.begun
    stalled.may_go_on.set()
    # The first one is committed and told, and only then what is on disk is brought: both, once more.
    await stats_when(client, clicks=1)
    while await recorder.replay() is not None:
        pass
    await stats_when(client, clicks=2)
    await no_hits(client, database)

    assert [answer.status_code for answer in answers] == [302, 302]
    assert begun == 1
    totals = (await client.get("/api/sequences/trial/stats")).json()["totals"]
    assert (totals["clicks"], totals["uniqueClicks"]) == (2, 1)


async def test_a_link_that_is_followed_again_and_again_is_counted_wholly(
    client: httpx.AsyncClient, html: str, app: Any
) -> None:
    [click] = links(html, "c")
    services = app.state.services
    clicked = services.tracking.read_click(click.removeprefix("/c/"))
    assert clicked is not None
    hits = [
        incoming(
            clicked.workspace_id,
            clicked.message_id,
            clicked.target,
            at=real_now(),
            method="GET",
            agent=PERSON["User-Agent"],
            network=None,
        )
        for _ in range(4_500)
    ]

    await asyncio.gather(*(services.recorder.record(hit) for hit in hits))

    await stats_when(client, clicks=4_500, uniqueClicks=1)


async def test_what_has_waited_longest_is_judged_first(
    database: Database, workspace: WorkspaceId, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dripline.delivery.tracking.working._AT_ONCE", 2)
    work, now = HitWork(database), real_now()
    while await work.once() == 0:
        pass
    minutes = (5, 9, 7, 8, 6)
    for minute in minutes:
        at = now - timedelta(minutes=minute)
        hit = incoming(workspace, new_uuid(), None, at=at, method="GET", agent="", network=None)
        await app.state.services.recorder.record(hit)

    rest = [await work.once() for _ in range(2)]
    async with database.work() as tx:
        left = await tx.rows(
            Query("left", "Gives hits.", "SELECT received_at FROM hit WHERE workspace_id = $1"), workspace
        )

    assert rest == [0, 0]
    assert [row["received_at"] for row in left] == [now - timedelta(minutes=5)]


async def test_links_are_followed_and_nothing_else_is_done_with_them(stranger: httpx.AsyncClient, html: str) -> None:
    [click] = links(html, "c")

    answer = await stranger.post(click)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert "location" not in answer.headers
