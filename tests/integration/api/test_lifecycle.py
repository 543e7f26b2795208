"""Pausing, resuming, publishing and explaining over HTTP."""

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of, put_templates

DRIP = """
trigger: { event: signed.up }
steps:
  - { action: email, id: welcome, template: hello }
  - { action: delay, id: pause, duration: 2d }
  - { action: email, id: tips, template: hello }
"""
EDITED = DRIP.replace("2d", "1h")
PATH = "/api/sequences/drip"


async def post(client: httpx.AsyncClient, path: str, body: object = None, *, expect: int = 200) -> Any:
    response = await client.post(path, json=body) if body is not None else await client.post(path)
    assert response.status_code == expect, response.text
    return response.json()


async def an_active_one(client: httpx.AsyncClient) -> dict[str, Any]:
    await put_templates(client, "hello")
    await post(client, "/api/sequences", {"name": "drip", "definition": DRIP}, expect=201)
    active: dict[str, Any] = await post(client, f"{PATH}/activate")
    return active


async def with_a_draft(client: httpx.AsyncClient, definition: str = EDITED) -> int:
    """An active sequence with a draft; its revision."""
    await an_active_one(client)
    changed = await client.patch(PATH, json={"definition": definition})
    revision: int = changed.json()["revision"]
    return revision


async def track(client: httpx.AsyncClient, email: str) -> None:
    await post(client, "/api/events", {"email": email, "event": "signed.up"}, expect=201)


async def advance(client: httpx.AsyncClient, duration: str) -> None:
    await post(client, "/api/test-clock/advance", {"duration": duration})


async def test_a_pause_shows_since_when_and_a_drain_at_which_rate(client: httpx.AsyncClient) -> None:
    active = await an_active_one(client)

    paused = await post(client, f"{PATH}/pause")
    drained = await post(client, f"{PATH}/resume", {"policy": "drain", "rate": 7})

    assert (active["pausedAt"], active["draining"]) == (None, None)
    assert (paused["status"], paused["pausedAt"] is not None) == ("paused", True)
    assert (drained["status"], drained["pausedAt"], drained["draining"]["rate"]) == ("active", None, 7)


@pytest.mark.parametrize(("enable", "disable"), [("enable", "disable"), ("activate", "pause")])
async def test_both_words_for_on_and_off_do_the_same(client: httpx.AsyncClient, enable: str, disable: str) -> None:
    await an_active_one(client)

    off = await post(client, f"{PATH}/{disable}")
    on = await post(client, f"{PATH}/{enable}")

    assert (off["status"], on["status"]) == ("paused", "active")
    assert on["draining"]["rate"] == 60


@pytest.mark.usefixtures("working")
async def test_a_shift_is_a_job_and_the_sequence_is_resuming_until_it_is_done(client: httpx.AsyncClient) -> None:
    await an_active_one(client)
    await advance(client, "0m")
    await track(client, "ann@example.com")
    await advance(client, "1d")
    await post(client, f"{PATH}/pause")
    await advance(client, "5d")

    resuming = await post(client, f"{PATH}/resume", {"policy": "shift"}, expect=202)
    await advance(client, "0m")
    job = (await client.get(f"/api/jobs/{resuming['job']}")).json()
    [enrollment] = (await client.get(f"{PATH}/enrollments")).json()["data"]
    clock = (await client.get("/api/test-clock")).json()["now"]

    assert resuming["status"] == "resuming"
    assert (job["kind"], job["status"], job["result"]) == ("resume_sequence", "done", {"resumed": 1})
    assert enrollment["status"] == "active"
    assert enrollment["dueAt"][:10] > clock[:10]
    assert (await client.get(PATH)).json()["status"] == "active"


@pytest.mark.usefixtures("working")
async def test_the_preview_of_a_resume_has_every_policy(client: httpx.AsyncClient) -> None:
    await an_active_one(client)
    await advance(client, "0m")
    for number in range(3):
        await track(client, f"c{number}@example.com")
    await advance(client, "1d")
    paused = await post(client, f"{PATH}/pause")
    await advance(client, "5d")

    preview = await post(client, f"{PATH}/resume/preview", {"rate": 2})

    now = preview["now"]
    assert preview == {
        "sequenceId": paused["id"],
        "pausedAt": paused["pausedAt"],
        "now": now,
        "rate": 2,
        "overdue": 3,
        "waiting": 0,
        "held": 0,
        "policies": {
            "drain": {"overdue": 3, "held": 0, "minutes": 2, "lastAt": preview["policies"]["drain"]["lastAt"]},
            "shift": {"shifted": 3, "held": 0, "minutes": 0, "lastAt": None},
            "skip": {"caughtUp": 3, "held": 0},
        },
    }
    assert preview["policies"]["drain"]["lastAt"] > now


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"policy": "flood"}, "policy"),
        ({"rate": 0}, "rate"),
        ({"rate": "many"}, "rate"),
        ({"polcy": "skip"}, "polcy"),
    ],
)
@pytest.mark.parametrize("route", ["resume", "resume/preview"])
async def test_a_wrong_way_to_resume_is_refused_with_its_place(
    client: httpx.AsyncClient, route: str, body: dict[str, Any], path: str
) -> None:
    await an_active_one(client)
    await post(client, f"{PATH}/pause")

    response = await client.post(f"{PATH}/{route}", json=body)

    assert response.status_code == 400
    assert [detail["path"] for detail in error_of(response)["details"]] == [path]


@pytest.mark.parametrize("route", ["resume", "resume/preview"])
async def test_what_is_not_paused_cannot_be_resumed(client: httpx.AsyncClient, route: str) -> None:
    await an_active_one(client)

    response = await client.post(f"{PATH}/{route}")

    assert (response.status_code, error_of(response)["code"]) == (409, "CONFLICT")
    assert (await client.post(f"/api/sequences/none/{route}")).status_code == 404


async def test_publishing_says_what_it_did_and_what_is_left_to_do(client: httpx.AsyncClient) -> None:
    await with_a_draft(client)

    published = await post(client, f"{PATH}/publish", {"waiting": "move"})

    assert (published["version"], published["draft"], published["status"]) == (2, False, "active")
    assert published["warnings"] == []
    job = (await client.get(f"/api/jobs/{published['job']}")).json()
    assert job["kind"] == "publish_sequence"


async def test_publishing_without_a_body_leaves_everybody_where_they_are(client: httpx.AsyncClient) -> None:
    await with_a_draft(client)

    published = await post(client, f"{PATH}/publish")

    assert (published["version"], published["job"]) == (2, None)


@pytest.mark.usefixtures("working")
async def test_the_preview_of_a_publishing_has_every_group(client: httpx.AsyncClient) -> None:
    await an_active_one(client)
    await advance(client, "0m")
    await track(client, "ann@example.com")
    await advance(client, "1d")
    await client.patch(PATH, json={"definition": EDITED})

    preview = await post(client, f"{PATH}/publish/preview", {"waiting": "move", "completed": "continue", "rate": 5})

    assert preview == {
        "version": 2,
        "waiting": "move",
        "completed": "continue",
        "rate": 5,
        "problems": [],
        "warnings": [],
        "steps": [
            {
                "version": 1,
                "step": "pause",
                "action": "delay",
                "waiting": 1,
                "mailing": 0,
                "stuck": 0,
                "effect": "goes_on",
                "to": None,
                "text": "1 at 'pause' of version 1: goes on at the same step of the new version.",
            }
        ],
        "delays": [
            {
                "version": 1,
                "step": "pause",
                "was": "2d",
                "becomes": "1h",
                "waiting": 1,
                "earlier": 1,
                "later": 0,
                "overdue": 1,
            }
        ],
        "extended": [],
        "lastAt": preview["lastAt"],
    }
    assert preview["lastAt"] is not None
    assert (await client.get(PATH)).json()["version"] == 1


@pytest.mark.parametrize("route", ["publish", "publish/preview", "resume", "resume/preview"])
async def test_a_stale_revision_is_refused_in_the_body_and_in_the_header(client: httpx.AsyncClient, route: str) -> None:
    revision = await with_a_draft(client)

    in_body = await client.post(f"{PATH}/{route}", json={"expectedRevision": revision - 1})
    in_header = await client.post(f"{PATH}/{route}", headers={"If-Match": f'"{revision - 1}"'})

    for response in (in_body, in_header):
        assert (response.status_code, error_of(response)["code"]) == (409, "REVISION_CONFLICT")


@pytest.mark.parametrize("route", ["activate", "pause", "archive"])
async def test_a_stale_revision_moves_nothing(client: httpx.AsyncClient, route: str) -> None:
    revision = await with_a_draft(client)

    refused = await client.post(f"{PATH}/{route}", headers={"If-Match": str(revision - 1)})
    done = await client.post(f"{PATH}/{route}", headers={"If-Match": str(revision)})

    assert (refused.status_code, error_of(refused)["code"]) == (409, "REVISION_CONFLICT")
    assert done.status_code == 200


@pytest.mark.parametrize("route", ["publish", "publish/preview"])
async def test_there_is_nothing_to_publish_before_the_first_activation_or_without_a_draft(
    client: httpx.AsyncClient, route: str
) -> None:
    await put_templates(client, "hello")
    await post(client, "/api/sequences", {"name": "drip", "definition": DRIP}, expect=201)
    drafted = await client.post(f"{PATH}/{route}")
    await post(client, f"{PATH}/activate")
    unchanged = await client.post(f"{PATH}/{route}")
    await post(client, f"{PATH}/archive")
    archived = await client.post(f"{PATH}/{route}")

    assert [each.status_code for each in (drafted, unchanged, archived)] == [409, 409, 409]
    assert "Activate it." in error_of(drafted)["message"]


@pytest.mark.parametrize(
    ("body", "path"),
    [({"waiting": "leave"}, "waiting"), ({"completed": "again"}, "completed"), ({"rate": -1}, "rate")],
)
async def test_a_wrong_way_to_publish_is_refused_with_its_place(
    client: httpx.AsyncClient, body: dict[str, Any], path: str
) -> None:
    await with_a_draft(client)

    response = await client.post(f"{PATH}/publish", json=body)

    assert response.status_code == 400
    assert [detail["path"] for detail in error_of(response)["details"]] == [path]


async def test_a_draft_that_cannot_run_is_422_and_the_preview_shows_the_same(client: httpx.AsyncClient) -> None:
    await with_a_draft(client, DRIP.replace("hello", "nowhere"))

    preview = await post(client, f"{PATH}/publish/preview")
    refused = await client.post(f"{PATH}/publish")

    assert refused.status_code == 422
    assert preview["problems"] == error_of(refused)["details"]


@pytest.mark.usefixtures("working")
async def test_an_explanation_tells_every_step(client: httpx.AsyncClient) -> None:
    active = await an_active_one(client)
    await advance(client, "0m")
    await track(client, "Ann@example.com")
    await advance(client, "1d")

    told = (await client.get(f"{PATH}/explain", params={"email": "ann@example.com"})).json()

    [run] = told["runs"]
    assert told["contact"]["email"] == "Ann@example.com"
    assert told["sequence"] == {"id": active["id"], "slug": "drip", "name": "drip", "status": "active"}
    assert told["notEnrolled"] is None
    assert told["summary"] == run["summary"]
    assert (run["version"], run["status"], run["exitReason"], run["endedAt"]) == (1, "active", None, None)
    assert [(step["step"], step["action"], step["outcome"]) for step in run["steps"]] == [
        ("welcome", "email", "sent"),
        ("pause", "delay", "waiting"),
        ("tips", "email", "not_reached"),
    ]
    assert run["steps"][-1]["at"] is None


async def test_an_explanation_needs_a_contact_who_is_there(client: httpx.AsyncClient) -> None:
    await an_active_one(client)

    missing = await client.get(f"{PATH}/explain")
    wrong = await client.get(f"{PATH}/explain", params={"email": "nobody"})
    stranger = await client.get(f"{PATH}/explain", params={"email": "stranger@example.com"})
    nowhere = await client.get("/api/sequences/none/explain", params={"email": "stranger@example.com"})

    assert [each.status_code for each in (missing, wrong, stranger, nowhere)] == [400, 400, 404, 404]
