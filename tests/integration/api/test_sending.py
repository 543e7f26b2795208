"""Mail that no run asked for, over HTTP: transactional mail, tests of templates, scheduled, cancelled."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from dripline.accounts.model import Workspace
from dripline.database.pool import Database
from dripline.database.queries import Query
from tests.integration.api.conftest import error_of, put_templates
from tests.integration.api.test_mail import advanced
from tests.makers.published import API_TRIGGER

pytestmark = pytest.mark.usefixtures("working")

LEFT_OVER = Query(
    "left_over", "Counts what came with requests.", "SELECT count(*) FROM message_content WHERE $1 = workspace_id"
)


@pytest.fixture
async def frozen(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a workspace whose clock stands, so that mail goes when the test says so."""
    await advanced(client, duration="0m")
    return client


async def mails(client: httpx.AsyncClient, email: str | None = None) -> list[dict[str, Any]]:
    """Caught mail, oldest first."""
    query = f"?email={email}" if email else ""
    found: list[dict[str, Any]] = (await client.get(f"/api/inbox{query}")).json()["items"]
    return found[::-1]


async def sent(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    response = await client.post("/api/send", json=body)
    assert response.status_code == 201, response.text
    shape: dict[str, Any] = response.json()
    return shape


async def test_one_mail_goes_to_somebody_who_becomes_a_contact(frozen: httpx.AsyncClient) -> None:
    template = {
        "name": "order",
        "subject": "Order {{ orderId }}",
        "html": "<p>{{ variables.total }} {{ contact.email }}</p>",
    }
    await frozen.put("/api/templates/order", json=template)

    asked = await sent(frozen, to="Ann@Example.com", templateId="order", variables={"orderId": "A1", "total": 79.99})
    await advanced(frozen, duration="1m")

    [mail] = await mails(frozen)
    shown = (await frozen.get(f"/api/sends/{asked['id']}")).json()
    contact = (await frozen.get("/api/contacts/ann@example.com")).json()
    assert (asked["status"], asked["sendId"], asked["to"], asked["duplicate"]) == (
        "queued",
        asked["id"],
        "Ann@example.com",
        False,
    )
    assert (mail["to"], mail["subject"], mail["kind"], mail["sequence"], mail["step"]) == (
        "Ann@example.com",
        "Order A1",
        "transactional",
        None,
        None,
    )
    assert mail["html"].startswith("<p>79.99 Ann@example.com</p>")
    assert not any(name.lower().startswith("list-") for name in mail["headers"])
    assert (shown["status"], shown["kind"], shown["source"], shown["sequenceId"], shown["step"]) == (
        "sent",
        "transactional",
        "transactional",
        None,
        None,
    )
    assert (shown["template"], shown["subject"], shown["contactId"]) == ("order", "Order A1", contact["id"])


async def test_content_may_come_with_the_request_and_is_not_kept(
    frozen: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    asked = await sent(
        frozen, to="ann@example.com", subject="Hi {{ name }}", html="<b>{{ name }}</b>", variables={"name": "<A>"}
    )
    await advanced(frozen, duration="1m")

    [mail] = await mails(frozen)
    async with database.work() as tx:
        left = await tx.value(LEFT_OVER, test_workspace.id)
    assert (mail["subject"], mail["html"].startswith("<b>&lt;A&gt;</b>")) == ("Hi <A>", True)
    assert (asked["templateId"], asked["template"]) == (None, None)
    assert left == 0


@pytest.mark.parametrize("alias", ["templateId", "template"])
async def test_a_template_is_named_by_id_or_slug_under_either_name(frozen: httpx.AsyncClient, alias: str) -> None:
    await put_templates(frozen, "receipt")
    template = (await frozen.get("/api/templates/receipt")).json()["id"]

    by_slug = await sent(frozen, to="ann@example.com", **{alias: "receipt"})
    by_id = await sent(frozen, to="ann@example.com", **{alias: template})

    assert by_slug["templateId"] == by_id["templateId"] == template


async def test_a_repeat_under_the_same_key_is_the_same_mail(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "receipt")
    body, headers = {"to": "ann@example.com", "templateId": "receipt"}, {"Idempotency-Key": "order-1"}

    answers = [await frozen.post("/api/send", json=body, headers=headers) for _ in range(2)]
    await advanced(frozen, duration="1m")
    later = await frozen.post("/api/send", json=body, headers=headers)
    other = await frozen.post("/api/send", json=body, headers={"Idempotency-Key": "order-2"})

    assert [(each.status_code, each.json()["duplicate"]) for each in (*answers, later, other)] == [
        (201, False),
        (200, True),
        (200, True),
        (201, False),
    ]
    assert len({each.json()["id"] for each in (*answers, later)}) == 1
    assert later.json()["status"] == "sent"
    assert len(await mails(frozen)) == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"templateId": "receipt"}, "to"),
        ({"to": "nobody", "templateId": "receipt"}, "to"),
        ({"to": "ann@example.com"}, "templateId"),
        ({"to": "ann@example.com", "subject": "Hi"}, "html"),
        ({"to": "ann@example.com", "html": "Hi"}, "subject"),
        ({"to": "ann@example.com", "subject": " ", "html": "Hi"}, "subject"),
        ({"to": "ann@example.com", "subject": "Hi", "html": "{{ x"}, "html"),
        ({"to": "ann@example.com", "subject": "Hi", "html": "Hi", "templateId": "receipt"}, "subject"),
        ({"to": "ann@example.com", "templateId": "receipt", "template": "another"}, "template"),
        ({"to": "ann@example.com", "templateId": "receipt", "variables": []}, "variables"),
        ({"to": "ann@example.com", "templateId": "receipt", "scheduledFor": "tomorrow"}, "scheduledFor"),
        ({"to": "ann@example.com", "templateId": "receipt", "scheduledFor": "2001-01-01T00:00:00Z"}, "scheduledFor"),
        ({"to": "ann@example.com", "templateId": "receipt", "scheduledFor": "2999-01-01T00:00:00Z"}, "scheduledFor"),
        ({"to": "ann@example.com", "templateID": "receipt"}, "templateID"),
    ],
)
async def test_a_request_that_cannot_be_carried_out_names_the_field(
    frozen: httpx.AsyncClient, body: dict[str, object], path: str
) -> None:
    await put_templates(frozen, "receipt")

    response = await frozen.post("/api/send", json=body)

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (400, path), response.text
    assert (await frozen.get("/api/contacts")).json()["data"] == []


async def test_an_unknown_template_is_not_found(frozen: httpx.AsyncClient) -> None:
    response = await frozen.post("/api/send", json={"to": "ann@example.com", "templateId": "nothing"})

    assert (response.status_code, error_of(response)["code"]) == (404, "NOT_FOUND")


async def test_a_suppressed_address_is_refused_and_one_that_unsubscribed_is_not(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "receipt")
    await frozen.post("/api/suppressions", json={"email": "gone@example.com", "reason": "bounced"})
    await frozen.post("/api/contacts", json={"email": "ann@example.com", "unsubscribed": True})

    body = {"to": "ann@example.com", "templateId": "receipt"}
    answers = [
        await frozen.post("/api/send", json={"to": "gone@example.com", "templateId": "receipt"}),
        await frozen.post("/api/templates/receipt/test", json={"to": "gone@example.com"}),
        await frozen.post("/api/send", json=body | {"ignoreUnsubscribe": False}),
        await frozen.post("/api/send", json=body),
    ]
    await advanced(frozen, duration="1m")

    assert [answer.status_code for answer in answers] == [422, 422, 422, 201]
    assert error_of(answers[0])["code"] == "UNPROCESSABLE_ENTITY"
    assert [mail["to"] for mail in await mails(frozen)] == ["ann@example.com"]


async def test_who_unsubscribes_before_a_mail_that_asks_for_consent_goes_does_not_get_it(
    frozen: httpx.AsyncClient,
) -> None:
    await put_templates(frozen, "receipt")
    at = (await frozen.get("/api/test-clock")).json()["now"]
    later = (datetime.fromisoformat(at) + timedelta(hours=2)).isoformat()
    asked = await sent(frozen, to="ann@example.com", templateId="receipt", ignoreUnsubscribe=False, scheduledFor=later)

    await frozen.patch("/api/contacts/ann@example.com", json={"unsubscribed": True})
    await advanced(frozen, duration="1d")

    shown = (await frozen.get(f"/api/sends/{asked['id']}")).json()
    assert (shown["status"], shown["reason"], await mails(frozen)) == ("skipped", "unsubscribed", [])


async def test_scheduled_mail_goes_at_its_virtual_time(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "receipt")
    now = datetime.fromisoformat((await frozen.get("/api/test-clock")).json()["now"])
    times = [now + timedelta(days=days, hours=3) for days in (5, 1, 3)]

    asked = [
        await sent(frozen, to=f"p{n}@example.com", templateId="receipt", scheduledFor=at.isoformat())
        for n, at in enumerate(times)
    ]
    await advanced(frozen, duration="4d")

    assert [datetime.fromisoformat(each["scheduledFor"]) for each in asked] == times
    assert [(mail["to"], datetime.fromisoformat(mail["sentAt"])) for mail in await mails(frozen)] == [
        ("p1@example.com", times[1]),
        ("p2@example.com", times[2]),
    ]
    waiting = (await frozen.get(f"/api/sends/{asked[0]['id']}")).json()
    assert (waiting["status"], waiting["nextAttemptAt"]) == ("queued", waiting["scheduledFor"])


async def test_what_waits_can_be_cancelled_and_nothing_else(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "receipt")
    now = datetime.fromisoformat((await frozen.get("/api/test-clock")).json()["now"])
    later = (now + timedelta(days=1)).isoformat()
    waiting = await sent(frozen, to="ann@example.com", templateId="receipt", scheduledFor=later)
    gone = await sent(frozen, to="bob@example.com", templateId="receipt")
    await advanced(frozen, duration="1m")

    kept = await frozen.delete("/api/templates/receipt")
    answers = [await frozen.post(f"/api/sends/{each['id']}/cancel") for each in (waiting, waiting, gone)]
    await advanced(frozen, duration="2d")

    assert [answer.status_code for answer in (kept, *answers)] == [409, 200, 409, 409]
    assert (answers[0].json()["status"], answers[0].json()["settledAt"] is not None) == ("cancelled", True)
    assert "cancelled" in error_of(answers[1])["message"]
    assert "sent" in error_of(answers[2])["message"]
    assert [mail["to"] for mail in await mails(frozen)] == ["bob@example.com"]
    assert (await frozen.delete("/api/templates/receipt")).status_code == 204


async def test_a_run_goes_on_without_a_mail_that_was_cancelled(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "first", "second", "third")
    await frozen.put("/api/frequency-cap", json={"max": 1, "within": "2h"})
    steps = "".join(f"  - {{ action: email, template: {name} }}\n" for name in ("first", "second", "third"))
    await frozen.post("/api/sequences", json={"name": "three", "definition": f"{API_TRIGGER}steps:\n{steps}"})
    await frozen.post("/api/sequences/three/activate")
    await frozen.post("/api/sequences/three/enrollments", json={"email": "ann@example.com"})
    await advanced(frozen, duration="1m")
    [waiting] = (await frozen.get("/api/sends?status=deferred")).json()["data"]

    cancelled = await frozen.post(f"/api/sends/{waiting['id']}/cancel")
    await advanced(frozen, duration="1d")

    assert (waiting["kind"], waiting["template"]) == ("sequence", "second")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert [mail["subject"] for mail in await mails(frozen)] == ["first", "third"]
    [run] = (await frozen.get("/api/sequences/three/enrollments")).json()["data"]
    assert run["status"] == "completed"


async def test_only_what_is_in_doubt_can_be_sent_again(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "receipt")
    asked = await sent(frozen, to="ann@example.com", templateId="receipt")

    answers = [await frozen.post(f"/api/sends/{asked['id']}/resend"), await frozen.post("/api/sends/nonsense/resend")]

    assert [(answer.status_code, error_of(answer)["code"]) for answer in answers] == [
        (409, "CONFLICT"),
        (404, "NOT_FOUND"),
    ]


async def test_a_test_shows_the_values_of_one_contact_to_another_address(frozen: httpx.AsyncClient) -> None:
    template = {
        "name": "x",
        "subject": "Hi {{ firstName }}",
        "html": "<p>{{ event.plan }} {{ code }} {{ contact.email }}</p>",
    }
    await frozen.put("/api/templates/welcome", json=template)
    await frozen.post(
        "/api/contacts", json={"email": "ann@example.com", "properties": {"firstName": "Ann"}, "unsubscribed": True}
    )

    body = {"to": "me@example.com", "email": "ann@example.com", "variables": {"code": "X"}, "event": {"plan": "pro"}}
    asked = await frozen.post("/api/templates/welcome/test", json=body)
    await advanced(frozen, duration="1m")

    [mail] = await mails(frozen)
    assert asked.status_code == 200, asked.text
    assert (asked.json()["kind"], asked.json()["to"], asked.json()["contactId"]) == ("test", "me@example.com", None)
    assert (mail["to"], mail["subject"], mail["kind"]) == ("me@example.com", "[Test] Hi Ann", "test")
    assert mail["html"].startswith("<p>pro X ann@example.com</p>")
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [each["email"] for each in (await frozen.get("/api/contacts")).json()["data"]] == ["ann@example.com"]
    assert [(each["status"], each["kind"]) for each in (await frozen.get("/api/sends?kind=test")).json()["data"]] == [
        ("sent", "test")
    ]


async def test_a_test_is_no_event_and_its_link_takes_nobody_off(
    frozen: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await put_templates(frozen, "welcome")
    await frozen.post("/api/contacts", json={"email": "ann@example.com"})
    await frozen.post("/api/templates/welcome/test", json={"to": "ann@example.com"})
    await advanced(frozen, duration="1m")
    [mail] = await mails(frozen)
    link = mail["headers"]["List-Unsubscribe"].strip("<>").removeprefix("http://dripline")

    clicked = await stranger.post(link)

    contact = (await frozen.get("/api/contacts/ann@example.com")).json()
    [send] = (await frozen.get("/api/contacts/ann@example.com/sends")).json()["data"]
    timeline = (await frozen.get("/api/contacts/ann@example.com/timeline")).json()["data"]
    assert (clicked.status_code, contact["unsubscribed"]) == (200, False)
    assert (send["kind"], send["contactId"]) == ("test", contact["id"])
    assert (await frozen.get("/api/events")).json()["data"] == []
    assert [(each["kind"], each.get("source"), each.get("sequenceId")) for each in timeline] == [
        ("message", "test", None),
        ("change", None, None),
    ]


async def test_transactional_mail_is_an_event_without_a_sequence(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "receipt")
    asked = await sent(frozen, to="ann@example.com", templateId="receipt")
    await advanced(frozen, duration="1m")

    [event] = (await frozen.get("/api/events")).json()["data"]

    assert (event["name"], event["properties"]) == (
        "email.sent",
        {
            "sendId": asked["id"],
            "templateId": asked["templateId"],
            "sequenceId": None,
            "sequence": None,
            "step": None,
        },
    )


async def test_transactional_mail_takes_no_place_of_the_frequency_cap(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "receipt", "news")
    await frozen.put("/api/frequency-cap", json={"max": 1, "within": "1d"})
    definition = API_TRIGGER + "steps:\n  - { action: email, template: news }\n"
    await frozen.post("/api/sequences", json={"name": "news", "definition": definition})
    await frozen.post("/api/sequences/news/activate")

    await sent(frozen, to="ann@example.com", templateId="receipt")
    await advanced(frozen, duration="1m")
    await frozen.post("/api/sequences/news/enrollments", json={"email": "ann@example.com"})
    await advanced(frozen, duration="1m")
    await sent(frozen, to="ann@example.com", templateId="receipt")
    await advanced(frozen, duration="1m")

    assert [mail["subject"] for mail in await mails(frozen)] == ["receipt", "news", "receipt"]


async def test_a_deleted_contact_leaves_no_mail_and_no_content(
    frozen: httpx.AsyncClient, database: Database, test_workspace: Workspace
) -> None:
    await put_templates(frozen, "receipt")
    now = datetime.fromisoformat((await frozen.get("/api/test-clock")).json()["now"])
    body = {"to": "ann@example.com", "subject": "Secret", "html": "for {{ name }}", "variables": {"name": "Ann"}}
    await sent(frozen, **body, scheduledFor=(now + timedelta(days=1)).isoformat())
    await frozen.post("/api/templates/receipt/test", json={"to": "ANN@example.com"})
    await advanced(frozen, duration="1m")

    deleted = await frozen.delete("/api/contacts/ann@example.com")
    await advanced(frozen, duration="2d")

    async with database.work() as tx:
        left = await tx.value(LEFT_OVER, test_workspace.id)
    sends = (await frozen.get("/api/sends")).json()["data"]
    assert (deleted.status_code, left, await mails(frozen)) == (204, 0, [])
    assert [(send["status"], send["reason"], send["to"], send["subject"]) for send in sends] == [
        ("sent", None, None, None),
        ("skipped", "contact_deleted", None, None),
    ]


async def test_a_test_to_a_stranger_is_forgotten_with_the_contact_that_they_become(frozen: httpx.AsyncClient) -> None:
    await put_templates(frozen, "receipt")
    await frozen.post("/api/templates/receipt/test", json={"to": "Late@example.com"})
    await advanced(frozen, duration="1m")
    await frozen.post("/api/contacts", json={"email": "late@example.com"})

    await frozen.delete("/api/contacts/late@example.com")

    [send] = (await frozen.get("/api/sends")).json()["data"]
    assert (send["to"], send["subject"], await mails(frozen)) == (None, None, [])


async def test_live_mail_without_a_way_to_leave_is_refused_at_once(live_client: httpx.AsyncClient) -> None:
    await put_templates(live_client, "receipt")

    answers = [
        await live_client.post("/api/send", json={"to": "ann@example.com", "templateId": "receipt"}),
        await live_client.post("/api/templates/receipt/test", json={"to": "ann@example.com"}),
    ]

    assert [(answer.status_code, error_of(answer)["code"]) for answer in answers] == [(422, "UNPROCESSABLE_ENTITY")] * 2
    assert (await live_client.get("/api/contacts")).json()["data"] == []


async def test_sends_of_another_workspace_cannot_be_touched(
    frozen: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await put_templates(frozen, "receipt")
    asked = await sent(frozen, to="ann@example.com", templateId="receipt")

    answers = [
        await other_client.post(f"/api/sends/{asked['id']}/cancel"),
        await other_client.post(f"/api/sends/{asked['id']}/resend"),
        await other_client.post("/api/send", json={"to": "ann@example.com", "templateId": asked["templateId"]}),
        await other_client.post(f"/api/templates/{asked['templateId']}/test", json={"to": "ann@example.com"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await frozen.get(f"/api/sends/{asked['id']}")).json()["status"] != "cancelled"


async def test_content_that_comes_along_is_made_as_a_template_is(frozen: httpx.AsyncClient) -> None:
    await frozen.put("/api/partials/sign", json={"html": "Bye, {{ firstName | 'friend' }}"})
    await frozen.put("/api/layouts/frame", json={"html": "<h1>Acme</h1>{{ content }}"})

    html = "<p>Paid.</p>{% render 'sign' %}"
    await sent(frozen, to="a@example.com", subject="Paid", html=html, layout="frame", previewText="Thanks")
    await sent(frozen, to="b@example.com", subject="Paid", blocks=[{"type": "heading", "content": "Paid {{ n }}"}])
    await advanced(frozen, duration="1m")

    [framed] = await mails(frozen, "a@example.com")
    [blocks] = await mails(frozen, "b@example.com")
    places = [framed["html"].index(words) for words in ("Thanks", "<h1>Acme</h1>", "<p>Paid.</p>", "Bye, friend")]
    assert places == sorted(places)
    assert "Paid" in blocks["text"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"subject": "Hi", "html": "<p>Hi</p>", "layout": "frame"}, "layout"),
        ({"subject": "Hi", "html": "{% render 'sign' %}"}, "html"),
        ({"subject": "Hi", "blocks": [{"type": "text", "content": "Hi"}, {"type": "texd"}]}, "blocks[1].type"),
        ({"subject": "Hi", "html": "<p>Hi</p>", "mjml": "<mjml></mjml>"}, "html"),
        ({"subject": "Hi"}, "html"),
        ({"html": "<p>Hi</p>"}, "subject"),
        ({"templateId": "order", "previewText": "Hi"}, "previewText"),
    ],
)
async def test_content_that_cannot_be_made_is_refused_at_its_place(
    frozen: httpx.AsyncClient, body: dict[str, Any], path: str
) -> None:
    refused = await frozen.post("/api/send", json={"to": "ann@example.com", **body})

    assert (refused.status_code, error_of(refused)["details"][0]["path"]) == (400, path)
    assert (await frozen.get("/api/sends")).json()["items"] == []
