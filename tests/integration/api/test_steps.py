"""Structured sequences: made of fields and steps, and one model with definitions."""

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates
from tests.makers.published import TRIAL_EXPIRY

COMMENTED = """\
# Owned by the growth team
trigger:
  event: signup

steps:
  # Say hello
  - action: email   # at once
    template: "welcome"

  - action: delay
    duration: 48h  # two days

  # Then help
  - action: email
    template: tips
"""


async def made(client: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    response = await client.post(
        "/api/sequences", json={"name": "Welcome", "slug": "welcome", "triggerType": "manual", **fields}
    )
    assert response.status_code == 201, response.text
    sequence: dict[str, Any] = response.json()
    return sequence


async def added(client: httpx.AsyncClient, **fields: object) -> dict[str, Any]:
    response = await client.post("/api/sequences/welcome/steps", json=fields)
    assert response.status_code == 201, response.text
    step: dict[str, Any] = response.json()
    return step


async def rows(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = (await client.get("/api/sequences/welcome/steps")).json()["items"]
    return steps


async def definition(client: httpx.AsyncClient) -> str:
    text: str = (await client.get("/api/sequences/welcome")).json()["definition"]
    return text


async def test_a_structured_sequence_is_a_definition(client: httpx.AsyncClient) -> None:
    newsletter = (await client.post("/api/lists", json={"name": "Newsletter"})).json()
    sender = (await client.post("/api/senders", json={"name": "Ann", "email": "ann@example.com"})).json()

    sequence = await made(
        client,
        triggerType="list_add",
        triggerListId=newsletter["id"],
        senderId=sender["id"],
        enrollExisting=True,
    )
    await added(client, name="Tips", subject="Tips", bodyHtml="<p>One</p>\n<p>Two</p>", delayAmount=2, delayUnit="days")

    assert [sequence[key] for key in ("triggerType", "triggerListId", "senderId", "enrollExisting", "steps")] == [
        "list_add",
        newsletter["id"],
        sender["id"],
        True,
        [],
    ]
    assert await definition(client) == (
        f"trigger:\n  list: {newsletter['id']}\nenrollment:\n  existing: true\n"
        'sender: "Ann <ann@example.com>"\nsteps:\n'
        "  - action: delay\n    id: delay-1\n    duration: 2d\n"
        "  - action: email\n    id: tips\n    name: Tips\n    subject: Tips\n"
        "    html: |-\n      <p>One</p>\n      <p>Two</p>\n"
    )


async def test_a_definition_is_a_structured_sequence(client: httpx.AsyncClient) -> None:
    await put_templates(client, "welcome", "tips")
    await client.post("/api/lists", json={"name": "Newsletter"})
    text = COMMENTED.replace("event: signup", "list: newsletter")

    sequence = (
        await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": text})
    ).json()

    listed = (await client.get("/api/lists/newsletter")).json()
    tips = (await client.get("/api/templates/tips")).json()
    assert (sequence["triggerType"], sequence["triggerListId"]) == ("list_add", listed["id"])
    assert await rows(client) == [
        {
            "id": step["id"],
            "position": position,
            "action": "email",
            "name": None,
            "subject": None,
            "previewText": None,
            "bodyHtml": None,
            "bodyMjml": None,
            "bodyText": None,
            "layout": None,
            "template": step["id"],
            "templateId": step["templateId"],
            "sender": None,
            "senderId": None,
            "delayAmount": amount,
            "delayUnit": unit,
            "step": {"action": "email", "id": step["id"], "template": step["id"]},
            "revision": 1,
        }
        for position, (step, amount, unit) in enumerate(
            [
                ({"id": "welcome", "templateId": (await client.get("/api/templates/welcome")).json()["id"]}, 0, "days"),
                ({"id": "tips", "templateId": tips["id"]}, 48, "hours"),
            ],
            1,
        )
    ]


async def test_steps_are_edited_and_the_text_around_them_stays(client: httpx.AsyncClient) -> None:
    await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": COMMENTED})

    new = await added(client, name="Highlights", subject="New", bodyHtml="<p>New</p>", delayAmount=1, after="welcome")
    await client.patch("/api/sequences/welcome/steps/tips", json={"delayAmount": 3, "delayUnit": "days"})
    moved = await client.post(f"/api/sequences/welcome/steps/{new['id']}/move", json={"position": 3})
    removed = await client.delete("/api/sequences/welcome/steps/welcome")

    assert (new["id"], new["position"], moved.json()["position"], removed.status_code) == ("highlights", 2, 3, 204)
    assert (
        await definition(client)
        == """\
# Owned by the growth team
trigger:
  event: signup

steps:
  - action: delay
    duration: 3d  # two days

  # Then help
  - action: email
    template: tips

  - action: delay
    id: delay-2
    duration: 1d

  - action: email
    id: highlights
    name: Highlights
    subject: New
    html: "<p>New</p>"
"""
    )


async def test_any_step_can_be_added_and_changed_in_its_own_keys(client: httpx.AsyncClient) -> None:
    await made(client)

    condition = {"action": "condition", "tag": "vip", "then": [{"action": "exit", "id": "bye"}]}
    step = await added(client, step=condition)
    inner = await client.put("/api/sequences/welcome/steps/bye", json={"step": {"action": "tag", "tag": "seen"}})
    behind = await added(client, step={"delay": "3d"}, after="bye")

    assert (step["id"], step["position"], step["action"]) == ("condition-1", 1, "condition")
    assert (inner.status_code, inner.json()["position"]) == (200, None)
    assert behind["step"] == {"action": "delay", "id": "delay-1", "duration": "3d"}
    assert [row["step"] for row in await rows(client)] == [
        {
            "action": "condition",
            "id": "condition-1",
            "tag": "vip",
            "then": [
                {"action": "tag", "id": "bye", "tag": "seen"},
                {"action": "delay", "id": "delay-1", "duration": "3d"},
            ],
        }
    ]
    assert (await client.get("/api/sequences/welcome/steps/bye")).json()["action"] == "tag"


async def test_content_takes_the_place_of_a_template_and_the_other_way_round(client: httpx.AsyncClient) -> None:
    await put_templates(client, "tips")
    sender = (await client.post("/api/senders", json={"email": "ann@example.com"})).json()
    await made(client)
    step = await added(
        client, name="Tips", subject="Hi", bodyHtml="<p>Hi</p>", previewText="Hello", senderId=sender["id"]
    )
    path = f"/api/sequences/welcome/steps/{step['id']}"

    named = (await client.patch(path, json={"templateId": "tips", "previewText": "", "senderId": ""})).json()
    written = (await client.patch(path, json={"subject": "Ho", "bodyText": "Ho", "name": "Text"})).json()

    assert named["step"] == {"action": "email", "id": "tips", "name": "Tips", "template": "tips"}
    assert written["step"] == {"action": "email", "id": "tips", "name": "Text", "subject": "Ho", "text": "Ho"}


async def test_a_delay_is_changed_taken_away_and_put_back(client: httpx.AsyncClient) -> None:
    await made(client)
    await added(client, name="A", subject="A", bodyHtml="<p>A</p>", delayAmount=30, delayUnit="minutes")

    amounts = []
    for change in ({"delayUnit": "hours"}, {"delayAmount": 5}, {"delayAmount": 0}, {"delayAmount": 2}):
        step = (await client.patch("/api/sequences/welcome/steps/a", json=change)).json()
        amounts.append((step["delayAmount"], step["delayUnit"], len(await rows(client))))

    assert amounts == [(30, "hours", 1), (5, "hours", 1), (0, "days", 1), (2, "days", 1)]


async def test_a_delay_of_its_own_is_a_row(client: httpx.AsyncClient) -> None:
    await made(client)
    await added(client, step={"action": "delay", "duration": "1d"})

    changed = await client.patch("/api/sequences/welcome/steps/delay-1", json={"delayAmount": 7})
    refused = await client.patch("/api/sequences/welcome/steps/delay-1", json={"delayAmount": 0})

    assert (changed.json()["step"]["duration"], changed.json()["position"]) == ("7d", 1)
    assert (refused.status_code, error_of(refused)["details"][0]["path"]) == (400, "delayAmount")


@pytest.mark.parametrize("act", ["add", "change", "move", "remove", "header"])
async def test_an_edit_for_another_revision_is_refused(client: httpx.AsyncClient, act: str) -> None:
    await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": COMMENTED})
    path = "/api/sequences/welcome/steps"
    stale = {"expectedRevision": 9}

    match act:
        case "add":
            response = await client.post(path, json={"step": {"action": "exit"}, **stale})
        case "change":
            response = await client.patch(f"{path}/tips", json={"name": "x", **stale})
        case "move":
            response = await client.post(f"{path}/tips/move", json={"position": 1, **stale})
        case "remove":
            response = await client.delete(f"{path}/tips?expectedRevision=9")
        case _:
            response = await client.delete(f"{path}/tips", headers={"If-Match": '"9"'})

    assert (response.status_code, error_of(response)["code"]) == (409, "REVISION_CONFLICT")
    assert await definition(client) == COMMENTED


async def test_edits_follow_each_other_by_revision(client: httpx.AsyncClient) -> None:
    await made(client)
    body = {"subject": "A", "bodyHtml": "<p>A</p>"}

    first = await added(client, **body, expectedRevision=1)
    second = await added(client, **body, expectedRevision=first["revision"])
    moved = await client.post("/api/sequences/welcome/steps/email-2/move", json={"position": 2})

    assert [first["revision"], second["revision"], moved.json()["revision"]] == [2, 3, 3]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "templateId"),
        ({"subject": "A"}, "bodyHtml"),
        ({"subject": " ", "bodyHtml": "x"}, "subject"),
        ({"templateId": "nobody"}, "templateId"),
        ({"subject": "A", "bodyHtml": "x", "senderId": "sdr_nobody"}, "senderId"),
        ({"subject": "A", "bodyHtml": "x", "templateId": "welcome"}, "subject"),
        ({"subject": "A", "bodyHtml": "x", "delayAmount": 4000}, "delayAmount"),
        ({"subject": "A", "bodyHtml": "x", "delayAmount": -1}, "delayAmount"),
        ({"subject": "A", "bodyHtml": "x", "delayUnit": "weeks"}, "delayUnit"),
        ({"subject": "A", "bodyHtml": "x", "bodyhtml": "x"}, "bodyhtml"),
        ({"subject": "A", "bodyHtml": "x", "position": 9}, "position"),
        ({"subject": "A", "bodyHtml": "x", "position": 1, "after": "welcome"}, "position"),
        ({"step": {"action": "delay", "duration": "3 days"}}, "step.duration"),
        ({"step": {"action": "exit"}, "name": "x"}, "name"),
        ({"step": {"action": "exit", "id": "welcome"}}, "step.id"),
    ],
)
async def test_a_step_that_cannot_be_is_refused_with_its_place(
    client: httpx.AsyncClient, body: dict[str, Any], path: str
) -> None:
    await put_templates(client, "welcome")
    await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": COMMENTED})

    response = await client.post("/api/sequences/welcome/steps", json=body)

    assert response.status_code == 400, response.text
    assert error_of(response)["details"][0]["path"] == path
    assert await definition(client) == COMMENTED


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": COMMENTED})
    step = {"step": {"action": "exit"}}

    answers = [
        await client.get("/api/sequences/nobody/steps"),
        await client.get("/api/sequences/welcome/steps/nobody"),
        await client.patch("/api/sequences/welcome/steps/nobody", json=step),
        await client.post("/api/sequences/welcome/steps", json={**step, "after": "nobody"}),
        await client.post("/api/sequences/welcome/steps/nobody/move", json={}),
        await client.delete("/api/sequences/welcome/steps/nobody"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6


async def test_only_emails_have_the_fields_of_emails(client: httpx.AsyncClient) -> None:
    await made(client)
    await added(client, step={"action": "exit"})

    response = await client.patch("/api/sequences/welcome/steps/exit-1", json={"subject": "A"})

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (400, "subject")


async def test_an_archived_sequence_is_not_edited(client: httpx.AsyncClient) -> None:
    await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": COMMENTED})
    await client.post("/api/sequences/welcome/archive")

    response = await client.post("/api/sequences/welcome/steps", json={"step": {"action": "exit"}})

    assert (response.status_code, error_of(response)["code"]) == (409, "CONFLICT")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "definition"),
        ({"triggerType": "list_add"}, "triggerListId"),
        ({"triggerType": "list_add", "triggerListId": "lst_xxx"}, "triggerListId"),
        ({"triggerType": "segment", "triggerSegmentId": "nobody"}, "triggerSegmentId"),
        ({"triggerType": "event", "triggerTag": "a"}, "triggerTag"),
        ({"triggerType": "api", "senderId": "snd_xxx"}, "senderId"),
        ({"triggerType": "inactivity"}, "triggerType"),
        ({"triggerType": "sometimes"}, "triggerType"),
        ({"triggerType": "tag", "triggerTag": " "}, "trigger.tag"),
    ],
)
async def test_a_heading_that_cannot_be_is_refused_with_its_place(
    client: httpx.AsyncClient, body: dict[str, Any], path: str
) -> None:
    response = await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", **body})

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (400, path), response.text


async def test_the_heading_is_changed_and_the_text_around_it_stays(client: httpx.AsyncClient) -> None:
    await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": COMMENTED})
    sender = (await client.post("/api/senders", json={"name": "Ann", "email": "ann@example.com"})).json()

    changed = await client.patch(
        "/api/sequences/welcome", json={"triggerTag": "vip", "enrollExisting": True, "senderId": sender["id"]}
    )
    back = await client.put("/api/sequences/welcome", json={"triggerEvent": "signup", "senderId": ""})

    assert [changed.json()[key] for key in ("triggerType", "enrollExisting", "senderId")] == ["tag", True, sender["id"]]
    assert back.json()["senderId"] is None
    assert await definition(client) == COMMENTED.replace(
        "  event: signup\n", "  event: signup\nenrollment:\n  existing: true\n"
    )


async def test_a_sequence_without_steps_is_not_activated(client: httpx.AsyncClient) -> None:
    await made(client)

    response = await client.post("/api/sequences/welcome/activate")

    assert (response.status_code, error_of(response)["details"][0]["path"]) == (422, "steps")


async def test_an_edit_of_an_active_sequence_is_a_draft(client: httpx.AsyncClient) -> None:
    await made(client)
    step = await added(client, name="Hello", subject="Hello", bodyHtml="<p>Hello</p>")
    await client.post("/api/sequences/welcome/activate")

    edited = (await client.patch(f"/api/sequences/welcome/steps/{step['id']}", json={"subject": "Hi"})).json()
    sequence = (await client.get("/api/sequences/welcome")).json()
    again = await client.post("/api/sequences/welcome/activate")

    assert (edited["subject"], sequence["draft"], sequence["status"]) == ("Hi", True, "active")
    assert (again.status_code, again.json()["version"], again.json()["draft"]) == (200, 2, False)


async def test_a_copy_is_a_draft_of_its_own(client: httpx.AsyncClient) -> None:
    await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": COMMENTED})

    first = (await client.post("/api/sequences/welcome/duplicate")).json()
    second = (await client.post("/api/sequences/welcome/duplicate", json={})).json()
    named = (await client.post("/api/sequences/welcome/duplicate", json={"name": "Other", "slug": "other"})).json()
    taken = await client.post("/api/sequences/welcome/duplicate", json={"slug": "other"})

    assert [(each["slug"], each["name"]) for each in (first, second, named)] == [
        ("welcome-copy", "Welcome (copy)"),
        ("welcome-copy-2", "Welcome (copy)"),
        ("other", "Other"),
    ]
    assert {(each["status"], each["version"], each["definition"]) for each in (first, second, named)} == {
        ("draft", 0, COMMENTED)
    }
    assert taken.status_code == 409


async def test_the_published_example_is_edited_row_by_row(client: httpx.AsyncClient) -> None:
    await client.post("/api/sequences", json={"name": "Welcome", "slug": "welcome", "definition": TRIAL_EXPIRY})

    steps = await rows(client)

    assert [(row["position"], row["id"], row["delayAmount"], row["delayUnit"]) for row in steps] == [
        (1, "trial-welcome", 0, "days"),
        (2, "trial-tips", 3, "days"),
        (3, "delay-2", 4, "days"),
        (4, "condition-1", None, None),
        (5, "trial-feature-prompt", 0, "days"),
        (6, "trial-expiring-soon", 5, "days"),
        (7, "trial-expired", 2, "days"),
    ]


async def test_a_dry_run_renders_the_subjects_of_content_in_a_draft(client: httpx.AsyncClient) -> None:
    await made(client)
    await added(client, name="Hello", subject="Hello {{ firstName }}", bodyHtml="<p>Hello</p>")

    trial = {"email": "ann@example.com", "properties": {"firstName": "Ann"}}
    dry = await client.post("/api/sequences/welcome/dry-run", json=trial)

    assert [(step["id"], step["subject"]) for step in dry.json()["steps"]] == [("hello", "Hello Ann")]
    assert (await client.get("/api/templates")).json()["data"] == []


async def test_a_template_made_of_a_step_is_named_by_it_and_kept_for_it(client: httpx.AsyncClient) -> None:
    await made(client)
    before = await added(client, name="Hello", subject="Hello", bodyHtml="<p>Hello</p>")
    await client.post("/api/sequences/welcome/activate")

    [row] = await rows(client)
    template = (await client.get("/api/templates/welcome-hello")).json()
    refused = await client.delete("/api/templates/welcome-hello")

    assert (before["templateId"], row["templateId"], template["subject"]) == (None, template["id"], "Hello")
    assert (refused.status_code, error_of(refused)["message"]) == (
        409,
        "The template 'welcome-hello' is in use by: welcome.",
    )


async def test_content_that_cannot_be_rendered_is_refused_with_its_place(client: httpx.AsyncClient) -> None:
    await made(client)
    hello = {"name": "Hello", "subject": "Hello {{ name", "bodyHtml": "<p>Hello</p>\n{% if %}"}

    structured = await client.post("/api/sequences/welcome/steps", json=hello)
    native = {"action": "condition", "tag": "a", "then": [{"action": "webhook", "url": "https://a.example/{{ x"}]}
    nested = await client.post("/api/sequences/welcome/steps", json={"step": native})

    places = [(each["path"], each["line"], each["column"]) for each in error_of(structured)["details"]]
    assert (structured.status_code, places) == (400, [("subject", 1, 7), ("bodyHtml", 2, 4)])
    assert (nested.status_code, error_of(nested)["details"][0]["path"]) == (400, "step.then[0].url")
    assert await rows(client) == []


async def test_a_copy_makes_templates_of_its_own(client: httpx.AsyncClient) -> None:
    await made(client)
    await added(client, name="Hello", subject="Hello", bodyHtml="<p>Hello</p>")
    await client.post("/api/sequences/welcome/activate")

    await client.post("/api/sequences/welcome/duplicate")
    activated = await client.post("/api/sequences/welcome-copy/activate")

    assert activated.status_code == 200, activated.text
    slugs = [template["slug"] for template in (await client.get("/api/templates")).json()["data"]]
    assert slugs == ["welcome-hello", "welcome-copy-hello"]


async def test_a_put_makes_a_structured_sequence_and_may_be_repeated(client: httpx.AsyncClient) -> None:
    body = {"name": "Welcome", "triggerType": "tag", "triggerTag": "new"}

    first, second = [await client.put("/api/sequences/welcome", json=body) for _ in range(2)]

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["trigger"] == {"tag": "new"}


async def test_a_layout_belongs_to_content_and_goes_with_it(client: httpx.AsyncClient) -> None:
    await put_templates(client, "other")
    await made(client)

    step = await added(client, name="hello", subject="Hi", bodyHtml="<p>Hi</p>", previewText="Psst", layout="frame")
    changed = await client.patch(f"/api/sequences/welcome/steps/{step['id']}", json={"templateId": "other"})

    assert (step["layout"], step["step"]["layout"]) == ("frame", "frame")
    assert (changed.status_code, changed.json()["template"], changed.json()["layout"]) == (200, "other", None)


async def test_a_body_takes_the_place_of_blocks(client: httpx.AsyncClient) -> None:
    await made(client)
    blocks = {"action": "email", "id": "hello", "subject": "Hi", "blocks": [{"type": "text", "content": "Hi"}]}
    await added(client, step=blocks)

    changed = await client.patch("/api/sequences/welcome/steps/hello", json={"bodyHtml": "<p>Hi</p>"})

    assert (changed.status_code, "blocks" in changed.json()["step"]) == (200, False)
