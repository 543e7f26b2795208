"""Reading the fields of a discount step."""

import re

from dripline.documents.fields import Reader, read_text
from dripline.sequences.language.model import Discount, DiscountDuration, DiscountProvider, DiscountType, Onward

LARGEST = 1_000_000_000
MOST_MONTHS = 1200
MOST_HOURS = 87_840
MOST_PLANS = 100
LONGEST_NAME = 40
CODE_PREFIX = re.compile(r"[A-Za-z0-9-]{1,40}", re.ASCII)
NOT_IN_A_POOL = (
    "duration",
    "durationInMonths",
    "appliesToAllPlans",
    "planIds",
    "codePrefix",
    "maxRedemptions",
    "lockToSubscriber",
    "expiresInHours",
    "name",
)
"""The keys that say how a code is to be made."""
_VALUES = ("discountType", "percentOff", "amountOff")
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)


def read_discount(reader: Reader, step_id: str | None) -> Discount:
    """A discount; without `discountType` it is of the type whose field is given."""
    percent_off = reader.number("percentOff", above=0, most=100)
    amount_off = reader.whole("amountOff", least=1, most=LARGEST)
    given = DiscountType.AMOUNT if reader.find("amountOff") and not reader.find("percentOff") else None
    discount = Discount(
        id=step_id,
        label=reader.text("label"),
        provider=reader.choice("provider", DiscountProvider) or DiscountProvider.STRIPE,
        discount_type=reader.choice("discountType", DiscountType) or given or DiscountType.PERCENT,
        percent_off=percent_off,
        amount_off=amount_off,
        currency=reader.text("currency"),
        duration=reader.choice("duration", DiscountDuration) or DiscountDuration.ONCE,
        duration_in_months=reader.whole("durationInMonths", least=1, most=MOST_MONTHS),
        applies_to_all_plans=reader.flag("appliesToAllPlans"),
        plan_ids=_read_plans(reader),
        code_prefix=reader.text("codePrefix"),
        max_redemptions=reader.whole("maxRedemptions", least=1, most=LARGEST),
        lock_to_subscriber=reader.flag("lockToSubscriber") or False,
        expires_at=reader.moment("expiresAt"),
        expires_in_hours=reader.whole("expiresInHours", least=1, most=MOST_HOURS),
        name=reader.text("name", longest=LONGEST_NAME),
        pool=reader.text("pool"),
        on_error=reader.choice("onError", Onward) or Onward.CONTINUE,
    )
    _check_value(reader, discount)
    _check_pairs(reader, discount)
    _check_provider(reader, discount)
    return discount


def _read_plans(reader: Reader) -> tuple[str, ...] | None:
    nodes = reader.items("planIds")
    if nodes is None:
        return None
    place = reader.place("planIds")
    texts = (read_text(node, f"{place}[{index}]", reader.faults) for index, node in enumerate(nodes))
    return tuple(text or "" for text in texts)


def _check_value(reader: Reader, discount: Discount) -> None:
    kind = discount.discount_type
    if discount.provider is DiscountProvider.POOL and not any(map(reader.find, _VALUES)):
        # What ready-made codes are worth is said for the mails alone, and need not be.
        return
    wanted, other = ("percentOff", "amountOff") if kind is DiscountType.PERCENT else ("amountOff", "percentOff")
    reader.need(wanted, expected=f"what a discount of the type '{kind}' takes off")
    if reader.find(other) is not None:
        reader.wrong(other, f"'{other}' does not belong to a discount of the type '{kind}'.")
    if kind is DiscountType.AMOUNT:
        reader.need("currency", expected="a currency such as 'usd'")


def _check_pairs(reader: Reader, discount: Discount) -> None:
    if discount.currency is not None and not _CURRENCY.fullmatch(discount.currency):
        reader.wrong("currency", "this is no currency.", expected="three letters such as 'usd'")
    if discount.duration is DiscountDuration.REPEATING:
        reader.need("durationInMonths", expected="for how many months it repeats")
    if discount.expires_at is not None and discount.expires_in_hours is not None:
        reader.wrong("expiresInHours", "it expires either at a time or after some hours.")
    if discount.applies_to_all_plans and discount.plan_ids:
        reader.wrong("planIds", "a discount for all plans names none.")
    if discount.plan_ids is not None and len(discount.plan_ids) > MOST_PLANS:
        reader.wrong("planIds", "there are too many plans.", expected=f"at most {MOST_PLANS} plans")
    if discount.duration_in_months is not None and discount.duration is not DiscountDuration.REPEATING:
        reader.wrong("durationInMonths", "only a discount that repeats lasts for some months.", expected=_REPEATING)
    if discount.code_prefix is not None and not CODE_PREFIX.fullmatch(discount.code_prefix):
        reader.wrong("codePrefix", "a code cannot begin with this.", expected="1 to 40 letters, digits or hyphens")


_REPEATING = "'duration: repeating' beside it"


def _check_provider(reader: Reader, discount: Discount) -> None:
    """What only some providers have, or can do."""
    if discount.provider is DiscountProvider.POOL:
        reader.need("pool", expected="the name of a pool of codes")
        for key in NOT_IN_A_POOL:
            if reader.find(key) is not None:
                reader.wrong(key, "the codes of a pool are made already.", expected="another provider beside it")
    elif discount.pool is not None:
        reader.wrong("pool", "only 'provider: pool' takes codes from a pool.", expected="'provider: pool' beside it")
    if discount.lock_to_subscriber and discount.provider is DiscountProvider.SHOPIFY:
        reader.wrong("lockToSubscriber", "only Stripe locks a code to a customer.", expected="'provider: stripe'")
