"""Definitions in the forms of other products: shorter steps, and triggers beside them."""

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import error_of

SENDS = "# two mails\nsteps:\n  - send: welcome\n  - delay: 3d\n  - send: tips\n"
TYPED = '{"steps": [{"type": "email", "templateId": "welcome", "delay": "0d"}, {"type": "delay", "duration": "1d"}]}'


async def test_a_trigger_beside_becomes_part_of_the_definition(client: httpx.AsyncClient) -> None:
    triggers = [{"event": "signup", "conditions": {"plan": "pro"}}]
    body = {"id": "welcome", "name": "Welcome", "definition": SENDS, "triggers": triggers}

    response = await client.put("/api/sequences/welcome", json=body)

    sequence = response.json()
    assert response.status_code == 201, response.text
    assert sequence["trigger"] == {
        "event": "signup",
        "where": [{"property": "event.plan", "operator": "equals", "value": "pro"}],
    }
    assert [step["action"] for step in sequence["steps"]] == ["email", "delay", "email"]
    assert sequence["definition"].startswith("# two mails\ntrigger:\n  event: signup\n")
    assert sequence["definition"].endswith(SENDS.removeprefix("# two mails\n"))
    assert (await client.put("/api/sequences/welcome", json=body)).json()["revision"] == sequence["revision"]


async def test_a_json_text_with_a_typed_trigger_is_taken(client: httpx.AsyncClient) -> None:
    triggers = [{"type": "event", "eventName": "signup"}]
    body = {"id": "welcome", "name": "Welcome", "definition": TYPED, "triggers": triggers}

    sequence = (await client.post("/api/sequences", json=body)).json()

    assert (sequence["slug"], sequence["trigger"]) == ("welcome", {"event": "signup"})
    assert [(step["action"], step["id"]) for step in sequence["steps"]] == [("email", "welcome"), ("delay", "delay-1")]


async def test_an_object_takes_a_trigger_too(client: httpx.AsyncClient) -> None:
    steps = [{"action": "email", "template": "welcome"}]
    body: dict[str, Any] = {"name": "Welcome", "definition": {"steps": steps}, "triggers": [{"event": "signup"}]}

    sequence = (await client.post("/api/sequences", json=body)).json()

    assert sequence["trigger"] == {"event": "signup"}


async def test_without_any_trigger_it_enrolls_by_call(client: httpx.AsyncClient) -> None:
    sequence = (await client.post("/api/sequences", json={"name": "Welcome", "definition": SENDS})).json()

    assert sequence["trigger"] == {"api": True}


@pytest.mark.parametrize(
    ("definition", "triggers", "path"),
    [
        (SENDS, [{"event": "a"}, {"event": "b"}], "triggers"),
        (SENDS, [{"event": "a", "conditions": {}}], "triggers[0].conditions"),
        (SENDS, [{"kind": "event"}], "triggers[0].kind"),
        ("trigger: {event: login}\nsteps: []", [{"event": "signup"}], "triggers"),
        ({"trigger": {"event": "login"}, "steps": []}, [{"event": "signup"}], "triggers"),
        ("steps: [{action: exit}]", [], "trigger"),
    ],
)
async def test_triggers_that_do_not_fit_are_refused(
    client: httpx.AsyncClient, definition: object, triggers: object, path: str
) -> None:
    body = {"name": "Welcome", "definition": definition, "triggers": triggers}

    response = await client.post("/api/sequences", json=body)

    assert response.status_code == 400
    assert error_of(response)["details"][0]["path"] == path
