"""The pages behind the links in mail while the database is away: nobody is left without an answer, no wish is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dripline.accounts.model import Workspace
from dripline.api.app import create_app
from dripline.api.services import Services
from dripline.database.pool import Database
from dripline.delivery.unsubscribe import ConfirmToken, UnsubscribeToken
from dripline.durable.spool import Spool
from dripline.engine.audience.wishes import Wish, Wishes
from dripline.kernel.ids import ContactId, MessageId, new_uuid, read
from tests.integration.api.conftest import a_client

ANN = "/api/contacts/ann@example.com"


class Away(Database):
    """A database that refuses every transaction; or one that never answers."""

    def __init__(self, *, hangs: bool = False) -> None:
        self._hangs = hangs

    async def transact(self, *_: object, **__: object) -> object:  # type: ignore[override]
        if self._hangs:
            await asyncio.Event().wait()
        raise ConnectionRefusedError


@asynccontextmanager
async def without(services: Services, database: Database, spool: Spool[Wish]) -> AsyncIterator[httpx.AsyncClient]:
    """A stranger at an API whose database is away."""
    there = replace(services, database=database, wishes=Wishes(database, spool))
    async with a_client(create_app(there), None) as stranger:
        yield stranger


@pytest.fixture
def spool(tmp_path: Path) -> Spool[Wish]:
    return Spool(tmp_path, Wish)


@pytest.fixture
async def token(client: httpx.AsyncClient, test_workspace: Workspace) -> UnsubscribeToken:
    """What stands in the links of somebody's mail."""
    made = await client.post("/api/contacts", json={"email": "ann@example.com"})
    contact = read("contact", made.json()["id"])
    assert contact is not None
    return UnsubscribeToken(test_workspace.id, ContactId(contact), MessageId(new_uuid()))


async def wants_mail(client: httpx.AsyncClient) -> bool:
    return not (await client.get(ANN)).json()["unsubscribed"]


async def test_pages_that_need_the_database_ask_to_come_back(
    services: Services, token: UnsubscribeToken, spool: Spool[Wish]
) -> None:
    preferences = f"/p/{services.links.sign_preferences(token)}"
    confirming = ConfirmToken(token.workspace_id, token.contact_id, new_uuid())
    confirm = services.links.confirm_url(confirming)

    async with without(services, Away(), spool) as stranger:
        answers = [
            await stranger.request(method, path) for path in (preferences, confirm) for method in ("GET", "POST")
        ]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"2"}
    assert {answer.headers["content-type"] for answer in answers} == {"text/html; charset=utf-8"}
    assert all("try again in a moment" in answer.text for answer in answers)


@pytest.mark.parametrize("hangs", [False, True], ids=["refuses", "hangs"])
async def test_who_unsubscribes_while_the_database_is_away_is_taken_off_when_it_is_back(
    services: Services,
    database: Database,
    client: httpx.AsyncClient,
    token: UnsubscribeToken,
    spool: Spool[Wish],
    monkeypatch: pytest.MonkeyPatch,
    hangs: bool,
) -> None:
    monkeypatch.setattr("dripline.api.page_answers._PATIENCE_SECONDS", 0.05)
    path = f"/u/{services.links.sign(token)}"

    async with without(services, Away(hangs=hangs), spool) as stranger:
        shown = await stranger.get(path)
        posted = await stranger.post(path, content="List-Unsubscribe=One-Click")
    before = await wants_mail(client)
    await bring(database, spool)

    assert (shown.status_code, "<form" in shown.text) == (200, True)
    assert (posted.status_code, "written down" in posted.text) == (202, True)
    assert (before, await wants_mail(client)) == (True, False)
    [detail] = [detail for what, detail in await timeline(client) if what == "unsubscribed"]
    assert sorted(detail) == ["saidAt", "sendId", "source"]
    assert await Wishes(database, spool).replay() is None


async def test_who_has_come_back_since_then_stays(
    services: Services, database: Database, client: httpx.AsyncClient, token: UnsubscribeToken, spool: Spool[Wish]
) -> None:
    async with without(services, Away(), spool) as stranger:
        await stranger.post(f"/u/{services.links.sign(token)}")

    for unsubscribed in (True, False):
        assert (await client.patch(ANN, json={"unsubscribed": unsubscribed})).status_code == 200
    await bring(database, spool)

    assert await wants_mail(client)


async def test_a_wish_that_not_even_the_disk_takes_is_no_success(
    services: Services, token: UnsubscribeToken, tmp_path: Path
) -> None:
    file = tmp_path / "no-folder"
    file.touch()

    async with without(services, Away(), Spool(file, Wish)) as stranger:
        answer = await stranger.post(f"/u/{services.links.sign(token)}")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def bring(database: Database, spool: Spool[Wish]) -> None:
    """Fulfil what waits on disk."""
    wishes = Wishes(database, spool)
    while await wishes.replay() is not None:
        pass


async def timeline(client: httpx.AsyncClient) -> list[tuple[str, dict[str, str]]]:
    items = (await client.get(f"{ANN}/timeline")).json()["data"]
    return [(each["what"], each["detail"]) for each in items if each["kind"] == "change"]
