"""Codes at Shopify: one discount with one code for each visit, whatever goes wrong in between."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from dripline.accounts.connections.model import Connection, Provider
from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.delivery.discounts.shopify import check_shopify
from dripline.kernel.addresses import parse_mailbox
from tests.integration.effects.conftest import Shop
from tests.makers.api_server import ApiServer, Asked, Fault, Said
from tests.makers.shopify import TOKEN, Shopify, throttled
from tests.makers.stripe import Stripe
from tests.makers.world import a_world

PERCENT = """
trigger: {api: true}
steps:
  - {action: discount, id: code, provider: shopify, percentOff: 12.5, codePrefix: BACK, maxRedemptions: 1,
     name: Win back}
  - {action: delay, id: pause, duration: 1d}
"""
AMOUNT = """
trigger: {api: true}
steps:
  - {action: discount, id: code, provider: shopify, amountOff: 1250, currency: usd, duration: repeating,
     durationInMonths: 3, planIds: ["7", "gid://shopify/Product/8"], expiresInHours: 24}
  - {action: delay, id: pause, duration: 1d}
"""


@dataclass(frozen=True, slots=True)
class Store(Shop):
    """A shop with a Shopify."""

    shopify: Shopify

    def nothing_found(self) -> Said:
        """What Shopify says of a code that is not there."""
        body = json.dumps({"query": "query Look", "variables": {"code": "NOBODY"}}).encode()
        return self.shopify(Asked("POST", "/admin/api/2026-07/graphql.json", {"x-shopify-access-token": TOKEN}, body))

    def connection(self, token: str) -> Connection:
        told = {"shop": "acme.myshopify.com", "apiBase": self.server.url}
        return Connection(Provider.SHOPIFY, "shopify", told, {"token": token})


@pytest.fixture
async def store(database: Database, database_url: str) -> AsyncIterator[Store]:
    shopify = Shopify()
    async with (
        ApiServer(shopify) as server,
        a_world(
            database,
            database_url,
            mode=Mode.LIVE,
            shopify_api_base=server.url,
            smtp_url="smtp://127.0.0.1:9?starttls=never",
            sender=parse_mailbox("hello@example.com"),
        ) as world,
    ):
        store = Store(world, Stripe(), server, shopify)
        await store.connect(Provider.SHOPIFY, shop="acme.myshopify.com", token=TOKEN)
        yield store


async def test_shopify_is_told_what_a_step_says_of_a_percentage(store: Store) -> None:
    await store.world.sequence(PERCENT)
    await store.world.enroll("a-sequence", "ada@example.com")

    await store.carry_out()

    [made], [discount] = store.shopify.discounts.values(), await store.discounts()
    assert discount is not None
    assert (made["title"], made["usageLimit"], made["endsAt"], made["context"]) == ("Win back", 1, None, {"all": "ALL"})
    assert made["customerGets"] == {"value": {"percentage": 0.125}, "items": {"all": True}}
    assert made["code"] == discount["code"]
    assert str(discount["code"]).startswith("BACK-")


async def test_shopify_is_told_what_a_step_says_of_an_amount(store: Store) -> None:
    await store.world.sequence(AMOUNT)
    await store.world.enroll("a-sequence", "ada@example.com")

    await store.carry_out()

    [made] = store.shopify.discounts.values()
    assert (made["title"], made["recurringCycleLimit"]) == ("a-sequence, code", 3)
    assert made["endsAt"] is not None
    assert made["customerGets"] == {
        "value": {"discountAmount": {"amount": "12.50", "appliesOnEachItem": False}},
        "items": {"products": {"productsToAdd": ["gid://shopify/Product/7", "gid://shopify/Product/8"]}},
        "appliesOnOneTimePurchase": True,
        "appliesOnSubscription": True,
    }


async def test_an_answer_that_was_lost_costs_no_second_code(store: Store) -> None:
    await store.world.sequence(PERCENT)
    await store.world.enroll("a-sequence", "ada@example.com")
    store.server.script = [store.nothing_found(), Fault.RESET_AFTER]

    await store.carry_out()
    [lost] = await store.effects()
    await store.carry_out()

    [discount] = await store.discounts()
    assert discount is not None
    assert (lost["phase"], lost["reason"], len(store.shopify.discounts)) == ("ready", "unreachable", 1)
    assert discount["code"] == lost["plan"]["code"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [(throttled(), "busy"), (Said(429, b"", {"retry-after": "2.0"}), "busy"), (Said(503), "provider_failed")],
)
async def test_a_fault_of_shopify_holds_the_run_and_is_tried_again(store: Store, said: Said, reason: str) -> None:
    await store.world.sequence(PERCENT)
    await store.world.enroll("a-sequence", "ada@example.com")
    store.server.script = [said]

    await store.carry_out()
    [held] = await store.effects()
    await store.carry_out()

    assert (held["phase"], held["reason"], held["attempts"]) == ("ready", reason, 1)
    assert len(store.shopify.discounts) == 1


async def test_a_shop_of_another_currency_fails_for_good(store: Store) -> None:
    store.shopify.currency = "EUR"
    await store.world.sequence(AMOUNT)
    await store.world.enroll("a-sequence", "ada@example.com")

    await store.carry_out()

    [effect] = await store.effects()
    assert (effect["outcome"], effect["reason"]) == ("failed", "wrong_currency")
    assert effect["detail"] == "Shopify: the shop sells in EUR, not in USD"


async def test_a_token_that_is_refused_is_waited_for_and_never_shown(store: Store) -> None:
    await store.connect(Provider.SHOPIFY, shop="acme.myshopify.com", token="shpat_of_another")
    await store.world.sequence(PERCENT)
    await store.world.enroll("a-sequence", "ada@example.com")

    await store.carry_out()

    [effect] = await store.effects()
    assert (effect["phase"], effect["reason"]) == ("ready", "key_refused")
    assert effect["detail"] == "Shopify: 401, the token is refused"


async def test_a_connection_is_checked_by_asking(store: Store) -> None:
    good = await check_shopify(store.connection(TOKEN))
    bad = await check_shopify(store.connection("shpat_of_another"))

    assert (good, bad) == (None, "Shopify: 401, the token is refused")
