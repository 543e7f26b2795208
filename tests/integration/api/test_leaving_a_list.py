"""The page behind a mail's link to unsubscribe, where the mail came by a list: that list only, or everything."""

import re
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import put_templates

ANN = "/api/contacts/ann@example.com"
TWO_MAILS = """
steps:
  - { action: email, id: hello, template: hello }
  - { action: delay, duration: 3d }
  - { action: email, id: more, template: hello }
"""
ONLY_THE_LIST = {"from": "list"}


@pytest.fixture
async def news(client: httpx.AsyncClient, working: None) -> httpx.AsyncClient:
    """A client of a workspace whose time stands still: Ann is on a public list, and in three sequences, one by it."""
    assert working is None
    await put_templates(client, "hello")
    await client.post("/api/lists", json={"name": "News & <b>views", "slug": "news", "public": True})
    triggers = {"weekly": "{ list: news }", "trial": "{ event: trial.started }", "new": "{ contact: added }"}
    for slug, trigger in triggers.items():
        await client.put(f"/api/sequences/{slug}", json={"definition": f"trigger: {trigger}\n{TWO_MAILS}"})
        assert (await client.post(f"/api/sequences/{slug}/activate")).status_code == 200
    await advanced(client, "1m")
    await client.post("/api/events", json={"email": "ann@example.com", "event": "trial.started"})
    await client.post("/api/lists/news/contacts", json={"emails": ["ann@example.com"]})
    await advanced(client, "1m")
    return client


async def advanced(client: httpx.AsyncClient, duration: str) -> None:
    assert (await client.post("/api/test-clock/advance", json={"duration": duration})).status_code == 200


async def mail_of(client: httpx.AsyncClient, sequence: str) -> Any:
    mails = (await client.get("/api/inbox")).json()["data"]
    return next(mail for mail in mails if mail["sequence"] == sequence)


async def link(client: httpx.AsyncClient, sequence: str = "weekly", kind: str = "u") -> str:
    html = (await mail_of(client, sequence))["html"]
    return str(re.findall(rf'"http://dripline(/{kind}/[^"]+)"', html)[0])


async def statuses(client: httpx.AsyncClient) -> dict[str, tuple[str, str | None]]:
    runs = (await client.get(f"{ANN}/sequences")).json()["data"]
    return {run["sequence"]: (run["status"], run["exitReason"]) for run in runs}


async def lists(client: httpx.AsyncClient) -> list[str]:
    return [each["slug"] for each in (await client.get(ANN)).json()["lists"]]


async def test_a_mail_that_came_by_a_list_offers_to_leave_only_that_or_everything(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    by_list, by_event = await link(news), await link(news, "trial")

    pages = [(await stranger.get(path)).text for path in (by_list, by_event)]

    buttons = [re.findall(r'name="from" value="(\w+)"[^>]*>([^<]+)<', page) for page in pages]
    assert buttons == [
        [
            ("list", "Unsubscribe only from \u201cNews &amp; &lt;b&gt;views\u201d"),
            ("everything", "Unsubscribe from everything"),
        ],
        [("everything", "Unsubscribe")],
    ]
    assert await lists(news) == ["news"]


async def test_only_this_list_ends_what_the_list_began_and_nothing_else(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path = await link(news)

    answers = [await stranger.post(path, data=ONLY_THE_LIST) for _ in range(3)]
    await advanced(news, "4d")

    assert [(answer.status_code, "You have left the list" in answer.text) for answer in answers] == [(200, True)] * 3
    assert (await news.get(ANN)).json()["unsubscribed"] is False
    assert await lists(news) == []
    assert await statuses(news) == {
        "weekly": ("exited", "unsubscribed"),
        "trial": ("completed", None),
        "new": ("completed", None),
    }
    mails = (await news.get("/api/inbox")).json()["data"]
    assert sorted((each["sequence"], each["step"]) for each in mails) == [
        ("new", "hello"),
        ("new", "more"),
        ("trial", "hello"),
        ("trial", "more"),
        ("weekly", "hello"),
    ]
    items = (await news.get(f"{ANN}/timeline", params={"limit": 100})).json()["data"]
    [left] = [each["detail"] for each in items if each["kind"] == "change" and each["what"] == "list_left"]
    assert (left["list"], left["source"]) == ("news", "unsubscribe_link")
    told = (await news.get("/api/sequences/weekly/explain", params={"email": "ann@example.com"})).json()
    assert "the contact left the list news" in told["summary"]


async def test_everything_is_one_more_click_after_leaving_a_list(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path = await link(news)

    left = await stranger.post(path, data=ONLY_THE_LIST)
    again = await stranger.get(path)
    everything = await stranger.post(path, data={"from": "everything"})

    assert re.findall(r'name="from" value="(\w+)"', left.text) == ["everything"]
    assert re.findall(r'name="from" value="(\w+)"', again.text) == ["everything"]
    assert "You are unsubscribed" in everything.text
    assert (await news.get(ANN)).json()["unsubscribed"] is True


@pytest.mark.parametrize("change", [{"public": False}, None])
async def test_a_list_that_is_not_theirs_to_leave_is_not_named(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient, change: Any
) -> None:
    path = await link(news)
    if change is not None:
        await news.patch("/api/lists/news", json=change)
    else:
        for slug in ("weekly", "trial", "new"):
            await news.post(f"/api/sequences/{slug}/archive")
        assert (await news.delete("/api/lists/news")).status_code == 204

    answers = [await stranger.get(path), await stranger.post(path, data=ONLY_THE_LIST)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert not any("views" in answer.text for answer in answers)
    assert [re.findall(r'name="from" value="(\w+)"', answer.text) for answer in answers] == [["everything"]] * 2
    assert (await news.get(ANN)).json()["unsubscribed"] is False


async def test_leaving_a_list_among_the_preferences_ends_what_it_began(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path, [found] = await link(news, kind="p"), (await news.get("/api/lists")).json()["data"]

    for _ in range(2):
        await stranger.post(path, data={"action": "save", "shown": [found["id"]]})

    running = {slug: status for slug, (status, _) in (await statuses(news)).items()}
    assert running == {"weekly": "exited", "trial": "active", "new": "active"}


async def test_who_was_put_in_by_hand_keeps_their_run_while_they_are_not_on_the_list(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await news.post("/api/sequences/weekly/enrollments", json={"email": "bob@example.com"})
    await advanced(news, "1m")
    mails = (await news.get("/api/inbox", params={"email": "bob@example.com"})).json()["data"]
    [html] = [mail["html"] for mail in mails if mail["sequence"] == "weekly"]
    [path] = set(re.findall(r'"http://dripline(/p/[^"]+)"', html))
    [found] = (await news.get("/api/lists")).json()["data"]

    await stranger.post(path, data={"action": "save", "shown": [found["id"]]})

    runs = (await news.get("/api/contacts/bob@example.com/sequences")).json()["data"]
    assert {run["sequence"]: run["status"] for run in runs} == {"weekly": "active", "new": "active"}
