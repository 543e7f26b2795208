"""The public form of a list: who asks for an address is told nothing of it, and its owner is asked by a mail."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from dripline.accounts.model import Workspace
from dripline.api.app import create_app
from dripline.api.services import Services
from dripline.database.pool import Database
from dripline.durable.budgets import budgets_under
from dripline.engine.audience.signing_up import MOST_ABOUT_ADDRESS, MOST_FROM_NETWORK, forget_limits
from dripline.kernel.clock import real_now
from tests.integration.api.conftest import a_client, error_of
from tests.integration.api.test_failing import Broken

SITE = "https://www.example.com"
ANN = "ann@example.com"


@pytest.fixture
async def news(client: httpx.AsyncClient, working: None) -> httpx.AsyncClient:
    """A client of a workspace whose time stands still, with a list that has a form."""
    assert working is None
    body = {"name": "News & <b>views", "slug": "news", "form": True, "formOrigins": [f"{SITE}/"]}
    made = await client.post("/api/lists", json=body)
    assert (made.status_code, made.json()["formOrigins"]) == (201, [SITE])
    await advanced(client, "1m")
    return client


async def advanced(client: httpx.AsyncClient, duration: str) -> None:
    assert (await client.post("/api/test-clock/advance", json={"duration": duration})).status_code == 200


async def form(client: httpx.AsyncClient, slug: str = "news") -> str:
    return str((await client.get(f"/api/lists/{slug}")).json()["formUrl"]).removeprefix("http://dripline")


async def mails(client: httpx.AsyncClient, email: str = ANN) -> list[Any]:
    await advanced(client, "1m")
    found: list[Any] = (await client.get("/api/inbox", params={"email": email})).json()["data"]
    return found


async def members(client: httpx.AsyncClient) -> list[str]:
    return [each["email"] for each in (await client.get("/api/lists/news/contacts")).json()["data"]]


async def test_a_form_asks_by_a_mail_and_a_yes_puts_on_the_list(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path = await form(news)

    shown = await stranger.get(path)
    sent = await stranger.post(path, data={"email": " Ann@Example.com ", "comment": ""})
    [mail] = await mails(news)
    before = await members(news)
    [confirm] = set(re.findall(r'"http://dripline(/confirm/[^"]+)"', mail["html"]))
    await stranger.post(confirm)

    assert (shown.status_code, "<h1>News &amp; &lt;b&gt;views</h1>" in shown.text) == (200, True)
    assert (sent.status_code, "Check your email" in sent.text) == (200, True)
    assert mail["subject"] == "Please confirm: News & <b>views"
    assert (before, await members(news)) == ([], ["Ann@example.com"])


async def test_the_form_is_for_keyboards_and_screen_readers_and_its_trap_is_not(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    found = LexborHTMLParser((await stranger.get(await form(news))).text)

    assert [node.attributes["lang"] for node in found.css("html")] == ["en"]
    assert [len(found.css(tag)) for tag in ("main", "h1", "form", "button", "script")] == [1, 1, 1, 1, 0]
    assert [node.attributes["name"] for node in found.css("label.field input[type=email]")] == ["email"]
    assert [node.attributes["name"] for node in found.css("[aria-hidden] input[tabindex='-1']")] == ["comment"]
    assert len(found.css("input")) == 2


async def test_a_script_of_the_website_may_send_it_and_others_may_not_read_the_answer(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path = await form(news)
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    origins = [SITE, "https://evil.example", "null", f"{SITE}.evil.example"]

    preflights = [await stranger.options(path, headers={"Origin": origin, **asking}) for origin in origins]
    answers = [await stranger.post(path, json={"email": ANN}, headers={"Origin": origin}) for origin in origins]

    allowed = [answer.headers.get("access-control-allow-origin") for answer in preflights]
    assert (allowed, [answer.status_code for answer in preflights]) == ([SITE, None, None, None], [204] * 4)
    assert preflights[0].headers["access-control-allow-headers"] == "content-type"
    assert preflights[0].headers["access-control-allow-methods"] == "POST"
    assert [answer.headers.get("access-control-allow-origin") for answer in answers] == [SITE, None, None, None]
    assert {answer.headers["vary"] for answer in answers} == {"Origin"}
    assert answers[0].json()["status"] == "pending"
    assert not any("access-control-allow-credentials" in answer.headers for answer in (*preflights, *answers))


async def test_no_answer_tells_whether_an_address_is_known(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path = await form(news)
    await news.post("/api/lists/news/contacts", json={"emails": ["member@example.com"], "confirm": False})
    await news.post("/api/suppressions", json={"email": "gone@example.com", "reason": "bounced"})
    await news.post("/api/contacts", json={"email": "known@example.com", "unsubscribed": True})
    names = ["member", "gone", "known", "asked", "asked", "new"]

    answers = [await stranger.post(path, json={"email": f"{name}@example.com"}) for name in names]
    pages = [await stranger.post(path, data={"email": f"{name}@example.com"}) for name in names]

    told = [
        (answer.status_code, answer.text.replace(name, "x"), sorted(answer.headers))
        for name, answer in zip(names, answers, strict=True)
    ]
    assert [each == told[0] for each in told] == [True] * len(names)
    shown = {page.text.replace(f"{name}@", "x@") for name, page in zip(names, pages, strict=True)}
    assert (len(shown), {page.status_code for page in pages}) == (1, {200})
    got = {name: len(await mails(news, f"{name}@example.com")) for name in set(names)}
    assert got == {"member": 0, "gone": 0, "known": 1, "asked": 1, "new": 1}


async def test_a_program_that_fills_in_everything_is_thanked_and_not_heard(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path = await form(news)

    trapped = await stranger.post(path, data={"email": ANN, "comment": "Buy now"})
    honest = await stranger.post(path, data={"email": "bob@example.com", "comment": ""})

    assert trapped.text.replace(ANN, "x") == honest.text.replace("bob@example.com", "x")
    assert await mails(news) == []
    assert (await news.get(f"/api/contacts/{ANN}")).status_code == 404


@pytest.mark.parametrize("email", ["", "ann", "ann@", "ann@example", "a b@example.com", "x" * 300 + "@example.com"])
async def test_what_is_no_address_is_said_where_it_was_typed(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient, email: str
) -> None:
    path = await form(news)

    page = await stranger.post(path, data={"email": email})
    answer = await stranger.post(path, json={"email": email}, headers={"Origin": SITE})

    assert (page.status_code, answer.status_code) == (400, 400)
    assert 'role="alert"' in page.text
    assert 'aria-invalid="true" aria-describedby="wrong"' in page.text
    assert error_of(answer)["code"] == "VALIDATION_ERROR"
    assert answer.headers["access-control-allow-origin"] == SITE


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"email": 1}', b'{"email": "a@b.example", "more": 1}', b"\xff"])
async def test_json_that_is_no_sign_up_is_refused(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient, body: bytes
) -> None:
    answer = await stranger.post(await form(news), content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, error_of(answer)["code"]) == (400, "VALIDATION_ERROR")


async def test_one_network_and_one_address_are_heard_only_so_often(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path = await form(news)
    addresses = [ANN] * (MOST_ABOUT_ADDRESS + 2)
    addresses += [f"{number}@example.com" for number in range(MOST_FROM_NETWORK - len(addresses))]

    taken: list[httpx.Response] = []
    for at in range(0, len(addresses), 5):
        taken += await asyncio.gather(*(stranger.post(path, json={"email": each}) for each in addresses[at : at + 5]))
    refused = [await stranger.post(path, json={"email": "late@example.com"}), await stranger.post(path, data={})]
    page = await stranger.post(path, data={"email": "late@example.com"})

    assert {answer.status_code for answer in taken} == {200}
    assert [answer.status_code for answer in refused] == [429, 400]
    assert error_of(refused[0])["code"] == "RATE_LIMITED"
    assert 3_000 < int(refused[0].headers["retry-after"]) <= 3_600
    assert (page.status_code, "try again later" in page.text) == (429, True)
    assert [len(await mails(news, each)) for each in (ANN, "1@example.com", "late@example.com")] == [1, 1, 0]


async def test_one_address_gets_only_so_many_mails_a_day_whichever_lists_are_asked_for(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    for number in range(MOST_ABOUT_ADDRESS + 3):
        made = await news.post("/api/lists", json={"name": f"List {number}", "form": True})
        await stranger.post(made.json()["formUrl"].removeprefix("http://dripline"), json={"email": ANN})

    assert len(await mails(news)) == MOST_ABOUT_ADDRESS


async def test_limits_are_kept_without_addresses_and_thrown_away(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    async def kept() -> list[str]:
        async with database.work() as tx:
            return [each.name for each in await budgets_under(tx, test_workspace.id, "signup:")]

    await stranger.post(await form(news), json={"email": ANN})
    before = await kept()
    async with database.work() as tx:
        await forget_limits(tx, now=real_now() + timedelta(days=1, seconds=1))
    after = await kept()

    assert [re.sub("[0-9a-f-]{32,36}$", "", name) for name in before] == ["signup:from:", "signup:list:", "signup:to:"]
    assert after == []


async def test_a_form_is_closed_until_the_list_opens_it(
    news: httpx.AsyncClient, stranger: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    path = await form(news)
    quiet = (await news.post("/api/lists", json={"name": "Quiet"})).json()
    other = (await other_client.post("/api/lists", json={"name": "Other", "form": True})).json()
    mixed = path[: len("/signup/") + 26] + other["formUrl"][-26:]
    await news.patch("/api/lists/news", json={"form": False})

    ways = [path, mixed, "/signup/nonsense", f"/signup/{'7' + 'z' * 51}", "/signup/%F0%9F%98%80"]
    answers = [(await stranger.get(way), await stranger.post(way, json={"email": ANN})) for way in ways]

    assert (quiet["form"], quiet["formOrigins"], quiet["formUrl"]) == (False, [], None)
    assert {answer.status_code for pair in answers for answer in pair} == {404}
    assert await mails(news) == []


async def test_where_no_mail_can_leave_the_visitor_is_told_nothing_of_the_installation(
    live_client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    made = (await live_client.post("/api/lists", json={"name": "News", "form": True})).json()

    answer = await stranger.post(made["formUrl"].removeprefix("http://dripline"), json={"email": ANN})

    assert (answer.status_code, error_of(answer)["code"]) == (503, "UNAVAILABLE")
    assert "DRIPLINE" not in answer.text
    assert (await live_client.get(f"/api/contacts/{ANN}")).status_code == 404


async def test_while_the_database_is_away_a_script_gets_json_and_a_person_a_page(services: Services) -> None:
    away = replace(services, database=Broken(ConnectionRefusedError()))
    path = f"/signup/{'0' * 52}"

    async with a_client(create_app(away), None) as stranger:
        script = await stranger.post(path, json={"email": ANN})
        person = [await stranger.get(path), await stranger.post(path, data={"email": ANN})]

    assert (script.status_code, error_of(script)["code"]) == (503, "UNAVAILABLE")
    assert [(answer.status_code, answer.headers["content-type"]) for answer in person] == [
        (503, "text/html; charset=utf-8")
    ] * 2


@pytest.mark.parametrize(
    "origin", ["www.example.com", "https://", "https://a.example/path", "*", "javascript:alert(1)"]
)
async def test_what_is_no_website_is_no_origin(client: httpx.AsyncClient, origin: str) -> None:
    answer = await client.post("/api/lists", json={"name": "News", "form": True, "formOrigins": [SITE, origin]})

    assert answer.status_code == 400
    assert error_of(answer)["details"][0]["path"] == "formOrigins[1]"
