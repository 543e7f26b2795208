"""The seven events about a mail: each names its send, its template, its sequence and its step."""

import re
from typing import Any

import httpx
import pytest

from dripline.accounts.model import Workspace
from dripline.database.pool import Database
from dripline.delivery.feedback.inbound import UNKNOWN, Received, Source, keep, mail_key
from dripline.delivery.feedback.verp import bounce_address
from dripline.kernel.clock import real_now
from dripline.kernel.ids import MessageId, read
from tests.integration.api.conftest import SECRET
from tests.makers.returned import arf, dsn
from tests.makers.waiting import until

DEFINITION = """
trigger: { event: trial.started }
steps:
  - { action: email, id: welcome, template: a-mail }
"""
LINK = "https://example.com/docs"
PERSON = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"}
PEOPLE = ("opens", "bounces", "complains", "gets")
COMMON = {"sendId", "templateId", "sequenceId", "sequence", "step"}
MORE = {
    "email.sent": set(),
    "email.delivered": set(),
    "email.opened": {"userAgent"},
    "email.clicked": {"userAgent", "url"},
    "email.bounced": {"type", "class", "code", "reason"},
    "email.complained": set(),
    "email.unsubscribed": set(),
}


@pytest.fixture
async def sends(client: httpx.AsyncClient, working: None) -> dict[str, Any]:
    """A mail to each of some people, by the local part of the address, in a workspace whose time stands still."""
    assert working is None
    body = {"name": "A mail", "subject": "Hello", "html": f'<p>Hi</p><a href="{LINK}">Docs</a>'}
    await client.put("/api/templates/a-mail", json=body)
    await client.put("/api/sequences/trial", json={"name": "Trial", "definition": DEFINITION})
    await client.post("/api/sequences/trial/activate")
    await client.post("/api/test-clock/advance", json={"duration": "1m"})
    for name in PEOPLE:
        await client.post("/api/events", json={"email": f"{name}@example.com", "event": "trial.started"})
    await client.post("/api/test-clock/advance", json={"duration": "1m"})
    sends = (await client.get("/api/sends")).json()["data"]
    return {send["email"].partition("@")[0]: send for send in sends}


async def come_back(database: Database, workspace: Workspace, send: Any, text: str) -> None:
    """A mail that came to the bounce address of a send."""
    message = read("message", send["id"])
    assert message is not None
    to, raw = (bounce_address(workspace.id, MessageId(message), "bounces.example", SECRET),), text.encode()
    async with database.work() as tx:
        await keep(tx, UNKNOWN, Source.MAIL, [Received(mail_key(raw, to), raw)], envelope=to, now=real_now())


async def told(client: httpx.AsyncClient) -> list[tuple[str, str, Any]]:
    events = (await client.get("/api/events", params={"limit": 100})).json()["data"]
    return [
        (each["event"], each["email"].partition("@")[0], each["properties"])
        for each in events
        if each["event"].startswith("email.")
    ]


async def test_every_system_event_names_its_send_template_sequence_and_step(
    client: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    database: Database,
    test_workspace: Workspace,
    sends: dict[str, Any],
) -> None:
    [mail] = (await client.get("/api/inbox", params={"email": "opens@example.com"})).json()["data"]
    picture, click, leave = (
        re.findall(rf'"http://dripline(/{kind}/[^"]+)"', mail["html"])[0] for kind in ("o", "c", "u")
    )
    hard = dsn("550 5.1.1 User unknown", status="5.1.1", address="bounces@example.com")
    fine = dsn("250 2.0.0 ok", status="2.0.0", action="delivered", address="gets@example.com")

    for path in (picture, click):
        await stranger.get(path, headers=PERSON)
    await come_back(database, test_workspace, sends["bounces"], hard)
    await come_back(database, test_workspace, sends["gets"], fine)
    await come_back(database, test_workspace, sends["complains"], arf())

    async def is_told() -> bool:
        return len({name for name, _, _ in await told(client)}) == len(MORE) - 1

    await until(is_told, "all that came in is told")
    await stranger.post(leave)

    found = await told(client)
    assert {name for name, _, _ in found} == set(MORE)
    assert {name: who for name, who, _ in found if name != "email.sent"} == {
        "email.delivered": "gets",
        "email.opened": "opens",
        "email.clicked": "opens",
        "email.bounced": "bounces",
        "email.complained": "complains",
        "email.unsubscribed": "opens",
    }
    template = (await client.get("/api/templates/a-mail")).json()["id"]
    sequence = (await client.get("/api/sequences/trial")).json()["id"]
    for name, who, properties in found:
        assert {key: properties[key] for key in COMMON} == {
            "sendId": sends[who]["id"],
            "templateId": template,
            "sequenceId": sequence,
            "sequence": "trial",
            "step": "welcome",
        }
        assert set(properties) == COMMON | MORE[name]


async def test_nobody_can_send_one(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/api/events", json={"email": "ann@example.com", "event": name})
        for name in (*MORE, "email.anything")
    ]

    assert [answer.status_code for answer in answers] == [400] * (len(MORE) + 1)
