"""Sequences in the wire form of `/api/v1`."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import put_templates
from tests.makers import sequenzy

MAIL = {"subject": "Hello", "html": "<p>Hello</p>"}
TO_ALL = {"name": "Welcome", "trigger": "contact_added", "steps": [MAIL]}
BY_HAND = {"name": "By hand", "trigger": "manual", "steps": [MAIL]}


async def drafted(client: httpx.AsyncClient, body: Mapping[str, Any] | str = BY_HAND) -> dict[str, Any]:
    content = body if isinstance(body, str) else json.dumps(body)
    response = await client.post("/api/v1/sequences", content=content)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def enabled(client: httpx.AsyncClient, body: Mapping[str, Any] = BY_HAND) -> str:
    sequence: str = (await drafted(client, body))["sequence"]["id"]
    response = await client.post(f"/api/v1/sequences/{sequence}/enable")
    assert response.status_code == 200, response.text
    return sequence


def refused(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert body["success"] is False
    assert body["error"] == body["message"]
    return body


async def test_a_published_request_drafts_a_sequence(client: httpx.AsyncClient) -> None:
    answer = await drafted(client, sequenzy.body_of(sequenzy.HTML))

    sequence = answer["sequence"]
    assert (answer["success"], answer["warnings"], sorted(answer)) == (
        True,
        [],
        ["message", "sequence", "success", "warnings"],
    )
    assert sequence["id"].startswith("seq_")
    assert sequence == {
        "id": sequence["id"],
        "name": "Migrated Sequence",
        "description": None,
        "labels": [],
        "status": "draft",
        "effectiveStatus": "draft",
        "effectiveStatusSummary": "A draft: it enrolls nobody until it is enabled.",
        "acceptsNewEnrollments": False,
        "processesExistingEnrollments": False,
        "enrollmentPaused": False,
        "trigger": "contact_added",
        "triggerConfig": {"listScope": "any_contact"},
        "enrollmentMode": "unlimited",
        "enrollmentFieldPath": None,
        "stopCondition": None,
        "sendingWindow": None,
        "fromEmail": None,
        "fromName": None,
        "emailCount": 2,
        "discountCount": 0,
        "subscriberUpdateCount": 0,
        "nodeCount": 5,
        "enrichmentStatus": "complete",
        "enrichmentError": None,
        "enrichedCount": 2,
        "graphRevision": 1,
        "pausedAt": None,
        "createdAt": sequence["createdAt"],
        "updatedAt": sequence["createdAt"],
    }


async def test_a_sequence_is_read_with_its_mails(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client, sequenzy.body_of(sequenzy.HTML)))["sequence"]

    found = (await client.get(f"/api/v1/sequences/{sequence['id']}")).json()

    mails = found["sequence"].pop("emails")
    assert found == {"success": True, "sequence": sequence}
    steps = json.loads(sequenzy.body_of(sequenzy.HTML))["steps"]
    assert [mail["subject"] for mail in mails] == [step["subject"] for step in steps]
    assert mails[1] == {
        "nodeId": "email-2",
        "nodeType": "action_email",
        "emailId": mails[1]["emailId"],
        "name": "Quick tips to get started",
        "subject": "Quick tips to get started",
        "previewText": None,
        "html": None,
        "blocks": [
            {"type": "heading", "content": "Getting Started Guide", "level": 2},
            {"type": "text", "content": "<p>Here are some tips:</p>"},
            {
                "type": "list",
                "items": ["Complete your profile", "Explore the dashboard", "Connect your integrations"],
            },
        ],
        "stepNumber": 2,
        "structuralStepNumber": 3,
        "delayMs": 172_800_000,
        "delayDisplay": "2d",
        "fromEmail": None,
        "fromName": None,
        "isTransactional": False,
    }


async def test_the_published_discount_is_enabled(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client, sequenzy.body_of(sequenzy.DISCOUNT)))["sequence"]

    response = await client.post(f"/api/v1/sequences/{sequence['id']}/enable")

    assert (sequence["discountCount"], sequence["triggerConfig"]) == (
        1,
        {"tagName": "cancelled", "tagNames": ["cancelled"]},
    )
    assert response.status_code == 200, response.text
    assert (await client.get(f"/api/v1/sequences/{sequence['id']}")).json()["sequence"]["status"] == "active"


async def test_the_published_blocks_are_enabled_and_shown_as_they_were_sent(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client, sequenzy.body_of(sequenzy.BLOCKS)))["sequence"]

    response = await client.post(f"/api/v1/sequences/{sequence['id']}/enable")

    mails = (await client.get(f"/api/v1/sequences/{sequence['id']}")).json()["sequence"]["emails"]
    blocks = [step["blocks"] for step in json.loads(sequenzy.body_of(sequenzy.BLOCKS))["steps"]]
    assert response.status_code == 200, response.text
    assert [mail["blocks"] for mail in mails] == blocks


async def test_a_bad_block_is_named_and_no_sequence_is_made(client: httpx.AsyncClient) -> None:
    blocks = [{"type": "text", "content": "x"}] * 19 + [{"type": "button", "text": "Go", "url": ""}]
    body = {"name": "x", "trigger": "contact_added", "steps": [{"subject": "Hi", "blocks": blocks}]}

    response = await client.post("/api/v1/sequences", json=body)

    issues = refused(response)["issues"]
    assert [(issue["path"], issue["message"]) for issue in issues] == [("steps[0].blocks[19].url", "is empty.")]
    assert (await client.get("/api/sequences")).json()["data"] == []


async def test_the_published_alert_is_drafted(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client, sequenzy.body_of(sequenzy.WIND_ALERT)))["sequence"]

    assert (sequence["trigger"], sequence["emailCount"]) == ("event_received", 2)
    assert sequence["triggerConfig"] == {"eventName": "weather.wind_alert", "propertyFilters": []}


async def test_a_goal_without_a_model_is_refused_with_what_to_do(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/sequences", content=sequenzy.body_of(sequenzy.GOAL))

    assert response.status_code in {400, 422}
    assert "PUT /api/connections/llm" in response.text
    assert (await client.get("/api/v1/sequences")).json()["sequences"] == []


async def test_the_placeholders_of_the_page_are_refused_with_every_place(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/sequences", content=sequenzy.body_of(sequenzy.PLACEHOLDERS))

    body = refused(response)
    assert (response.status_code, body["code"]) == (400, "VALIDATION_ERROR")
    assert {issue["path"] for issue in body["issues"]} >= {"trigger", "steps[0].type"}
    assert body["issues"][0]["expected"] == (
        "contact_added, tag_added, segment_entered, event_received, inactivity, frequency or manual"
    )


async def test_a_name_may_come_twice(client: httpx.AsyncClient) -> None:
    ids = [(await drafted(client))["sequence"]["id"] for _ in range(8)]

    assert len(set(ids)) == 8
    assert {each["name"] for each in (await client.get("/api/v1/sequences")).json()["sequences"]} == {"By hand"}


async def test_what_is_not_known_here_is_warned_of(client: httpx.AsyncClient) -> None:
    body = {**BY_HAND, "companyId": "comp_1", "steps": [{**MAIL, "delayDays": 2}]}

    answer = await drafted(client, body)

    assert answer["warnings"] == [
        "companyId is not known here: it was passed over.",
        "steps[0].delayDays is not known here: it was passed over.",
    ]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"trigger": "contact_added"}, "name"),
        ({"name": ""}, "name"),
        ({"name": 3}, "name"),
        ({"name": "x", "trigger": 3}, "trigger"),
        ({"name": "x", "trigger": "tags"}, "trigger"),
        ({"name": "x", "trigger": "tag_added"}, "tagName"),
        ({"name": "x", "steps": [{"subject": "x"}]}, "steps[0]"),
        ({"name": "x", "steps": {}}, "steps"),
        ({"name": "x", "stopCondition": {"type": "has_tag"}}, "stopCondition.value"),
        ({"name": "x", "enrollmentMode": "matching_field"}, "enrollmentMode"),
    ],
)
async def test_a_sequence_that_cannot_be_is_refused(
    client: httpx.AsyncClient, body: Mapping[str, Any], path: str
) -> None:
    response = await client.post("/api/v1/sequences", json=body)

    assert (response.status_code, refused(response)["code"]) == (400, "VALIDATION_ERROR")
    assert [issue["path"] for issue in refused(response)["issues"]] == [path]


async def test_every_route_answers_without_the_prefix(client: httpx.AsyncClient) -> None:
    made = await client.post("/v1/sequences", json=BY_HAND)

    listed = (await client.get("/v1/sequences")).json()["sequences"]
    assert (made.status_code, listed) == (201, [made.json()["sequence"]])
    assert (await client.get("/api/v1/sequences")).json()["sequences"] == listed


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/sequences/seq_1", 404, "NOT_FOUND"),
        ("POST", "/api/v1/sequences/nothing/enable", 404, "NOT_FOUND"),
        ("POST", "/api/v1/sequences/nothing/disable", 404, "NOT_FOUND"),
        ("DELETE", "/api/v1/sequences/nothing", 404, "NOT_FOUND"),
        ("GET", "/api/v1/nothing", 404, "NOT_FOUND"),
        ("GET", "/v1/nothing/at/all", 404, "NOT_FOUND"),
        ("DELETE", "/api/v1/sequences", 405, "VALIDATION_ERROR"),
        ("POST", "/api/v1/transactional/send", 501, "NOT_IMPLEMENTED"),
        ("GET", "/v1/campaigns", 501, "NOT_IMPLEMENTED"),
        ("POST", "/api/v1/sequences/x/enroll-audience", 501, "NOT_IMPLEMENTED"),
        ("POST", "/api/v1/sequences/from-example/preview", 501, "NOT_IMPLEMENTED"),
        ("GET", "/api/v1/sequences?limit=0", 400, "VALIDATION_ERROR"),
        ("GET", "/api/v1/sequences?status=running", 400, "VALIDATION_ERROR"),
        ("POST", "/api/v1/sequences", 400, "VALIDATION_ERROR"),
    ],
)
async def test_every_error_has_the_form_of_this_api(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)

    assert (response.status_code, refused(response)["code"]) == (status, code)


async def test_a_request_without_a_key_is_answered_in_the_form_of_this_api(stranger: httpx.AsyncClient) -> None:
    for path in ("/api/v1/sequences", "/v1/subscribers/me"):
        response = await stranger.get(path)

        assert (response.status_code, refused(response)["code"]) == (401, "UNAUTHORISED")


async def test_a_sequence_of_another_workspace_is_not_there(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    sequence = (await drafted(client))["sequence"]

    assert (await other_client.get(f"/api/v1/sequences/{sequence['id']}")).status_code == 404


async def test_sequences_are_listed_by_status_and_name(client: httpx.AsyncClient) -> None:
    first = await enabled(client)
    second = (await drafted(client, TO_ALL))["sequence"]["id"]

    async def listed(query: str = "") -> list[str]:
        return [each["id"] for each in (await client.get(f"/api/v1/sequences{query}")).json()["sequences"]]

    assert await listed() == [second, first]
    assert await listed("?status=active") == [first]
    assert await listed("?status=draft,paused") == [second]
    assert await listed("?search=HAND") == [first]
    assert await listed("?limit=1&offset=1") == [first]


async def test_a_page_says_where_it_stands(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await drafted(client)

    every = (await client.get("/api/v1/sequences")).json()["pagination"]
    page = (await client.get("/api/v1/sequences?limit=2")).json()["pagination"]

    assert every == {"limit": None, "offset": 0, "count": 3, "total": 3, "hasMore": False}
    assert page == {"limit": 2, "offset": 0, "count": 2, "total": 3, "hasMore": True}


async def test_a_sequence_moves_between_its_states(client: httpx.AsyncClient) -> None:
    path = f"/api/v1/sequences/{(await drafted(client))['sequence']['id']}"

    seen = []
    for move in ("enable", "enable", "disable", "disable", "enable", "archive"):
        moved = (await client.post(f"{path}/{move}")).json()
        seen.append((moved["status"], moved["effectiveStatus"], moved["acceptsNewEnrollments"]))

    live, paused = ("active", "live", True), ("paused", "paused", False)
    assert seen == [live, live, paused, paused, live, ("archived", "archived", False)]
    assert (await client.post(f"{path}/enable")).status_code == 409


async def test_a_move_says_how_the_sequence_stands(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client))["sequence"]["id"]

    moved = (await client.post(f"/api/v1/sequences/{sequence}/enable")).json()

    assert moved == {
        "success": True,
        "message": "The sequence is live.",
        "sequenceId": sequence,
        "status": "active",
        "effectiveStatus": "live",
        "effectiveStatusSummary": "Live: contacts enter, and those inside go on.",
        "acceptsNewEnrollments": True,
        "processesExistingEnrollments": True,
        "enrollmentPaused": False,
        "warnings": moved["warnings"],
    }


async def test_a_draft_cannot_be_disabled(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client))["sequence"]["id"]

    response = await client.post(f"/api/v1/sequences/{sequence}/disable")

    assert (response.status_code, refused(response)["code"]) == (409, "CONFLICT")


async def test_what_cannot_run_is_not_enabled_and_every_reason_is_given(client: httpx.AsyncClient) -> None:
    body = {"name": "x", "trigger": "segment_entered", "segmentId": "nobody", "steps": [MAIL]}
    sequence = (await drafted(client, body))["sequence"]["id"]

    response = await client.post(f"/api/v1/sequences/{sequence}/enable")

    assert (response.status_code, "nobody" in refused(response)["error"]) == (400, True)


async def test_a_deleted_sequence_is_archived_and_not_listed(client: httpx.AsyncClient) -> None:
    sequence = await enabled(client)

    deleted = await client.delete(f"/api/v1/sequences/{sequence}")
    again = await client.delete(f"/api/v1/sequences/{sequence}")

    assert [(answer.status_code, answer.json()["status"]) for answer in (deleted, again)] == [(200, "archived")] * 2
    assert (await client.get("/api/v1/sequences")).json()["sequences"] == []
    archived = (await client.get("/api/v1/sequences?status=archived")).json()["sequences"]
    assert [each["id"] for each in archived] == [sequence]


async def mails_of(client: httpx.AsyncClient, sequence: str) -> list[dict[str, Any]]:
    mails: list[dict[str, Any]] = (await client.get(f"/api/v1/sequences/{sequence}")).json()["sequence"]["emails"]
    return mails


async def test_every_mail_of_a_draft_is_a_template_in_the_account(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client, sequenzy.body_of(sequenzy.BLOCKS)))["sequence"]["id"]

    mails = await mails_of(client, sequence)

    templates = (await client.get("/api/templates")).json()["data"]
    assert [(each["id"], each["slug"], each["subject"], each["blocks"]) for each in templates] == [
        (mails[0]["emailId"], "welcome-sequence-email-1", "Welcome to our product!", mails[0]["blocks"]),
        (mails[1]["emailId"], "welcome-sequence-email-2", "Getting started guide", mails[1]["blocks"]),
    ]
    assert [mail["nodeId"] for mail in mails] == ["email-1", "email-2"]


async def test_mails_inside_branches_are_templates_too(client: httpx.AsyncClient) -> None:
    branching = {
        "type": "condition",
        "conditionType": "has_tag",
        "tagName": "vip",
        "steps": [MAIL],
        "elseSteps": [MAIL],
    }
    body = {**BY_HAND, "steps": [branching]}

    mails = await mails_of(client, (await drafted(client, body))["sequence"]["id"])

    assert [(mail["nodeId"], mail["subject"]) for mail in mails] == [("email-1", "Hello"), ("email-2", "Hello")]
    assert len({mail["emailId"] for mail in mails} - {None}) == 2


async def test_an_edited_template_is_what_the_sequence_shows(client: httpx.AsyncClient) -> None:
    sequence = (await drafted(client))["sequence"]["id"]
    edited = {"name": "Edited", "subject": "Edited", "blocks": [{"type": "heading", "content": "Edited"}]}

    await client.put("/api/templates/by-hand-email-1", json=edited)

    [mail] = await mails_of(client, sequence)
    assert (mail["subject"], mail["blocks"]) == ("Edited", edited["blocks"])


async def test_a_mail_at_fault_stays_in_its_step_and_is_warned_of(client: httpx.AsyncClient) -> None:
    body = {**BY_HAND, "steps": [MAIL, {"subject": "Hello", "delay": {"days": 1}, "html": "<p>{% if %}</p>"}]}

    answer = await drafted(client, body)

    sequence = answer["sequence"]["id"]
    first, second = await mails_of(client, sequence)
    enabling = await client.post(f"/api/v1/sequences/{sequence}/enable")
    assert [warning.partition(":")[0] for warning in answer["warnings"]] == ["steps[1].html"]
    assert (first["emailId"] is None, second["emailId"], second["html"]) == (False, None, "<p>{% if %}</p>")
    assert enabling.status_code == 400


@pytest.mark.parametrize("path", ["", " "])
async def test_an_empty_field_path_means_the_built_in_ones(client: httpx.AsyncClient, path: str) -> None:
    body = {**BY_HAND, "trigger": "event_received", "eventName": "ecommerce.back_in_stock"}

    made = (await drafted(client, {**body, "enrollmentFieldPath": path}))["sequence"]
    unlimited = (await drafted(client, {**BY_HAND, "enrollmentFieldPath": path}))["sequence"]

    assert (made["enrollmentMode"], made["enrollmentFieldPath"]) == ("matching_field", None)
    assert (unlimited["enrollmentMode"], unlimited["enrollmentFieldPath"]) == ("unlimited", None)


async def test_settings_are_changed_and_what_is_not_named_stays(client: httpx.AsyncClient) -> None:
    body = {
        "name": "Orders",
        "trigger": "event_received",
        "eventName": "ordered",
        "enrollmentMode": "matching_field",
        "enrollmentFieldPath": "order.id",
        "stopCondition": {"type": "has_tag", "value": "customer"},
        "steps": [MAIL],
    }
    path = f"/api/v1/sequences/{(await drafted(client, body))['sequence']['id']}"

    named = (await client.put(path, json={"name": "Renamed"})).json()["sequence"]
    without = (await client.put(path, json={"enrollmentFieldPath": None})).json()["sequence"]
    free = (await client.put(path, json={"stopCondition": {"type": "none"}, "enrollmentMode": "one_time"})).json()

    kept = ("name", "enrollmentMode", "enrollmentFieldPath", "stopCondition")
    stop = {"type": "has_tag", "value": "customer"}
    assert [named[key] for key in kept] == ["Renamed", "matching_field", "order.id", stop]
    assert [without[key] for key in kept] == ["Renamed", "matching_field", None, stop]
    assert [free["sequence"][key] for key in kept] == ["Renamed", "one_time", None, None]


async def test_a_change_keeps_the_comments_of_the_author(client: httpx.AsyncClient) -> None:
    definition = (
        "# For everybody.\ntrigger:\n  contact: added\nsteps:\n  - action: delay  # a while\n    duration: 3d\n"
    )
    await client.post("/api/sequences", json={"name": "ours", "definition": definition})

    changed = await client.put("/api/v1/sequences/ours", json={"stopCondition": {"type": "has_tag", "value": "vip"}})

    assert changed.status_code == 200, changed.text
    stop = "stopCondition:\n  type: has_tag\n  value: vip\n"
    written = (await client.get("/api/sequences/ours")).json()["definition"]
    assert written == definition.replace("steps:", f"{stop}steps:")


async def test_a_change_of_a_live_sequence_holds_at_once(client: httpx.AsyncClient) -> None:
    sequence = await enabled(client)

    changed = await client.put(f"/api/v1/sequences/{sequence}", json={"enrollmentMode": "one_time"})

    assert (changed.status_code, changed.json()["sequence"]["enrollmentMode"]) == (200, "one_time")
    native = (await client.get(f"/api/sequences/{sequence}")).json()
    assert (native["status"], native["version"], native["draft"]) == ("active", 2, False)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"enrollmentMode": "matching_field"}, 400),
        ({"stopCondition": {"type": "has_tags", "value": "x"}}, 400),
        ({"name": " "}, 400),
        ({"stopCondition": {"type": "field_changed", "value": "x"}}, 501),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    client: httpx.AsyncClient, change: Mapping[str, Any], status: int
) -> None:
    before = (await drafted(client))["sequence"]

    response = await client.put(f"/api/v1/sequences/{before['id']}", json=change)

    assert (response.status_code, refused(response)["success"]) == (status, False)
    assert (await client.get("/api/v1/sequences")).json()["sequences"] == [before]


@pytest.mark.parametrize(
    ("trigger", "word", "config"),
    [
        (
            {"event": "bought", "where": [{"property": "event.plan", "operator": "equals", "value": "pro"}]},
            "event_received",
            {"eventName": "bought", "propertyFilters": [{"path": "plan", "operator": "equals", "value": "pro"}]},
        ),
        ({"api": True}, "manual", {}),
        ({"contact": "added"}, "contact_added", {"listScope": "any_contact"}),
        ({"list": "news"}, "contact_added", {"listId": "news", "listIds": ["news"]}),
        ({"tag": "vip"}, "tag_added", {"tagName": "vip", "tagNames": ["vip"]}),
        ({"segment": "vips"}, "segment_entered", {"segmentId": "vips"}),
        (
            {"inactivity": {"event": "login", "days": 14}},
            "inactivity",
            {"eventName": "login", "inactiveDays": 14, "inactivityBaseline": "sequence_created_at"},
        ),
        (
            {"frequency": {"event": "login", "count": 5, "within": "36h"}},
            "frequency",
            {"eventName": "login", "minCount": 5, "timeWindowDays": 1.5},
        ),
    ],
)
async def test_every_sequence_of_ours_can_be_read(
    client: httpx.AsyncClient, trigger: Mapping[str, Any], word: str, config: Mapping[str, Any]
) -> None:
    await put_templates(client, "welcome")
    steps = [
        {"action": "delay", "duration": "1d"},
        {"action": "delay", "duration": "2h"},
        {"action": "email", "template": "welcome", "id": "hi"},
        {"action": "condition", "tag": "vip", "then": [{"action": "email", "subject": "s", "text": "t", "id": "in"}]},
    ]
    await client.post("/api/sequences", json={"name": "ours", "definition": {"trigger": trigger, "steps": steps}})

    found = (await client.get("/api/v1/sequences/ours")).json()["sequence"]

    assert (found["trigger"], found["triggerConfig"], found["emailCount"]) == (word, config, 2)
    shown = [(mail["nodeId"], mail["subject"], mail["delayMs"], mail["stepNumber"]) for mail in found["emails"]]
    assert shown == [("hi", "welcome", 93_600_000, 1), ("in", "s", 0, 2)]
