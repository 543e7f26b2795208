from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates
from tests.makers.published import API_TRIGGER, ONBOARDING, TRIAL_EXPIRY

BY_HAND = API_TRIGGER + "steps:\n  - action: email\n    template: welcome-email\n"


async def drafted(
    client: httpx.AsyncClient, name: str = "onboarding", definition: object = ONBOARDING
) -> dict[str, Any]:
    response = await client.post("/api/sequences", json={"name": name, "definition": definition})
    assert response.status_code == 201, response.text
    sequence: dict[str, Any] = response.json()
    return sequence


async def activated(client: httpx.AsyncClient, definition: str = BY_HAND) -> dict[str, Any]:
    await put_templates(client, "welcome-email")
    await drafted(client, definition=definition)
    response = await client.post("/api/sequences/onboarding/activate")
    assert response.status_code == 200, response.text
    sequence: dict[str, Any] = response.json()
    return sequence


async def test_a_sequence_is_drafted_as_the_guide_says(client: httpx.AsyncClient) -> None:
    sequence = await drafted(client)

    assert sequence == {
        "id": sequence["id"],
        "sequenceId": sequence["id"],
        "slug": "onboarding",
        "name": "onboarding",
        "status": "draft",
        "version": 0,
        "revision": 1,
        "draft": True,
        "definition": ONBOARDING,
        "trigger": {"event": "signup.completed"},
        "steps": sequence["steps"],
        "triggerType": "event",
        "triggerListId": None,
        "senderId": None,
        "enrollExisting": False,
        "pausedAt": None,
        "pauseReason": None,
        "draining": None,
        "enrichmentStatus": None,
        "enrichedCount": None,
        "enrichmentError": None,
        "createdAt": sequence["createdAt"],
        "updatedAt": sequence["createdAt"],
    }
    assert [step["action"] for step in sequence["steps"]] == ["email", "delay", "email", "delay", "condition", "email"]


async def test_a_definition_may_be_an_object(client: httpx.AsyncClient) -> None:
    sequence = await drafted(
        client, definition={"trigger": {"api": True}, "steps": [{"action": "delay", "duration": "3d"}]}
    )

    assert sequence["trigger"] == {"api": True}
    assert [step["duration"] for step in sequence["steps"]] == ["3d"]


async def test_a_sequence_is_found_by_id_slug_and_name(client: httpx.AsyncClient) -> None:
    sequence = await drafted(client, name="Trial Expiry", definition=TRIAL_EXPIRY)

    for ref in (sequence["id"], "trial-expiry", "Trial%20Expiry"):
        assert (await client.get(f"/api/sequences/{ref}")).json() == sequence


async def test_a_slug_is_taken_once(client: httpx.AsyncClient) -> None:
    await drafted(client)

    response = await client.post("/api/sequences", json={"name": "onboarding", "definition": ONBOARDING})

    assert (response.status_code, error_of(response)["code"]) == (409, "CONFLICT")


async def test_a_put_may_be_repeated(client: httpx.AsyncClient) -> None:
    body = {"id": "onboarding", "name": "Onboarding", "definition": BY_HAND}

    first, second = [await client.put("/api/sequences/onboarding", json=body) for _ in range(2)]
    third = await client.put("/api/sequences/onboarding", json={**body, "definition": ONBOARDING})

    assert (first.status_code, second.status_code, third.status_code) == (201, 200, 200)
    assert first.json() == second.json()
    assert (third.json()["revision"], third.json()["definition"]) == (2, ONBOARDING)


@pytest.mark.parametrize("stale", [{"json": {"name": "x", "expectedRevision": 7}}, {"headers": {"If-Match": '"7"'}}])
async def test_a_change_for_another_revision_is_refused(client: httpx.AsyncClient, stale: dict[str, Any]) -> None:
    await drafted(client)

    response = await client.patch("/api/sequences/onboarding", **{"json": {"name": "x"}, **stale})

    assert (response.status_code, error_of(response)["code"]) == (409, "REVISION_CONFLICT")
    assert (await client.get("/api/sequences/onboarding")).json()["name"] == "onboarding"


async def test_sequences_are_listed_by_status(client: httpx.AsyncClient) -> None:
    active = await activated(client)
    draft = await drafted(client, "another")

    def listed(response: httpx.Response) -> list[str]:
        return [sequence["id"] for sequence in response.json()["data"]]

    assert listed(await client.get("/api/sequences")) == [active["id"], draft["id"]]
    assert listed(await client.get("/api/sequences?status=active")) == [active["id"]]
    assert (await client.get("/api/sequences?status=running")).status_code == 400
    first = (await client.get("/api/sequences?limit=1")).json()
    assert listed(await client.get(f"/api/sequences?limit=1&cursor={first['nextCursor']}")) == [draft["id"]]


@pytest.mark.parametrize(("actions", "status"), [(["activate", "pause"], "paused"), (["enable", "disable"], "paused")])
async def test_a_sequence_moves_between_its_statuses(
    client: httpx.AsyncClient, actions: list[str], status: str
) -> None:
    await put_templates(client, "welcome-email")
    await drafted(client, definition=BY_HAND)

    for action in actions:
        moved = await client.post(f"/api/sequences/onboarding/{action}")
        assert moved.status_code == 200, moved.text

    assert moved.json()["status"] == status
    archived = await client.post("/api/sequences/onboarding/archive")
    again = await client.post("/api/sequences/onboarding/activate")
    assert (archived.json()["status"], again.status_code) == ("archived", 409)


async def test_a_sequence_with_an_unknown_template_is_not_activated(client: httpx.AsyncClient) -> None:
    await drafted(client)

    response = await client.post("/api/sequences/onboarding/activate")

    error = error_of(response)
    assert (response.status_code, error["code"]) == (422, "UNPROCESSABLE_ENTITY")
    assert [detail["path"] for detail in error["details"]] == [
        "steps[0].template",
        "steps[2].template",
        "steps[5].template",
    ]


async def test_an_exit_condition_that_is_true_for_a_missing_property_is_warned_of(client: httpx.AsyncClient) -> None:
    await put_templates(
        client, "trial-welcome", "trial-tips", "trial-feature-prompt", "trial-expiring-soon", "trial-expired"
    )
    await drafted(client, "trial-expiry", TRIAL_EXPIRY)

    response = await client.post("/api/sequences/trial-expiry/activate")

    assert response.status_code == 200
    assert [warning["path"] for warning in response.json()["warnings"]] == ["exitConditions[0]"]


async def test_a_template_that_uses_what_no_run_has_is_warned_of(client: httpx.AsyncClient) -> None:
    await client.put("/api/templates/a", json={"name": "a", "subject": "{{ event.city }}", "html": "x"})
    steps = "[{action: email, template: a}, {action: email, subject: b, html: '{{ discount.code }}'}]"
    await drafted(client, "news", f"trigger: {{tag: vip}}\nsteps: {steps}\n")

    response = await client.post("/api/sequences/news/activate")

    assert [(warning["path"], warning["found"]) for warning in response.json()["warnings"]] == [
        ("steps[0]", "event.city"),
        ("steps[1]", "discount.code"),
    ]


@pytest.mark.parametrize(
    ("definition", "line", "path"),
    [
        ("trigger: {event: a}\nsteps:\n  - action: email\n    template: x\n    sendr: y\n", 5, "steps[0].sendr"),
        ("trigger: {event: a}\nsteps:\n  - action: delay\n    duration: 3 days\n", 4, "steps[0].duration"),
        ("trigger: {event: a}\nsteps: [\n", 3, ""),
        (BY_HAND + "exitConditions:\n  - property: contact.email\n    operator: is\n", 8, "exitConditions[0].operator"),
        ("", None, ""),
    ],
)
async def test_a_definition_that_cannot_be_read_is_refused_with_its_place(
    client: httpx.AsyncClient, definition: str, line: int | None, path: str
) -> None:
    response = await client.post("/api/sequences", json={"name": "broken", "definition": definition})

    detail = error_of(response)["details"][0]
    assert response.status_code == 400
    assert (detail.get("line"), detail["path"]) == (line, path)
    assert (await client.get("/api/sequences")).json()["data"] == []


async def test_a_definition_as_an_object_is_refused_with_its_path_alone(client: httpx.AsyncClient) -> None:
    definition = {"trigger": {"api": True}, "steps": [{"action": "delay", "duration": 3}]}

    response = await client.post("/api/sequences", json={"name": "broken", "definition": definition})

    detail = error_of(response)["details"][0]
    assert (response.status_code, detail["path"]) == (400, "steps[0].duration")
    assert "line" not in detail


async def test_somebody_is_enrolled_as_the_guide_says(client: httpx.AsyncClient) -> None:
    sequence = await activated(client)

    response = await client.post("/sequences/onboarding/enrolments", content='{ "email": "alice@example.com" }')

    enrollment = response.json()
    contact = (await client.get("/api/contacts/alice@example.com")).json()
    assert response.status_code == 201, response.text
    assert enrollment == {
        "id": enrollment["id"],
        "enrollmentId": enrollment["id"],
        "enrolmentId": enrollment["id"],
        "sequenceId": sequence["id"],
        "contactId": contact["id"],
        "email": "alice@example.com",
        "status": "active",
        "exitReason": None,
        "exitDetail": None,
        "step": enrollment["step"],
        "dueAt": enrollment["enrolledAt"],
        "key": "",
        "version": 1,
        "enrolledAt": enrollment["enrolledAt"],
        "endedAt": None,
        "enteredWith": None,
        "discount": None,
        "stuck": None,
        "waitsFor": None,
    }


async def test_nobody_is_enrolled_twice_at_once(client: httpx.AsyncClient) -> None:
    await activated(client, API_TRIGGER + "steps:\n  - {action: delay, duration: 3d}\n")
    body = {"email": "alice@example.com", "event": {"order": 7}}

    first, second = [await client.post("/api/sequences/onboarding/enrollments", json=body) for _ in range(2)]

    assert (first.status_code, second.status_code) == (201, 409)
    assert first.json()["enteredWith"] == {"order": 7}


async def test_many_are_enrolled_with_one_count_for_each_reason(client: httpx.AsyncClient) -> None:
    await activated(client, API_TRIGGER + "steps:\n  - {action: delay, duration: 3d}\n")
    await client.post("/api/sequences/onboarding/enroll", json={"email": "alice@example.com"})

    response = await client.post(
        "/api/sequences/onboarding/enrollments", json={"emails": ["alice@example.com", "bob@example.com"]}
    )

    assert response.status_code == 200
    assert response.json() == {"enrolled": 1, "skipped": 1, "reasons": {"already_active": 1}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"email": "nobody"}, 400),
        ({"emails": ["a@example.com", "nobody"]}, 400),
        ({"email": "a@example.com", "emails": []}, 400),
        ({"emails": ["a@example.com"] * 501}, 400),
        ({"contactId": "cnt_00000000000000000000000000"}, 404),
        ({"contactId": "x"}, 404),
    ],
)
async def test_people_who_cannot_be_read_are_not_enrolled(
    client: httpx.AsyncClient, body: dict[str, object], status: int
) -> None:
    await activated(client)

    response = await client.post("/api/sequences/onboarding/enrollments", json=body)

    assert response.status_code == status, response.text
    assert (await client.get("/api/sequences/onboarding/enrollments")).json()["data"] == []


async def test_a_sequence_that_is_not_active_enrolls_nobody(client: httpx.AsyncClient) -> None:
    await drafted(client)

    response = await client.post("/api/sequences/onboarding/enrollments", json={"email": "alice@example.com"})

    assert (response.status_code, error_of(response)["code"]) == (409, "CONFLICT")


async def test_enrollments_are_listed_by_status_and_in_pages(client: httpx.AsyncClient) -> None:
    await activated(client, API_TRIGGER + "steps:\n  - {action: delay, duration: 3d}\n")
    emails = [f"person-{n}@example.com" for n in range(3)]
    for email in emails:
        await client.post("/api/sequences/onboarding/enrollments", json={"email": email})

    async def listed(query: str) -> list[str]:
        response = await client.get(f"/api/sequences/onboarding/enrolments?{query}")
        return [enrollment["email"] for enrollment in response.json()["items"]]

    first = (await client.get("/api/sequences/onboarding/enrollments?limit=2")).json()
    assert await listed("status=active") == emails
    assert await listed("status=exited") == []
    assert await listed(f"cursor={first['nextCursor']}") == emails[2:]
    assert await listed("limit=1&offset=1") == emails[1:2]
    await client.post("/api/sequences/onboarding/pause")
    assert await listed("status=paused") == emails


async def test_somebody_is_taken_out_by_hand(client: httpx.AsyncClient) -> None:
    await activated(client, API_TRIGGER + "steps:\n  - {action: delay, duration: 3d}\n")
    path = "/api/sequences/onboarding/enrollments"
    enrollment = (await client.post(path, json={"email": "alice@example.com"})).json()

    first = await client.post(f"{path}/{enrollment['id']}/exit", json={"reason": "asked by phone"})
    second = await client.post(f"{path}/{enrollment['id']}/exit")
    third = await client.delete(f"/api/sequences/onboarding/enrolments/{enrollment['id']}")

    assert (first.status_code, second.status_code, third.status_code) == (200, 409, 409)
    assert (first.json()["status"], first.json()["exitReason"]) == ("exited", "manual")


async def test_an_enrollment_of_another_sequence_is_not_found(client: httpx.AsyncClient) -> None:
    await activated(client, API_TRIGGER + "steps:\n  - {action: delay, duration: 3d}\n")
    enrollment = (
        await client.post("/api/sequences/onboarding/enrollments", json={"email": "alice@example.com"})
    ).json()
    await drafted(client, "another")

    response = await client.post(f"/api/sequences/another/enrollments/{enrollment['id']}/exit")

    assert response.status_code == 404


async def test_a_dry_run_shows_every_step_and_writes_nothing(client: httpx.AsyncClient) -> None:
    await put_templates(client, "welcome-email", "getting-started", "onboarding-reminder")
    await drafted(client)

    response = await client.post("/api/sequences/onboarding/dry-run", json={"email": "test@example.com"})

    body = response.json()
    assert response.status_code == 200, response.text
    assert [(step["action"], step["outcome"], step["subject"]) for step in body["steps"]] == [
        ("email", "sent", "welcome-email"),
        ("delay", "waited", None),
        ("email", "sent", "getting-started"),
        ("delay", "waited", None),
        ("condition", "false", None),
        ("email", "sent", "onboarding-reminder"),
    ]
    assert (body["end"]["status"], body["warnings"]) == ("completed", [])
    assert (await client.get("/api/contacts")).json()["data"] == []
    assert (await client.get("/api/sends")).json()["data"] == []


async def test_a_dry_run_takes_properties_into_account(client: httpx.AsyncClient) -> None:
    await put_templates(client, "welcome-email", "getting-started", "onboarding-reminder")
    await drafted(client)

    response = await client.post(
        "/api/sequences/onboarding/dry-run",
        json={"email": "test@example.com", "properties": {"hasCompletedOnboarding": True}},
    )

    assert response.json()["end"] == {
        "status": "exited",
        "reason": "condition",
        "at": response.json()["steps"][-1]["at"],
    }


async def test_nothing_of_another_workspace_can_be_seen_or_changed(
    client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    sequence = await activated(client, API_TRIGGER + "steps:\n  - {action: delay, duration: 3d}\n")
    path = f"/api/sequences/{sequence['id']}"
    enrollment = (await client.post(f"{path}/enrollments", json={"email": "alice@example.com"})).json()

    answers = [
        await other_client.get(path),
        await other_client.put(path, json={"name": "x", "definition": ONBOARDING}),
        await other_client.patch(path, json={"name": "x"}),
        *[await other_client.post(f"{path}/{action}") for action in ("activate", "pause", "archive")],
        await other_client.post(f"{path}/enrollments", json={"email": "eve@example.com"}),
        await other_client.get(f"{path}/enrollments"),
        await other_client.post(f"{path}/enrollments/{enrollment['id']}/exit"),
        await other_client.post(f"{path}/dry-run", json={"email": "eve@example.com"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    unchanged = (await client.get(path)).json()
    assert unchanged == {name: value for name, value in sequence.items() if name not in {"warnings", "job"}}
    [still] = (await client.get(f"{path}/enrollments")).json()["data"]
    assert (still["id"], still["status"]) == (enrollment["id"], "active")


@pytest.mark.parametrize("declared", ["application/yaml", "application/yaml; charset=utf-8", "text/x-yaml"])
async def test_a_definition_is_put_as_the_yaml_that_it_is(client: httpx.AsyncClient, declared: str) -> None:
    put = await client.put("/api/sequences/onboarding", content=ONBOARDING, headers={"Content-Type": declared})

    assert put.status_code == 201
    assert (put.json()["slug"], put.json()["definition"]) == ("onboarding", ONBOARDING)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"steps: \xff", "line 1, column 8, The body is not UTF-8."),
        (b"# days\nsteps: \0", "line 2, column 8, The body holds the character NUL."),
        (
            b"trigger: { event: a }\nsteps:\n  - action: exit\n    reson: x\n",
            "line 4, column 5, steps[0].reson: the key 'reson' is unknown here. Did you mean 'reason'?",
        ),
    ],
)
async def test_yaml_that_cannot_be_kept_is_refused_with_its_place(
    client: httpx.AsyncClient, content: bytes, expected: str
) -> None:
    headers = {"Content-Type": "application/yaml"}

    refused = await client.put("/api/sequences/onboarding", content=content, headers=headers)

    assert (refused.status_code, error_of(refused)["message"]) == (400, expected)
