"""What a contact's timeline says of discounts and calls, from the asking to the end."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from dripline.api.shapes.timeline import item_of
from dripline.contacts.store import find_contact_by_email
from dripline.engine.audience.people import delete_contact
from dripline.engine.insight.timeline import END, Kind, Place, timeline
from dripline.kernel.clock import real_now
from tests.integration.effects.conftest import Shop
from tests.makers.api_server import ApiServer, Said
from tests.makers.stripe import failed

ADA = "ada@example.com"
DISCOUNT = """
trigger: {event: signup}
steps:
  - {action: discount, id: offer, provider: stripe, percentOff: 20}
  - {action: delay, id: pause, duration: 1d}
"""


async def effects(shop: Shop, *, page: int = 50) -> Sequence[Mapping[str, Any]]:
    """The effects in the timeline, newest first, read page by page."""
    found: list[Mapping[str, Any]] = []
    before: Place = END
    async with shop.world.database.work() as tx:
        contact = await find_contact_by_email(tx, shop.world.workspace_id, ADA)
        assert contact is not None
        while items := await timeline(tx, shop.world.workspace_id, contact, before=before, limit=page):
            found += [msgspec.to_builtins(item_of(item)) for item in items if item.place.kind is Kind.EFFECT]
            before = items[-1].place
    return found


async def told(shop: Shop) -> tuple[str, str | None, int]:
    [effect] = await effects(shop)
    return effect["status"], effect["reason"], effect["attempts"]


async def test_a_discount_is_followed_from_the_asking_to_the_code(shop: Shop) -> None:
    await shop.world.sequence(DISCOUNT, slug="win-back")
    await shop.world.track(ADA, "signup")
    await shop.world.parts.running.once()
    queued = await told(shop)

    shop.server.script = [failed(503)]
    await shop.carry_out()
    deferred = await told(shop)
    await shop.carry_out()
    [effect] = await effects(shop)

    assert queued == ("queued", None, 0)
    assert (deferred[0], deferred[2]) == ("deferred", 1)
    assert (effect["kind"], effect["action"], effect["provider"]) == ("effect", "discount", "stripe")
    assert (effect["sequence"], effect["step"], effect["status"]) == ("win-back", "offer", "done")
    assert effect["result"]["code"] in {code["code"] for code in shop.stripe.codes}
    assert (effect["nextAttemptAt"], effect["settledAt"] is None) == (None, False)


async def test_a_pause_and_a_refused_call_are_said(unconnected: Shop) -> None:
    async with ApiServer(lambda _: Said(400, b"no such person")) as hook:
        call = f'{{action: webhook, id: hook, url: "{hook.url}/crm"}}'
        await unconnected.world.sequence(f"trigger: {{event: signup}}\nsteps:\n  - {call}\n", slug="crm")
        await unconnected.world.track(ADA, "signup")
        await unconnected.world.parts.running.once()
        await unconnected.world.pause("crm")
        await unconnected.carry_out()
        held = await told(unconnected)
        await unconnected.world.activate("crm")
        await unconnected.carry_out()
    [effect] = await effects(unconnected)

    assert held == ("held", "paused", 0)
    assert (effect["action"], effect["provider"], effect["status"]) == ("webhook", None, "failed")
    assert (effect["reason"], "no such person" in effect["detail"]) == ("refused", True)


@pytest.mark.parametrize("page", [1, 2, 3, 50])
async def test_pages_neither_miss_nor_repeat_an_effect(shop: Shop, page: int) -> None:
    another = "  - {action: discount, id: more, provider: stripe, percentOff: 30}\n"
    two = DISCOUNT.replace("  - {action: delay", f"{another}  - {{action: delay")
    await shop.world.sequence(two)
    await shop.world.track(ADA, "signup")
    for _ in range(2):
        await shop.carry_out()

    found = await effects(shop, page=page)

    assert [effect["step"] for effect in found] == ["more", "offer"]


async def test_nothing_of_it_is_left_of_somebody_erased(shop: Shop) -> None:
    await shop.world.sequence(DISCOUNT)
    await shop.world.track(ADA, "signup")
    await shop.carry_out()

    async with shop.world.database.work() as tx:
        contact = await find_contact_by_email(tx, shop.world.workspace_id, ADA)
        assert contact is not None
        await delete_contact(tx, shop.world.workspace_id, contact.id, now=real_now())

    [effect] = await shop.effects()
    assert (effect["result"], effect["plan"], effect["detail"]) == (None, None, None)
