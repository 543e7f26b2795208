"""The published win-back: a sequence that makes a code at Stripe and mails it a day later."""

import json

import pytest

from dripline.api.decoding import read_known
from dripline.api.dialects.sequenzy.definitions import draft_of
from dripline.api.dialects.sequenzy.requests import WireNewSequence
from dripline.contacts.model import ContactChanges
from dripline.engine.audience.belonging import tag
from dripline.engine.audience.people import upsert_contact
from dripline.engine.insight.explaining import explain_contact
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Unprocessable
from tests.integration.effects.conftest import Shop
from tests.makers import sequenzy
from tests.makers.stripe import failed

PUBLISHED = draft_of(read_known(json.loads(sequenzy.body_of(sequenzy.DISCOUNT)), WireNewSequence)).definition


async def cancel(shop: Shop, email: str = "ada@example.com") -> None:
    """Somebody cancels: they get the tag."""
    async with shop.world.database.work() as tx:
        contact, _ = await upsert_contact(
            tx, shop.world.workspace_id, parse_address(email), ContactChanges(), now=real_now()
        )
        await tag(tx, shop.world.workspace_id, [contact.id], ["cancelled"], now=real_now())


async def story(shop: Shop, email: str = "ada@example.com") -> str:
    async with shop.world.database.work() as tx:
        told = await explain_contact(tx, shop.world.workspace_id, "win-back", parse_address(email), now=real_now())
    return told.summary


async def test_the_published_sequence_makes_its_coupon_and_its_codes(shop: Shop) -> None:
    await shop.world.sequence(PUBLISHED, slug="win-back")
    await cancel(shop)

    await shop.carry_out()

    [coupon], [code], [customer] = shop.stripe.coupons.values(), shop.stripe.codes, shop.stripe.customers
    assert (coupon["percent_off"], coupon["duration"]) == ("20", "once")
    assert (code["max_redemptions"], code["customer"]) == (1, customer["id"])
    assert code["code"].startswith("WINBACK-")
    [run] = await shop.world.enrollments("win-back")
    assert run.discount is not None
    assert (run.discount["code"], run.discount["percentOff"]) == (code["code"], 20)


async def test_it_is_not_activated_before_stripe_is_connected(unconnected: Shop) -> None:
    with pytest.raises(Unprocessable) as refused:
        await unconnected.world.sequence(PUBLISHED, slug="win-back")

    assert refused.value.message == (
        "steps[0].provider: step 'discount-1': Stripe is not connected: PUT /api/connections/stripe."
    )


async def test_it_is_not_activated_with_a_key_for_tests(unconnected: Shop) -> None:
    await unconnected.connect(apiKey="sk_test_of_the_account")

    with pytest.raises(Unprocessable) as refused:
        await unconnected.world.sequence(PUBLISHED, slug="win-back")

    assert "with a key for tests, and this workspace is live" in refused.value.message


async def test_while_stripe_fails_the_run_says_what_it_waits_for(shop: Shop) -> None:
    await shop.world.sequence(PUBLISHED, slug="win-back")
    await cancel(shop)
    shop.server.script = [failed(503), failed(503), failed(503)]

    for _ in range(3):
        await shop.carry_out()

    assert "Waits for Stripe: 503 Something went wrong, tried 3 times. The next try is at" in await story(shop)
