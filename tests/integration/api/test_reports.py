"""Reports of providers come in over HTTP, are kept before the answer, and act a moment later."""

import json
from dataclasses import replace
from typing import Any

import httpx

from dripline.accounts.model import Workspace
from dripline.api.app import create_app
from dripline.api.services import Services
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.feedback import inbound
from dripline.delivery.feedback.doors import ReportingDoors
from dripline.delivery.feedback.inbound import Inbound, Received, Source, keep, mail_key
from dripline.kernel.clock import real_now
from tests.integration.api.conftest import SECRET, a_client
from tests.integration.api.test_failing import Broken
from tests.makers.reports import MAILGUN_KEY, SendGridKey, mailgun

_KEPT = Query(
    "kept", "For a test.", "SELECT source, key, status, envelope FROM inbound WHERE workspace_id = $1 ORDER BY key"
)
_IDS = Query("ids", "For a test.", "SELECT id FROM inbound WHERE workspace_id = $1")
DOORS = ReportingDoors(SECRET, "")


async def kept(database: Database, workspace: Workspace) -> list[tuple[Any, ...]]:
    async with database.work() as tx:
        return [tuple(row) for row in await tx.rows(_KEPT, workspace.id)]


async def test_the_addresses_of_reports_are_shown_to_their_workspace(
    client: httpx.AsyncClient, test_workspace: Workspace
) -> None:
    answer = await client.get("/api/feedback/addresses")

    found = {each["provider"]: each["url"] for each in answer.json()["data"]}
    assert sorted(found) == ["mailgun", "postmark", "resend", "sendgrid", "ses"]
    assert found["ses"] == f"http://dripline{DOORS.url(test_workspace.id, Source.SES)}"


async def test_a_report_is_kept_once_however_often_it_comes(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    told = {"apiKey": "key-1", "domain": "mail.example.com", "webhookKey": MAILGUN_KEY}
    made = await client.put("/api/connections/mailgun", json=told)
    assert made.status_code == 201, made.text
    sent = mailgun(real_now(), {"event": "complained", "recipient": "jane@customer.example"}, token="a-token")

    answers = [await stranger.post(DOORS.url(test_workspace.id, Source.MAILGUN), content=sent.body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.json()["kept"] for answer in answers] == [1, 0, 0]
    assert await kept(database, test_workspace) == [("mailgun", "a-token", "waiting", [])]


async def test_a_forged_report_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    key = SendGridKey()
    await client.put("/api/connections/sendgrid", json={"apiKey": "SG.1", "webhookKey": SendGridKey().public})
    sent = key.events(real_now(), {"sg_event_id": "1", "event": "bounce"})
    url = DOORS.url(test_workspace.id, Source.SENDGRID)

    answers = [
        await stranger.post(url, content=sent.body, headers=dict(sent.headers)),
        await stranger.post(url, content=sent.body),
        await stranger.post(url, content=b"\xff"),
        await stranger.post(f"{url}x", content=sent.body, headers=dict(sent.headers)),
        await stranger.post("/webhooks/in/nobody/x", content=b""),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 404, 404]
    assert await kept(database, test_workspace) == []


async def test_a_batch_keeps_what_is_good_and_counts_what_is_not(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    key = SendGridKey()
    await client.put("/api/connections/sendgrid", json={"apiKey": "SG.1", "webhookKey": key.public})
    sent = key.events(real_now(), {"sg_event_id": "1", "event": "open"}, {"no": "id"}, {"sg_event_id": "2"})

    answer = await stranger.post(
        DOORS.url(test_workspace.id, Source.SENDGRID), content=sent.body, headers=dict(sent.headers)
    )

    assert (answer.status_code, answer.json()) == (200, {"kept": 2, "repeated": 0, "unreadable": 1})
    assert [row[1] for row in await kept(database, test_workspace)] == ["1", "2"]


async def test_a_body_that_is_no_report_is_refused(stranger: httpx.AsyncClient, test_workspace: Workspace) -> None:
    url = DOORS.url(test_workspace.id, Source.POSTMARK)

    answers = [await stranger.post(url, content=body) for body in (b"", b"[", b"[]", json.dumps({"a": 1}).encode())]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 400]


async def put_aside(database: Database, workspace: Workspace, *contents: bytes) -> None:
    async with database.work() as tx:
        for content in contents:
            await keep(tx, workspace.id, Source.IMAP, [Received(mail_key(content, ()), content)], now=real_now())
        for row in await tx.rows(_IDS, workspace.id):
            each = Inbound(workspace.id, row["id"], Source.IMAP, (), b"", 1)
            await inbound.put_aside(tx, each, "unreadable: it is noise")


async def test_the_quarantine_shows_what_could_not_be_worked_and_why(
    client: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    await put_aside(database, test_workspace, b"one", b"other\xff")

    first = (await client.get("/api/feedback/quarantine", params={"limit": 1})).json()
    second = (await client.get("/api/feedback/quarantine", params={"cursor": first["nextCursor"]})).json()
    raw = await client.get(f"/api/feedback/quarantine/{first['data'][0]['id']}/raw")

    found = [(each["source"], each["reason"], each["size"]) for each in [*first["data"], *second["data"]]]
    assert found == [("imap", "unreadable: it is noise", 6), ("imap", "unreadable: it is noise", 3)]
    assert (raw.content, raw.headers["content-type"], raw.headers["x-content-type-options"]) == (
        b"other\xff",
        "message/rfc822",
        "nosniff",
    )


async def test_what_was_put_aside_is_worked_again_when_it_is_wanted(
    client: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    await put_aside(database, test_workspace, b"one", b"")
    empty, full = (await client.get("/api/feedback/quarantine")).json()["data"]

    answers = [
        await client.post(f"/api/feedback/quarantine/{ref}/retry")
        for ref in (full["id"], full["id"], empty["id"], "rpt_nobody")
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 409, 404]
    assert sorted(row[2] for row in await kept(database, test_workspace)) == ["quarantined", "waiting"]


async def test_nobody_sees_the_quarantine_of_others(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    await put_aside(database, test_workspace, b"one")
    [mine] = (await client.get("/api/feedback/quarantine")).json()["data"]

    theirs = await other_client.get("/api/feedback/quarantine")
    raw = await other_client.get(f"/api/feedback/quarantine/{mine['id']}/raw")
    retry = await other_client.post(f"/api/feedback/quarantine/{mine['id']}/retry")

    assert (theirs.json()["data"], raw.status_code, retry.status_code) == ([], 404, 404)


async def test_a_report_that_cannot_be_kept_is_asked_for_again(
    services: Services, database: Database, test_workspace: Workspace
) -> None:
    # Whoever sends a report repeats it after an answer of the 500s, and forgets it after any other.
    away = replace(services, database=Broken(ConnectionRefusedError()))
    sent = mailgun(real_now(), {"event": "complained", "recipient": "jane@customer.example"}, token="a-token")

    async with a_client(create_app(away), None) as stranger:
        answer = await stranger.post(DOORS.url(test_workspace.id, Source.MAILGUN), content=sent.body)

    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert await kept(database, test_workspace) == []


async def test_a_report_of_a_kind_that_nobody_knows_is_kept(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    told = {"apiKey": "key-1", "domain": "mail.example.com", "webhookKey": MAILGUN_KEY}
    await client.put("/api/connections/mailgun", json=told)
    sent = mailgun(real_now(), {"event": "mind_read", "recipient": "jane@customer.example"}, token="a-token")

    answer = await stranger.post(DOORS.url(test_workspace.id, Source.MAILGUN), content=sent.body)

    assert (answer.status_code, answer.json()["kept"]) == (200, 1)
    assert await kept(database, test_workspace) == [("mailgun", "a-token", "waiting", [])]
