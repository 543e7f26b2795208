"""Codes at Stripe: one coupon for a step, one promotion code for a visit, whatever goes wrong in between."""

from datetime import timedelta

from dripline.accounts.connections.model import Provider
from tests.integration.effects.conftest import Shop
from tests.makers.api_server import Fault
from tests.makers.stripe import failed

ONE_CODE = """
trigger: {api: true}
steps:
  - {action: discount, id: code, percentOff: 20, codePrefix: WINBACK, maxRedemptions: 1}
  - {action: delay, id: pause, duration: 1d}
"""
EVERYTHING = """
trigger: {api: true}
steps:
  - {action: discount, id: code, label: For us, discountType: amount, amountOff: 1250, currency: USD,
     duration: repeating, durationInMonths: 3, planIds: [prod_1], codePrefix: WINBACK, maxRedemptions: 2,
     lockToSubscriber: true, expiresInHours: 48, name: Win back}
  - {action: delay, id: pause, duration: 1d}
"""


async def test_every_contact_gets_a_code_of_their_own_and_the_step_one_coupon(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com", "bob@example.com")

    await shop.carry_out()

    [coupon] = shop.stripe.coupons.values()
    codes = {code["code"] for code in shop.stripe.codes}
    assert (coupon["percent_off"], coupon["duration"], len(codes)) == ("20", "once", 2)
    assert all(code.startswith("WINBACK-") for code in codes)
    assert {discount["code"] for discount in await shop.discounts() if discount} == codes
    assert {run.step for run in await shop.world.enrollments()} == {"pause"}


async def test_stripe_is_told_everything_that_a_step_says(shop: Shop) -> None:
    await shop.world.sequence(EVERYTHING)
    await shop.world.enroll("a-sequence", "ada@example.com")

    await shop.carry_out()

    [coupon], [code], [customer] = shop.stripe.coupons.values(), shop.stripe.codes, shop.stripe.customers
    [discount] = await shop.discounts()
    told = {name: value for name, value in coupon.items() if name not in ("id", "object")}
    assert told == {
        "amount_off": "1250",
        "currency": "usd",
        "duration": "repeating",
        "duration_in_months": "3",
        "name": "Win back",
        "applies_to[products][0]": "prod_1",
    }
    assert (code["customer"], customer["email"], code["max_redemptions"]) == (customer["id"], "ada@example.com", 2)
    assert discount is not None
    assert (discount["amountOff"], discount["currency"], discount["value"]) == (1250, "usd", "$12.50 off")
    assert discount["expiresAt"] is not None


async def test_a_customer_who_is_known_is_not_made_again(shop: Shop) -> None:
    shop.stripe.customers.append({"id": "cus_7", "object": "customer", "email": "ada@example.com"})
    await shop.world.sequence(EVERYTHING)
    await shop.world.enroll("a-sequence", "ada@example.com")

    await shop.carry_out()

    assert [code["customer"] for code in shop.stripe.codes] == ["cus_7"]
    assert len(shop.stripe.customers) == 1


async def test_an_answer_that_was_lost_costs_no_second_code(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com")
    await shop.world.enroll("a-sequence", "bob@example.com")
    await shop.carry_out()
    await shop.world.enroll("a-sequence", "eve@example.com")
    shop.server.script = [Fault.RESET_AFTER]

    await shop.carry_out()
    [lost] = [effect for effect in await shop.effects() if effect["phase"] == "ready"]
    await shop.carry_out()

    assert (lost["reason"], lost["attempts"]) == ("unreachable", 1)
    assert len(shop.stripe.codes) == 3
    assert [effect["outcome"] for effect in await shop.effects()] == ["done"] * 3
    assert {discount["code"] for discount in await shop.discounts() if discount} == {
        code["code"] for code in shop.stripe.codes
    }


async def test_a_fault_of_stripe_is_passed_by_another_request_for_the_same_code(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com")
    await shop.carry_out()
    await shop.world.enroll("a-sequence", "bob@example.com")
    shop.server.script = [failed(500)]

    await shop.carry_out()
    [held] = [effect for effect in await shop.effects() if effect["phase"] == "ready"]
    first = shop.server.asked[-1]
    shop.stripe.remember(first, failed(500))
    await shop.carry_out()

    assert (held["reason"], held["detail"]) == ("provider_failed", "Stripe: 500 Something went wrong.")
    assert len(shop.stripe.codes) == 2
    assert shop.stripe.codes[1]["code"] == held["plan"]["code"]


async def test_too_many_requests_are_tried_again_under_the_same_key(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com")
    shop.server.script = [failed(429, "Too many requests.")]

    await shop.carry_out()
    [held] = await shop.effects()
    await shop.carry_out()

    assert (held["phase"], held["reason"], held["attempts"]) == ("ready", "busy", 1)
    assert len(shop.stripe.codes) == 1


async def test_a_key_that_is_refused_holds_the_runs_until_there_is_a_good_one(shop: Shop) -> None:
    await shop.connect(apiKey="sk_live_of_somebody_else")
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com")

    await shop.carry_out()
    await shop.let_pass(timedelta(days=30))
    await shop.carry_out()
    [held] = await shop.effects()
    await shop.connect()
    await shop.carry_out()

    assert (held["phase"], held["reason"], held["attempts"]) == ("ready", "key_refused", 2)
    assert "sk_live_of_somebody_else" not in held["detail"]
    assert [effect["outcome"] for effect in await shop.effects()] == ["done"]


async def test_a_key_for_tests_makes_no_codes_for_live_contacts(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.connect(apiKey="sk_test_of_the_account")
    await shop.world.enroll("a-sequence", "ada@example.com")

    await shop.carry_out()

    [held] = await shop.effects()
    assert (held["phase"], held["reason"]) == ("ready", "wrong_key")
    assert shop.server.asked == []


async def test_what_stripe_refuses_fails_for_good_and_the_author_says_what_follows(shop: Shop) -> None:
    refused = ONE_CODE.replace("maxRedemptions: 1", "planIds: [prod_9]")
    await shop.world.sequence(refused, slug="goes-on")
    await shop.world.sequence(refused.replace("planIds", "onError: exit, planIds"), slug="leaves")
    await shop.world.enroll("goes-on", "ada@example.com")
    await shop.world.enroll("leaves", "ada@example.com")

    await shop.carry_out()

    [on], [left] = await shop.world.enrollments("goes-on"), await shop.world.enrollments("leaves")
    assert (on.status, on.step) == ("active", "pause")
    assert (left.status, left.exit_reason) == ("exited", "step")
    assert [(each["outcome"], each["reason"]) for each in await shop.effects()] == [("failed", "provider_refused")] * 2


async def test_a_provider_that_never_answers_is_given_up_after_a_week(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com")
    shop.server.script = [failed(503), failed(503)]

    await shop.carry_out()
    await shop.let_pass(timedelta(days=8))
    await shop.carry_out()

    [given_up] = await shop.effects()
    assert (given_up["outcome"], given_up["reason"], given_up["attempts"]) == ("failed", "retries_exhausted", 2)


async def test_without_a_connection_the_runs_wait_and_say_so(unconnected: Shop) -> None:
    await unconnected.connect()
    await unconnected.world.sequence(ONE_CODE)
    await unconnected.disconnect()
    await unconnected.world.enroll("a-sequence", "ada@example.com")

    await unconnected.carry_out()
    [held] = await unconnected.effects()
    await unconnected.connect(Provider.STRIPE)
    await unconnected.carry_out()

    assert (held["reason"], held["detail"]) == ("not_connected", "Stripe is not connected")
    assert [effect["outcome"] for effect in await unconnected.effects()] == ["done"]


async def test_who_unsubscribed_meanwhile_gets_no_code(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com")
    shop.server.script = [failed(429)]
    await shop.carry_out()
    await shop.opt_out("ada@example.com")

    await shop.carry_out()

    [effect] = await shop.effects()
    assert (effect["outcome"], effect["reason"]) == ("skipped", "unsubscribed")
    assert shop.stripe.codes == []


async def test_a_pause_holds_what_was_asked_for_and_a_resumption_lets_it_go(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com")
    shop.server.script = [failed(429)]
    await shop.carry_out()
    await shop.world.pause("a-sequence")

    await shop.carry_out()
    [held] = await shop.effects()
    await shop.world.activate("a-sequence")
    await shop.carry_out()

    assert (held["phase"], held["held"]) == ("ready", "paused")
    assert [effect["outcome"] for effect in await shop.effects()] == ["done"]


async def test_a_worker_that_fell_silent_costs_no_second_code(shop: Shop) -> None:
    await shop.world.sequence(ONE_CODE)
    await shop.world.enroll("a-sequence", "ada@example.com")
    await shop.carry_out()
    await shop.world.enroll("a-sequence", "bob@example.com")

    await shop.die_while_it_answers()
    await shop.world.parts.carrying.sweep()
    await shop.carry_out()

    assert len(shop.stripe.codes) == 2
    assert [effect["outcome"] for effect in await shop.effects()] == ["done", "done"]
    assert {discount["code"] for discount in await shop.discounts() if discount} == {
        code["code"] for code in shop.stripe.codes
    }
