"""The pages that people reach by the links in their mail: opting out, and choosing what they get."""

import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import a_client

DEFINITION = """
trigger: { event: trial.started }
steps:
  - { action: email, id: welcome, template: a-mail }
  - { action: delay, duration: 3d }
  - { action: email, id: tips, template: a-mail }
"""
ANN = "/api/contacts/ann@example.com"


@pytest.fixture
async def mail(client: httpx.AsyncClient, working: None) -> Any:
    """A mail that somebody got, in a workspace whose time stands still."""
    assert working is None
    body = {"name": "A mail", "subject": "Hello", "html": "<p>Hello</p>"}
    await client.put("/api/templates/a-mail", json=body)
    await client.put("/api/sequences/trial", json={"name": "Trial", "definition": DEFINITION})
    await client.post("/api/sequences/trial/activate")
    await client.post("/api/test-clock/advance", json={"duration": "1m"})
    await client.post("/api/events", json={"email": "ann@example.com", "event": "trial.started"})
    await client.post("/api/test-clock/advance", json={"duration": "1m"})
    [mail] = (await client.get("/api/inbox")).json()["data"]
    [send] = (await client.get("/api/sends")).json()["data"]
    return {**mail, "sendId": send["id"]}


def link(mail: Any, kind: str) -> str:
    [found] = set(re.findall(rf'"http://dripline(/{kind}/[^"]+)"', mail["html"]))
    return str(found)


async def a_list(client: httpx.AsyncClient, name: str, **more: object) -> str:
    made = await client.post("/api/lists", json={"name": name, "public": True, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def unsubscribed(client: httpx.AsyncClient) -> int:
    totals = (await client.get("/api/sequences/trial/stats")).json()["totals"]
    count: int = totals["unsubscribed"]
    return count


async def told(client: httpx.AsyncClient) -> Sequence[Any]:
    events = (await client.get("/api/events", params={"limit": 100})).json()["data"]
    return [each["properties"] for each in events if each["event"] == "email.unsubscribed"]


async def on_lists(client: httpx.AsyncClient, *lists: str) -> list[str]:
    return [each for each in lists if (await client.get(f"/api/lists/{each}/contacts")).json()["data"]]


async def changes(client: httpx.AsyncClient) -> list[tuple[str, Any]]:
    items = (await client.get(f"{ANN}/timeline", params={"limit": 100})).json()["data"]
    return [(each["what"], each["detail"]) for each in reversed(items) if each["kind"] == "change"]


async def test_a_thousand_scanners_take_nobody_off(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, mail: Any
) -> None:
    paths = [link(mail, "u"), link(mail, "p")]

    statuses = {
        (await stranger.request(("GET", "HEAD")[number % 2], paths[number % 2 ^ number // 2 % 2])).status_code
        for number in range(1_000)
    }

    assert statuses == {200}
    contact = (await client.get(ANN)).json()
    assert (contact["unsubscribed"], await unsubscribed(client), await told(client)) == (False, 0, [])


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {},
        {"content": b"\xff\x00", "headers": {"Content-Type": "application/json"}},
    ],
)
async def test_one_post_takes_off_and_a_replay_is_harmless(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, mail: Any, sent: Any
) -> None:
    one_click = mail["headers"]["List-Unsubscribe"].strip("<>").removeprefix("http://dripline")

    answers = [await stranger.post(one_click, **sent) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert not any("set-cookie" in answer.headers or answer.history for answer in answers)
    assert (await client.get(ANN)).json()["unsubscribed"] is True
    [event] = await told(client)
    assert (event["sendId"], event["step"]) == (mail["sendId"], "welcome")
    assert await unsubscribed(client) == 1
    assert ("unsubscribed", {"source": "unsubscribe_link", "sendId": mail["sendId"]}) in await changes(client)


async def test_who_comes_and_goes_counts_once_for_a_mail(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, mail: Any
) -> None:
    for _ in range(2):
        await stranger.post(link(mail, "u"))
        await stranger.post(link(mail, "p"), data={"action": "again"})

    assert (await client.get(ANN)).json()["unsubscribed"] is False
    assert await unsubscribed(client) == 1
    assert [what for what, _ in await changes(client)] == ["created", *["unsubscribed", "resubscribed"] * 2]


async def test_pages_have_the_look_of_the_workspace_and_lead_to_each_other(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, mail: Any
) -> None:
    await client.put("/api/mail-defaults", json={"company": "Bits & Co", "theme": {"accentColor": "#ff8800"}})

    asked = await stranger.get(link(mail, "u"))
    [way] = re.findall(r'href="\.\.(/p/[^"]+)"', asked.text)
    chosen = await stranger.get(way)

    assert way == link(mail, "p")
    for answer in (asked, chosen):
        assert answer.status_code == 200
        assert "Bits &amp; Co" in answer.text
        assert "--accent:#ff8800" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_people_choose_among_the_public_lists(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, mail: Any
) -> None:
    news = await a_list(client, "News <b>", description="On <i>Mondays")
    offers, later = await a_list(client, "Offers"), await a_list(client, "Later")
    hidden = await a_list(client, "Internal", public=False)
    for each in (offers, hidden, later):
        await client.post(f"/api/lists/{each}/contacts", json={"emails": ["ann@example.com"]})

    before = await stranger.get(link(mail, "p"))
    form = {"action": "save", "shown": [news, offers, hidden], "list": [news, hidden]}
    after, _ = [await stranger.post(link(mail, "p"), data=form) for _ in range(2)]

    assert "News &lt;b&gt;" in before.text
    assert "On &lt;i&gt;Mondays" in before.text
    assert "Internal" not in before.text
    assert re.findall(r'value="(lst_\w+)"( checked|)><span', before.text) == [
        (later, " checked"),
        (news, ""),
        (offers, " checked"),
    ]
    assert "Your choices are saved." in after.text
    # What was not shown to them is not touched, and what they may not see is not theirs to choose.
    assert await on_lists(client, news, offers, hidden, later) == [news, hidden, later]
    source = {"source": "preferences_page", "sendId": mail["sendId"]}
    made = [(what, detail["list"]) for what, detail in await changes(client) if source.items() <= detail.items()]
    assert sorted(made) == [("list_joined", "news-b"), ("list_left", "offers")]


async def test_who_is_off_comes_back_by_choosing_a_list_or_by_the_button(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, mail: Any
) -> None:
    news = await a_list(client, "News")
    await client.post(f"/api/lists/{news}/contacts", json={"emails": ["ann@example.com"]})

    async def done(**form: Any) -> tuple[bool, bool]:
        answer = await stranger.post(link(mail, "p"), data={"shown": [news], **form})
        assert answer.status_code == 200
        return (await client.get(ANN)).json()["unsubscribed"], " checked" in answer.text

    answers = [
        await done(action="none"),
        await done(action="save"),
        await done(action="nonsense"),
        await done(action="again"),
        await done(action="none"),
        await done(action="save", list=[news]),
    ]

    assert answers == [(True, False), (True, False), (True, False), (False, True), (True, False), (False, True)]
    assert len(await told(client)) == 2
    assert await unsubscribed(client) == 1


async def test_nobody_is_known_by_the_links_of_somebody_erased(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, mail: Any
) -> None:
    await a_list(client, "News")
    assert (await client.delete(ANN)).status_code == 204

    answers = [
        *[await stranger.request(method, link(mail, "u")) for method in ("GET", "HEAD", "POST")],
        *[await stranger.post(link(mail, "p"), data={"action": word}) for word in ("save", "none", "again", "")],
        await stranger.get(link(mail, "p")),
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert not any("ann" in answer.text for answer in answers)
    assert (await client.get("/api/contacts")).json()["data"] == []


@pytest.mark.parametrize("path", ["/u/nonsense", "/p/nonsense", "/u/%F0%9F%98%80", "/p/ünï"])
async def test_a_link_that_is_not_ours_tells_nothing(stranger: httpx.AsyncClient, path: str) -> None:
    answers = [await stranger.get(path), await stranger.post(path, data={"action": "none"})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "This link does not work" in answers[0].text


async def test_a_link_to_choose_does_not_opt_out_in_one_click(app: Any, client: httpx.AsyncClient, mail: Any) -> None:
    async with a_client(app, None) as stranger:
        answer = await stranger.post(link(mail, "p").replace("/p/", "/u/"))

    assert answer.status_code == 404
    assert (await client.get(ANN)).json()["unsubscribed"] is False
