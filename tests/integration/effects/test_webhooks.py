"""Calls of steps: signed, repeated until they are answered, never redirected."""

import json
from collections.abc import AsyncIterator

import pytest
from standardwebhooks import Webhook

from dripline.delivery.calls.signing import signing_secret
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
