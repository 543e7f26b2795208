"""Codes before they are asked for, and what mails find once they are there."""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.delivery.discounts.faking import fake_discount
from dripline.delivery.discounts.model import Made, Plan, after_refusal, discount_of, new_code, next_request, value_of
from dripline.delivery.discounts.pools import read_codes
from dripline.kernel.errors import Invalid
from dripline.sequences.interpreter.program import Offer

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
OFFER = Offer(provider="stripe", percent_off=20, expires_after=timedelta(hours=48), prefix="WINBACK")


def test_what_nobody_has_answered_is_asked_for_again_as_it_was() -> None:
    first = next_request(OFFER, None, now=NOON, chance=Random(1))

    again = next_request(OFFER, first, now=NOON + timedelta(days=1), chance=Random(2))

    assert again == first
    assert first.expires_at == NOON + timedelta(hours=48)


def test_after_a_refusal_it_is_another_request_for_the_same_code() -> None:
    first = next_request(OFFER, None, now=NOON, chance=Random(1))

    later = next_request(OFFER, after_refusal(first), now=NOON + timedelta(days=1), chance=Random(2))

    assert later == Plan(first.code, 1, NOON + timedelta(days=3), asked=True)


@given(st.none() | st.from_regex(r"[A-Za-z0-9-]{1,40}", fullmatch=True), st.randoms())
def test_a_code_has_only_what_providers_take_and_begins_with_its_prefix(prefix: str | None, chance: Random) -> None:
    code = new_code(prefix, chance)

    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
    assert code.startswith((prefix or "").rstrip("-"))
    assert len(code) >= 10


@given(st.integers(0, 20), st.booleans(), st.none() | st.just(NOON))
def test_a_plan_is_the_same_after_it_was_kept(number: int, asked: bool, expires_at: datetime | None) -> None:
    plan = Plan("CODE", number, expires_at, asked)

    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(plan)), Plan) == plan


@pytest.mark.parametrize(
    ("offer", "value"),
    [
        (Offer(provider="stripe", percent_off=20), "20% off"),
        (Offer(provider="stripe", percent_off=12.5), "12.5% off"),
        (Offer(provider="stripe", amount_off=500, currency="usd"), "$5 off"),
        (Offer(provider="stripe", amount_off=1250, currency="chf"), "12.50 CHF off"),
        (Offer(provider="stripe", amount_off=500, currency="jpy"), "500 JPY off"),
        (Offer(provider="stripe", amount_off=1500, currency="kwd"), "1.500 KWD off"),
        (Offer(provider="pool", pool="spring"), None),
    ],
)
def test_what_a_code_takes_off_is_said_in_words(offer: Offer, value: str | None) -> None:
    assert value_of(offer) == value


def test_mails_find_what_was_made() -> None:
    discount = discount_of(OFFER, Made("WINBACK-1", NOON))

    assert discount == {
        "code": "WINBACK-1",
        "percentOff": 20,
        "amountOff": None,
        "currency": None,
        "expiresAt": "2030-01-01T12:00:00Z",
        "value": "20% off",
        "provider": "stripe",
        "name": None,
    }


def test_a_fake_code_says_so_and_is_always_the_same() -> None:
    one, again = (fake_discount(OFFER, seed="a", now=NOON)["code"] for _ in range(2))
    other = fake_discount(OFFER, seed="b", now=NOON)["code"]

    assert str(one).startswith("TEST-WINBACK-")
    assert (one == again, one == other) == (True, False)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("A\nB\n\nA\n", ["A", "B"]),
        ("\ufeffCode,Note\nA,x\nB,y", ["A", "B"]),
        ('"A,1"\r\nB\r\n', ["A,1", "B"]),
        (" A \n", ["A"]),
    ],
)
def test_codes_are_read_from_lines_and_from_the_first_column(text: str, codes: list[str]) -> None:
    assert read_codes(text) == codes


@pytest.mark.parametrize("text", ["", "code\n", "\n\n", "A\x07B", "x" * 201])
def test_what_holds_no_codes_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_codes(text)
