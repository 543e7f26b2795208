"""What is known of one contact: mail, sequences, segments, the timeline."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dripline.contacts.changes import Change, append_changes
from dripline.contacts.model import ContactChanges
from dripline.database.pool import Database
from dripline.engine.audience.people import create_contact
from dripline.events.model import Event, Origin
from dripline.events.store import record
from dripline.kernel.addresses import parse_address
from dripline.kernel.ids import EventId, WorkspaceId, new_uuid
from tests.integration.api.conftest import error_of, put_templates

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = "/api/contacts/ann@example.com"
DRIP = """
trigger: { event: started }
steps:
  - { id: check, action: condition, property: contact.properties.plan, operator: notExists, onTrue: exit }
  - { id: first, action: email, template: hello }
  - { action: delay, duration: 1d }
  - { id: second, action: email, template: hello }
"""


async def a_walk(client: httpx.AsyncClient) -> None:
    """Ann gets one mail, is tagged, and opts out before the second."""
    await put_templates(client, "hello")
    made = await client.put("/api/sequences/drip", json={"definition": DRIP})
    assert made.status_code == 201, made.text
    assert (await client.post("/api/sequences/drip/activate")).status_code == 200
    await client.put("/api/contacts", json={"email": "ann@example.com", "properties": {"plan": "trial"}})
    await client.post("/api/test-clock/advance", json={"duration": "1m"})
    await client.post("/api/events", json={"email": "ann@example.com", "event": "started", "properties": {"a": 1}})
    moved = await client.post("/api/test-clock/advance", json={"duration": "1h"})
    assert moved.status_code == 200, moved.text
    await client.patch(ANN, json={"properties": {"plan": "pro"}, "tags": ["vip"]})
    await client.post("/api/test-clock/advance", json={"duration": "1h"})
    assert (await client.post(f"{ANN}/unsubscribe")).status_code == 200


async def pages(client: httpx.AsyncClient, path: str, *, limit: int) -> list[Any]:
    """All items of a list, page by page."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        page = (await client.get(f"{path}{query}")).json()
        found += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found


@pytest.mark.usefixtures("working")
async def test_the_timeline_tells_what_happened_newest_first(client: httpx.AsyncClient) -> None:
    await a_walk(client)

    items = (await client.get(f"{ANN}/timeline?limit=100")).json()["items"]

    told = [
        (item["kind"], item.get("what") or item.get("event") or item.get("action") or item.get("status"))
        for item in items
    ]
    assert told == [
        ("step", "end"),
        ("change", "unsubscribed"),
        ("change", "tagged"),
        ("change", "properties"),
        # The clock stood still: at one moment the order is that of kinds.
        ("step", "email"),
        ("step", "condition"),
        ("step", "enroll"),
        ("message", "sent"),
        ("event", "email.sent"),
        ("event", "started"),
        ("change", "created"),
    ]
    by_kind = {(item["kind"], item.get("action")): item for item in items}
    end = by_kind["step", "end"]
    assert (end["sequence"], end["step"], end["outcome"], end["reason"]) == ("drip", None, "exited", "unsubscribed")
    began = by_kind["step", "enroll"]
    assert (began["outcome"], began["reason"]) == ("enrolled", "event:started")
    mailed = by_kind["message", None]
    assert (mailed["subject"], mailed["template"], mailed["sequence"], mailed["step"]) == (
        "hello",
        "hello",
        "drip",
        "first",
    )


@pytest.mark.usefixtures("working")
async def test_the_pages_of_the_timeline_are_the_whole_of_it(client: httpx.AsyncClient) -> None:
    await a_walk(client)

    whole = (await client.get(f"{ANN}/timeline?limit=100")).json()["items"]

    for limit in (1, 2, 5):
        assert await pages(client, f"{ANN}/timeline", limit=limit) == whole


async def test_what_happened_at_one_moment_is_neither_missed_nor_repeated(
    client: httpx.AsyncClient, database: Database, workspace: WorkspaceId
) -> None:
    async with database.work() as tx:
        ann = await create_contact(tx, workspace, parse_address("ann@example.com"), ContactChanges(), now=NOON)
        moments = [NOON + timedelta(seconds=n // 4) for n in range(20)]
        await append_changes(tx, workspace, [Change(ann.id, "tagged", {}, at) for at in moments])
        events = [Event(EventId(new_uuid()), ann.id, "seen", {}, at, NOON, Origin.API) for at in reversed(moments)]
        await record(tx, workspace, events)

    whole = await pages(client, f"{ANN}/timeline", limit=100)

    assert len({item["id"] for item in whole}) == len(whole) == 41
    assert order_of(whole) == sorted(order_of(whole), reverse=True)
    for limit in (1, 3, 7):
        assert await pages(client, f"{ANN}/timeline", limit=limit) == whole


def order_of(items: Sequence[Any]) -> list[tuple[str, str, str]]:
    return [(item["at"], item["kind"], item["id"]) for item in items]


async def test_what_comes_in_meanwhile_does_not_move_the_pages_behind(client: httpx.AsyncClient) -> None:
    for n in range(4):
        await client.post("/api/events", json={"email": "ann@example.com", "event": f"event-{n}"})
    first = (await client.get(f"{ANN}/timeline?limit=2")).json()

    await client.post("/api/events", json={"email": "ann@example.com", "event": "late"})
    rest = (await client.get(f"{ANN}/timeline?limit=100&cursor={first['nextCursor']}")).json()

    assert [item.get("event") for item in (*first["items"], *rest["items"])] == [
        "event-3",
        "event-2",
        "event-1",
        "event-0",
        None,
    ]


@pytest.mark.usefixtures("working")
async def test_mail_and_runs_of_one_contact_are_listed(client: httpx.AsyncClient) -> None:
    await a_walk(client)

    sends = (await client.get(f"{ANN}/sends")).json()["items"]
    runs = (await client.get(f"{ANN}/sequences")).json()["items"]

    assert [(each["status"], each["step"]) for each in sends] == [("sent", "first")]
    assert [(each["sequence"], each["status"], each["exitReason"]) for each in runs] == [
        ("drip", "exited", "unsubscribed")
    ]
    for alias in ("enrolments", "enrollments"):
        assert (await client.get(f"{ANN}/{alias}")).json()["items"] == runs


async def test_opting_out_by_a_call_may_be_repeated(client: httpx.AsyncClient) -> None:
    await client.post("/api/contacts", json={"email": "ann@example.com"})

    answers = [await client.post(f"{ANN}/unsubscribe") for _ in range(2)]

    assert [(answer.status_code, answer.json()["unsubscribed"]) for answer in answers] == [(200, True)] * 2
    items = (await client.get(f"{ANN}/timeline")).json()["items"]
    assert [item["what"] for item in items] == ["unsubscribed", "created"]


@pytest.mark.parametrize("view", ["sends", "sequences", "segments", "timeline"])
async def test_nothing_is_told_of_who_is_not_there(client: httpx.AsyncClient, view: str) -> None:
    unknown = await client.get(f"{ANN}/{view}")
    await client.post("/api/contacts", json={"email": "ann@example.com"})
    bad_cursor = await client.get(f"{ANN}/{view}?cursor=bm90aGluZw")

    assert (unknown.status_code, bad_cursor.status_code) == (404, 400)
    assert error_of(bad_cursor)["details"][0]["path"] == "cursor"


async def test_nothing_is_told_to_another_workspace(client: httpx.AsyncClient, other_client: httpx.AsyncClient) -> None:
    ann = (await client.post("/api/contacts", json={"email": "ann@example.com"})).json()["id"]

    answers = [
        await other_client.get(f"/api/contacts/{ann}/{view}") for view in ("sends", "sequences", "segments", "timeline")
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
