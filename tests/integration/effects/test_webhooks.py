"""Calls of steps: signed, repeated until they are answered, never redirected."""

import json
from collections.abc import AsyncIterator

import pytest
from standardwebhooks import Webhook

from dripline.delivery.calls.signing import signing_secret
from dripline.kernel.errors import Unprocessable
from tests.integration.effects.conftest import Shop
from tests.makers.api_server import ApiServer, Asked, Fault, Said
from tests.makers.world import SECRET


@pytest.fixture
async def hook() -> AsyncIterator[ApiServer]:
    async with ApiServer(lambda _: Said(204)) as server:
        yield server


def calling(url: str, on_error: str = "continue") -> str:
    return f"""
trigger: {{event: signup}}
steps:
  - {{action: webhook, id: hook, url: "{url}/crm?x=1", body: {{plan: pro}}, onError: {on_error}}}
  - {{action: delay, id: pause, duration: 1d}}
"""


def verified(shop: Shop, asked: Asked) -> object:
    secret = signing_secret(SECRET, shop.world.workspace_id)
    return Webhook(secret).verify(asked.body, dict(asked.headers))


async def test_a_call_is_signed_and_says_who_stands_where(unconnected: Shop, hook: ApiServer) -> None:
    await unconnected.world.sequence(calling(hook.url))
    await unconnected.world.track("ada@example.com", "signup", {"plan": "pro"})

    await unconnected.carry_out()

    [asked] = hook.asked
    verified(unconnected, asked)
    body = json.loads(asked.body)
    [run] = await unconnected.world.enrollments()
    assert (asked.method, asked.path, asked.headers["host"]) == ("POST", "/crm?x=1", f"127.0.0.1:{hook.port}")
    assert (body["data"]["contact"]["email"], body["data"]["event"]) == ("ada@example.com", {"plan": "pro"})
    assert (body["data"]["body"], run.step) == ({"plan": "pro"}, "pause")


async def test_a_call_without_an_answer_is_repeated_under_the_same_id(unconnected: Shop, hook: ApiServer) -> None:
    await unconnected.world.sequence(calling(hook.url))
    await unconnected.world.track("ada@example.com", "signup")
    hook.script = [Fault.RESET_AFTER, Said(503, b"busy"), Said(429)]

    for _ in range(4):
        await unconnected.carry_out()

    [effect] = await unconnected.effects()
    assert (effect["outcome"], effect["attempts"]) == ("done", 4)
    assert len({asked.headers["webhook-id"] for asked in hook.asked}) == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [(Said(400, b"no"), "refused"), (Said(302, b"", {"location": "http://127.0.0.1:9/"}), "redirected")],
)
async def test_a_refusal_and_a_redirection_fail_for_good(
    unconnected: Shop, hook: ApiServer, said: Said, reason: str
) -> None:
    await unconnected.world.sequence(calling(hook.url, on_error="exit"))
    await unconnected.world.track("ada@example.com", "signup")
    hook.script = [said]

    await unconnected.carry_out()

    [effect], [run] = await unconnected.effects(), await unconnected.world.enrollments()
    assert (effect["outcome"], effect["reason"], len(hook.asked)) == ("failed", reason, 1)
    assert (run.status, run.exit_reason) == ("exited", "step")


async def test_nobody_inside_is_called_unless_the_installation_allows_it(guarded: Shop, hook: ApiServer) -> None:
    await guarded.world.sequence(calling(hook.url))
    await guarded.world.track("ada@example.com", "signup")

    await guarded.carry_out()

    [effect] = await guarded.effects()
    assert (effect["outcome"], effect["reason"], hook.asked) == ("failed", "not_allowed", [])


def worded(url: str, body: str = "null") -> str:
    return f"""
trigger: {{event: signup}}
steps:
  - {{action: webhook, id: hook, url: "{url}", body: {body}, onError: exit}}
  - {{action: delay, id: pause, duration: 1d}}
"""


async def test_liquid_in_address_and_body_is_rendered_for_the_contact(unconnected: Shop, hook: ApiServer) -> None:
    body = '{note: "Plan {{ event.plan|free }}", who: ["{{ email }}", 7], code: "{{ discount.code }}"}'
    url = hook.url + "/crm/{{ event.plan }}?q={{ firstName|you & me }}&e={{ email | url_encode }}"
    await unconnected.world.sequence(worded(url, body))
    await unconnected.world.track("ada@example.com", "signup", {"plan": "../a?b=1#c"})

    await unconnected.carry_out()

    [asked] = hook.asked
    assert asked.path == "/crm/..%2Fa%3Fb%3D1%23c?q=you%20%26%20me&e=ada%40example.com"
    assert json.loads(asked.body)["data"]["body"] == {
        "note": "Plan ../a?b=1#c",
        "who": ["ada@example.com", 7],
        "code": "",
    }


async def test_what_cannot_be_rendered_is_not_called(unconnected: Shop, hook: ApiServer) -> None:
    await unconnected.world.sequence(worded(hook.url + "/{% for i in (1..999999) %}x{% endfor %}"))
    await unconnected.world.track("ada@example.com", "signup")

    await unconnected.carry_out()

    [effect] = await unconnected.effects()
    assert (effect["outcome"], effect["reason"], hook.asked) == ("failed", "render_failed", [])


async def test_values_that_make_an_address_none_are_not_called(unconnected: Shop, hook: ApiServer) -> None:
    await unconnected.world.sequence(worded(hook.url + "/{% echo event.x %}"))
    await unconnected.world.track("ada@example.com", "signup", {"x": "a b"})

    await unconnected.carry_out()

    [effect] = await unconnected.effects()
    assert (effect["outcome"], effect["reason"], hook.asked) == ("failed", "not_allowed", [])


async def test_liquid_that_cannot_be_read_is_refused_at_activation(unconnected: Shop, hook: ApiServer) -> None:
    with pytest.raises(Unprocessable) as refused:
        await unconnected.world.sequence(worded(hook.url + "/{{ x | nope: 1 }}", '{a: ["{% if %}"]}'))

    assert [problem.path for problem in refused.value.problems] == ["steps[0].url", "steps[0].body.a[0]"]
