"""What a code is, before it is asked for and once it is there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import msgspec

from dripline.kernel.values import Json
from dripline.sequences.interpreter.program import Offer

# Without letters and digits that look like others, and without vowels that make words.
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
_LENGTH = 10
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}
# Currencies whose smallest unit is not a hundredth (ISO 4217).
_WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
_THOUSANDTHS = "bhd jod kwd omr tnd"
_UNITS = {**dict.fromkeys(_WHOLE.split(), 0), **dict.fromkeys(_THOUSANDTHS.split(), 3)}


class Plan(msgspec.Struct, frozen=True, rename="camel"):
    """What a provider is asked for. It is written down before, so that every repetition asks for the same.

    `number` counts the requests that were answered with a refusal: after one the next is another request, and says
    anew when the code expires. `asked` says whether the one with this number may have been heard.
    """

    code: str
    number: int = 0
    expires_at: datetime | None = None
    asked: bool = False


def next_request(offer: Offer, before: Plan | None, *, now: datetime, chance: Random) -> Plan:
    """What to ask for now: the same as before where nobody has answered that, and with the same code in any case."""
    plan = before or Plan(new_code(offer.prefix, chance))
    if plan.asked:
        return plan
    expires_at = now + offer.expires_after if offer.expires_after is not None else offer.expires_at
    return Plan(plan.code, plan.number, expires_at, asked=True)


def after_refusal(plan: Plan) -> Plan:
    """What to begin with when the provider has answered that it did not make the code."""
    return Plan(plan.code, plan.number + 1)


def new_code(prefix: str | None, chance: Random) -> str:
    """A code that nobody can guess: `WINBACK-7K2M9QXC4D`."""
    letters = "".join(chance.choice(_LETTERS) for _ in range(_LENGTH))
    return f"{prefix.rstrip('-')}-{letters}" if prefix else letters


@dataclass(frozen=True, slots=True)
class Made:
    """A code that is there. `note` is what its provider knows it by."""

    code: str
    expires_at: datetime | None
    note: str | None = None


def discount_of(offer: Offer, made: Made) -> Mapping[str, Json]:
    """What later mails find under `discount.…`. `amountOff` is in minor units; `value` is text such as `20% off`."""
    return {
        "code": made.code,
        "percentOff": offer.percent_off,
        "amountOff": offer.amount_off,
        "currency": offer.currency,
        "expiresAt": show_time(made.expires_at),
        "value": value_of(offer),
        "provider": offer.provider,
        "name": offer.name,
    }


def value_of(offer: Offer) -> str | None:
    """What it takes off, as text: `20% off`, `$5 off`, `12.50 CHF off`."""
    if offer.percent_off is not None:
        return f"{offer.percent_off:g}% off"
    if offer.amount_off is None or offer.currency is None:
        return None
    amount = decimal_of(offer.amount_off, offer.currency)
    shown = f"{amount}" if amount % 1 else f"{amount:.0f}"
    sign = _SIGNS.get(offer.currency)
    return f"{sign}{shown} off" if sign else f"{shown} {offer.currency.upper()} off"


def decimal_of(minor: int, currency: str) -> Decimal:
    """An amount in minor units as one in units, with all places of its currency."""
    return Decimal(minor).scaleb(-_UNITS.get(currency, 2))


def show_time(at: datetime | None) -> str | None:
    """A time in ISO 8601, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at is not None else None
