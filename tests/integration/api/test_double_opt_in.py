"""Double opt-in: who is put on a list is asked first, by a mail, and is on it when they say yes."""

import re
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import a_client, error_of, put_templates

SEQUENCES = {
    "welcome": "trigger: { list: news }\nsteps:\n  - { action: email, id: hello, template: hello }\n",
    "new": "trigger: { contact: added }\nsteps:\n  - { action: email, id: hello, template: hello }\n",
}
ANN = "/api/contacts/ann@example.com"


@pytest.fixture
async def news(client: httpx.AsyncClient, working: None) -> httpx.AsyncClient:
    """A client of a workspace whose time stands still, with a list that asks, and sequences that wait."""
    assert working is None
    await put_templates(client, "hello")
    made = await client.post("/api/lists", json={"name": "News", "doubleOptIn": True})
    assert (made.status_code, made.json()["doubleOptIn"]) == (201, True)
    for slug, definition in SEQUENCES.items():
        await client.put(f"/api/sequences/{slug}", json={"definition": definition})
        response = await client.post(f"/api/sequences/{slug}/activate")
        assert response.status_code == 200, response.text
    await advanced(client, "1m")
    return client


async def advanced(client: httpx.AsyncClient, duration: str) -> None:
    assert (await client.post("/api/test-clock/advance", json={"duration": duration})).status_code == 200


async def signed_up(client: httpx.AsyncClient, email: str = "ann@example.com", **more: object) -> Any:
    response = await client.post("/api/lists/news/contacts", json={"emails": [email], **more})
    assert response.status_code == 200, response.text
    await advanced(client, "1m")
    return response.json()


async def mails(client: httpx.AsyncClient) -> list[Any]:
    found: list[Any] = (await client.get("/api/inbox")).json()["data"]
    return found[::-1]


def link(mail: Any) -> str:
    [found] = re.findall(r'"http://dripline(/confirm/[^"]+)"', mail["html"])
    return str(found)


async def is_on_it(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/api/lists/news/contacts")).json()["data"])


async def runs(client: httpx.AsyncClient) -> list[str]:
    found = (await client.get(f"{ANN}/sequences")).json()["data"]
    return sorted(each["sequence"] for each in found)


async def test_nothing_begins_before_somebody_says_yes(news: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    answer = await signed_up(news)
    [mail] = await mails(news)

    looked = {(await stranger.request(method, link(mail))).status_code for method in ("GET", "HEAD") * 20}

    assert answer == {"added": 0, "enrolled": 0, "skipped": 0, "pending": 1}
    assert (mail["kind"], mail["subject"], "/c/" in mail["html"]) == ("transactional", "Please confirm: News", False)
    assert looked == {200}
    contact = (await news.get(ANN)).json()
    assert (contact["unsubscribed"], await is_on_it(news), await runs(news)) == (True, False, [])


async def test_a_yes_begins_it_once_and_a_replay_is_harmless(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await signed_up(news)
    [asked] = await mails(news)

    answers = [await stranger.post(link(asked)) for _ in range(3)]
    await advanced(news, "1m")

    assert [answer.status_code for answer in answers] == [200] * 3
    assert all("You are signed up" in answer.text for answer in answers)
    contact = (await news.get(ANN)).json()
    assert (contact["unsubscribed"], await is_on_it(news), await runs(news)) == (False, True, ["welcome"])
    assert [mail["subject"] for mail in await mails(news)] == ["Please confirm: News", "hello"]
    items = (await news.get(f"{ANN}/timeline")).json()["data"]
    assert [(each["what"], each["detail"].get("source")) for each in reversed(items) if each["kind"] == "change"] == [
        ("created", None),
        ("unsubscribed", "double_opt_in"),
        ("list_asked", None),
        ("resubscribed", "double_opt_in"),
        ("list_joined", "double_opt_in"),
    ]
    assert await signed_up(news) == {"added": 0, "enrolled": 0, "skipped": 1, "pending": 0}


async def test_an_old_link_brings_nobody_back_who_left(news: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    await signed_up(news)
    [asked] = await mails(news)
    await stranger.post(link(asked))
    await news.request("DELETE", "/api/lists/news/contacts", json={"emails": ["ann@example.com"]})
    await news.patch(ANN, json={"unsubscribed": True})

    again = await stranger.post(link(asked))

    assert again.status_code == 200
    assert (await is_on_it(news), (await news.get(ANN)).json()["unsubscribed"]) == (False, True)


async def test_a_link_expires_after_a_week(news: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    await signed_up(news)
    [asked] = await mails(news)
    await advanced(news, "7d")

    late = [await stranger.get(link(asked)), await stranger.post(link(asked))]
    await signed_up(news)
    newer = (await mails(news))[-1]
    in_time = await stranger.post(link(newer))

    assert [answer.status_code for answer in late] == [200, 200]
    assert all("This link has expired" in answer.text for answer in late)
    assert link(newer) != link(asked)
    assert ("You are signed up" in in_time.text, await is_on_it(news)) == (True, True)


async def test_nobody_is_asked_again_at_once_or_without_end(news: httpx.AsyncClient) -> None:
    first, at_once = await signed_up(news), await signed_up(news)
    later = []
    for _ in range(3):
        await advanced(news, "1h")
        later.append(await signed_up(news))

    asked = await mails(news)

    assert [each["pending"] for each in (first, at_once, *later)] == [1, 0, 1, 1, 0]
    assert len({link(mail) for mail in asked}) == 1
    assert len(asked) == 3


async def test_who_is_known_keeps_their_wish_until_they_say_yes(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await news.post("/api/contacts", json={"email": "ann@example.com"})
    await advanced(news, "1m")

    await signed_up(news)

    assert (await news.get(ANN)).json()["unsubscribed"] is False
    [link_] = [link(mail) for mail in await mails(news) if mail["subject"] != "hello"]
    await stranger.post(link_)
    assert await is_on_it(news)


async def test_a_suppressed_address_is_not_asked(news: httpx.AsyncClient) -> None:
    await news.post("/api/suppressions", json={"email": "ann@example.com"})

    answer = await signed_up(news)

    assert (answer["pending"], await mails(news)) == (0, [])


async def test_a_call_may_ask_or_not_whatever_the_list_says(news: httpx.AsyncClient) -> None:
    sure = await signed_up(news, confirm=False)
    await news.patch("/api/lists/news", json={"doubleOptIn": False})
    asked = await signed_up(news, "bob@example.com", confirm=True)
    plain = await signed_up(news, "zoe@example.com")

    assert [sure["added"], plain["added"], asked["pending"]] == [1, 1, 1]
    assert "pending" not in sure


async def test_very_many_are_not_asked_at_once(news: httpx.AsyncClient) -> None:
    emails = [f"p{number}@example.com" for number in range(101)]

    refused = await news.post("/api/lists/news/contacts", json={"emails": emails})

    assert refused.status_code == 400
    assert "at most 100" in str(error_of(refused))


async def test_a_list_has_a_mail_of_its_own_that_must_have_the_link(news: httpx.AsyncClient) -> None:
    body = {"name": "Ask", "subject": "{{ list.name }}?", "html": '<a href="{{ confirm_url }}">Yes</a>'}
    await news.put("/api/templates/ask", json=body)

    refused = await news.patch("/api/lists/news", json={"confirmTemplate": "hello"})
    set_ = await news.patch("/api/lists/news", json={"confirmTemplate": "ask"})
    await signed_up(news)
    await news.put("/api/templates/ask", json={**body, "html": "<p>No link</p>"})
    await signed_up(news, "bob@example.com")
    unset = await news.patch("/api/lists/news", json={"confirmTemplate": ""})

    assert (refused.status_code, error_of(refused)["details"][0]["path"]) == (400, "confirmTemplate")
    assert set_.json()["confirmTemplate"].startswith("tpl_")
    assert [mail["subject"] for mail in await mails(news)] == ["News?", "Please confirm: News"]
    assert all(link(mail) for mail in await mails(news))
    assert unset.json()["confirmTemplate"] is None


async def test_nobody_is_known_by_the_link_of_somebody_erased(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await signed_up(news)
    [asked] = await mails(news)
    await news.delete(ANN)

    answers = [await stranger.get(link(asked)), await stranger.post(link(asked))]

    assert [(answer.status_code, "ann" in answer.text) for answer in answers] == [(200, False)] * 2
    assert (await news.get("/api/contacts")).json()["data"] == []


async def test_a_link_that_is_not_ours_tells_nothing(app: Any) -> None:
    async with a_client(app, None) as stranger:
        answers = [await stranger.get("/confirm/nonsense"), await stranger.post("/confirm/nonsense")]

    assert [answer.status_code for answer in answers] == [404, 404]
