"""From the event to the mail, over HTTP alone, on a test clock."""

import re
from datetime import datetime, timedelta

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates
from tests.makers.published import API_TRIGGER, TRIAL_EXPIRY

pytestmark = pytest.mark.usefixtures("working")

TEMPLATES = ("trial-welcome", "trial-tips", "trial-feature-prompt", "trial-expiring-soon", "trial-expired")


async def advanced(client: httpx.AsyncClient, **body: str) -> dict[str, object]:
    response = await client.post("/api/test-clock/advance", json=body)
    assert response.status_code == 200, response.text
    moved: dict[str, object] = response.json()
    return moved


async def a_trial(client: httpx.AsyncClient, email: str = "alice@example.com") -> None:
    await put_templates(client, *TEMPLATES)
    await client.post("/api/sequences", json={"name": "trial-expiry", "definition": TRIAL_EXPIRY})
    assert (await client.post("/api/sequences/trial-expiry/activate")).status_code == 200
    await advanced(client, duration="0m")
    event = {"email": email, "event": "trial.started", "contact": {"plan": "trial"}}
    assert (await client.post("/api/events", json=event)).status_code == 201


async def test_the_trial_sequence_mails_on_days_0_3_7_12_and_14(client: httpx.AsyncClient) -> None:
    await a_trial(client)

    await advanced(client, duration="14d")

    mails = (await client.get("/api/inbox?email=alice@example.com")).json()["items"][::-1]
    start = datetime.fromisoformat(mails[0]["sentAt"])
    assert [mail["subject"] for mail in mails] == list(TEMPLATES)
    assert [datetime.fromisoformat(mail["sentAt"]) - start for mail in mails] == [
        timedelta(days=days) for days in (0, 3, 7, 12, 14)
    ]
    assert (await client.get("/api/sequences/trial-expiry/enrolments?status=completed")).json()["hasMore"] is False


async def test_a_caught_mail_has_all_its_parts(client: httpx.AsyncClient) -> None:
    await a_trial(client)
    await advanced(client, duration="1d")

    [mail] = (await client.get("/api/inbox")).json()["data"]
    raw = await client.get(f"/api/inbox/{mail['id']}/raw")

    assert mail.keys() == {
        "id",
        "to",
        "from",
        "subject",
        "html",
        "text",
        "headers",
        "messageId",
        "kind",
        "sequence",
        "step",
        "sentAt",
    }
    assert (mail["to"], mail["sequence"], mail["subject"]) == ("alice@example.com", "trial-expiry", "trial-welcome")
    assert "Hello alice@example.com" in mail["html"]
    assert "Hello alice@example.com" in mail["text"]
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (raw.headers["content-type"], raw.content[:5] != b"") == ("message/rfc822", True)
    assert f"Message-ID: <{mail['messageId']}>".encode() in raw.content


async def test_the_inbox_can_be_emptied(client: httpx.AsyncClient) -> None:
    await a_trial(client)
    await advanced(client, duration="1d")

    cleared = await client.delete("/api/inbox")

    assert cleared.status_code == 204
    assert (await client.get("/api/inbox")).json()["data"] == []


async def test_every_message_is_shown_with_its_status(client: httpx.AsyncClient) -> None:
    await a_trial(client)
    await advanced(client, duration="3d")

    sends = (await client.get("/api/sends")).json()["data"]

    assert [(send["template"], send["status"], send["attempts"]) for send in sends] == [
        ("trial-tips", "sent", 1),
        ("trial-welcome", "sent", 1),
    ]
    assert (await client.get(f"/api/sends/{sends[0]['id']}")).json() == sends[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=sent", 1),
        ("status=queued", 0),
        ("email=alice@example.com", 1),
        ("email=bob@example.com", 0),
        ("contactId=alice@example.com", 1),
        ("contactId=cnt_00000000000000000000000000", 0),
        ("templateId=trial-welcome", 1),
        ("templateId=trial-tips", 0),
        ("templateId=nothing", 0),
        ("sequenceId=trial-expiry", 1),
        ("sequenceId=nothing", 0),
    ],
)
async def test_messages_are_filtered(client: httpx.AsyncClient, query: str, found: int) -> None:
    await a_trial(client)
    await advanced(client, duration="1d")

    response = await client.get(f"/api/sends?{query}")

    assert (response.status_code, len(response.json()["data"])) == (200, found), response.text


async def test_system_events_are_listed_with_the_others(client: httpx.AsyncClient) -> None:
    await a_trial(client)
    await advanced(client, duration="1d")

    events = (await client.get("/api/events?email=alice@example.com")).json()["data"]

    [send] = (await client.get("/api/sends")).json()["data"]
    assert [event["name"] for event in events] == ["email.sent", "trial.started"]
    assert events[0]["properties"] == {
        "sendId": send["id"],
        "templateId": send["templateId"],
        "sequenceId": send["sequenceId"],
        "sequence": "trial-expiry",
        "step": send["step"],
    }


async def test_a_link_to_unsubscribe_shows_a_page_and_a_post_acts(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await a_trial(client)
    await advanced(client, duration="1d")
    [mail] = (await client.get("/api/inbox")).json()["data"]
    link = re.sub(r"^<http://dripline(.*)>$", r"\1", mail["headers"]["List-Unsubscribe"])

    page = await stranger.get(link)
    before = (await client.get("/api/contacts/alice@example.com")).json()
    answers = [
        await stranger.post(
            link, content="List-Unsubscribe=One-Click", headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        for _ in range(2)
    ]

    assert (page.status_code, "<form" in page.text, before["unsubscribed"]) == (200, True, False)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await client.get("/api/contacts/alice@example.com")).json()["unsubscribed"] is True
    [enrollment] = (await client.get("/api/sequences/trial-expiry/enrolments")).json()["data"]
    assert (enrollment["status"], enrollment["exitReason"]) == ("exited", "unsubscribed")
    names = [event["name"] for event in (await client.get("/api/events")).json()["data"]]
    assert names.count("email.unsubscribed") == 1


async def test_a_link_that_is_none_of_ours_does_nothing(stranger: httpx.AsyncClient) -> None:
    answers = [await stranger.get("/u/nonsense"), await stranger.post("/u/nonsense"), await stranger.get("/u/%ff")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_a_deleted_contact_leaves_nothing_but_a_count(client: httpx.AsyncClient) -> None:
    await a_trial(client)
    await advanced(client, duration="1d")

    assert (await client.delete("/api/contacts/alice@example.com")).status_code == 204

    [send] = (await client.get("/api/sends")).json()["data"]
    [enrollment] = (await client.get("/api/sequences/trial-expiry/enrolments")).json()["data"]
    assert (send["email"], send["subject"], send["status"]) == (None, None, "sent")
    assert (enrollment["email"], enrollment["enteredWith"]) == (None, None)
    assert (enrollment["status"], enrollment["exitReason"]) == ("exited", "contact_deleted")
    assert (await client.get("/api/inbox")).json()["data"] == []
    assert (await client.get("/api/events")).json()["data"] == []


async def test_the_clock_runs_until_it_is_moved_and_after_its_release(client: httpx.AsyncClient) -> None:
    running = (await client.get("/api/test-clock")).json()
    moved = await advanced(client, to="2030-01-01T12:00:00+02:00")
    frozen = (await client.get("/api/test-clock")).json()
    released = (await client.post("/api/test-clock/release")).json()

    assert (running["frozen"], released["frozen"]) == (False, False)
    assert moved == {"now": "2030-01-01T10:00:00.000Z", "turns": 0, "messages": 0}
    assert frozen == {"now": "2030-01-01T10:00:00.000Z", "frozen": True}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "duration"),
        ({"duration": "1d", "to": "2040-01-01T00:00:00Z"}, "duration"),
        ({"duration": "two days"}, "duration"),
        ({"duration": 2}, "duration"),
        ({"to": "tomorrow"}, "to"),
        ({"to": "2001-01-01T00:00:00Z"}, "to"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"duration": "523w"}, "duration"),
        ({"to": "2100-01-01T00:00:00Z"}, "to"),
    ],
)
async def test_a_move_that_cannot_be_made_is_refused(
    client: httpx.AsyncClient, body: dict[str, object], path: str
) -> None:
    response = await client.post("/api/test-clock/advance", json=body)

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (400, path), response.text


async def test_a_live_workspace_has_no_test_clock(live_client: httpx.AsyncClient) -> None:
    answers = [
        await live_client.get("/api/test-clock"),
        await live_client.post("/api/test-clock/advance", json={"duration": "1d"}),
        await live_client.post("/api/test-clock/release"),
    ]

    assert [(answer.status_code, error_of(answer)["code"]) for answer in answers] == [(403, "FORBIDDEN")] * 3


async def test_an_unknown_job_is_not_found(client: httpx.AsyncClient) -> None:
    for ref in ("job_00000000000000000000000000", "nonsense"):
        assert (await client.get(f"/api/jobs/{ref}")).status_code == 404


async def test_mail_of_another_workspace_cannot_be_seen(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    await a_trial(client)
    await advanced(client, duration="1d")
    [mail] = (await client.get("/api/inbox")).json()["data"]
    [send] = (await client.get("/api/sends")).json()["data"]

    answers = [
        await other_client.get(f"/api/inbox/{mail['id']}/raw"),
        await other_client.get(f"/api/sends/{send['id']}"),
    ]
    await other_client.delete("/api/inbox")

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await other_client.get("/api/inbox")).json()["data"] == []
    assert (await other_client.get("/api/sends")).json()["data"] == []
    assert (await client.get("/api/inbox")).json()["data"] == [mail]


async def test_a_mail_and_its_preview_know_the_tags_and_the_words_for_nothing(client: httpx.AsyncClient) -> None:
    template = {"name": "x", "subject": "Hi {{ firstName|there }}", "html": "{{ contact.tags | join: '+' }}"}
    saved = await client.put("/api/templates/tagged", json=template)
    await client.post("/api/contacts", json={"email": "ann@example.com", "tags": ["vip", "beta"]})
    definition = API_TRIGGER + "steps:\n  - action: email\n    template: tagged\n"
    await client.post("/api/sequences", json={"name": "tagging", "definition": definition})
    await client.post("/api/sequences/tagging/activate")
    await advanced(client, duration="0m")
    await client.post("/api/sequences/tagging/enrollments", json={"email": "ann@example.com"})

    await advanced(client, duration="1m")

    [mail] = (await client.get("/api/inbox")).json()["data"]
    seen = (await client.post("/api/templates/tagged/preview", json={"email": "ann@example.com"})).json()
    assert (mail["subject"], mail["text"].splitlines()[0]) == ("Hi there", "beta+vip")
    assert (seen["subject"], seen["html"].partition("<p")[0]) == ("Hi there", "beta+vip")
    assert saved.json()["warnings"] == [
        "line 1, column 17, subject: 'there' is no filter: it is shown when there is no value, did you mean 'where'?"
    ]
