"""Codes at Shopify, by its Admin API (GraphQL): one discount with one code for each visit.

Shopify has no keys for repetition, but a code is there once. It was drawn and written down before, and is looked for
before it is made, so that whatever broke in between there is one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import msgspec

from dripline.accounts.connections.model import Connection
from dripline.delivery.discounts.model import Made, Plan, decimal_of, discount_of, show_time
from dripline.delivery.effects.answers import Answer, Done, Later, Never
from dripline.delivery.effects.asked import Asked
from dripline.kernel.clock import real_now
from dripline.sequences.interpreter.program import Offer

VERSION = "2026-07"
_TIMEOUT_SECONDS = 25.0
_CHECK_SECONDS = 8.0
_LONGEST_WAIT_SECONDS = 3600
_PRODUCT = "gid://shopify/Product/"

_LOOK = """
query Look($code: String!) {
  shop { currencyCode }
  codeDiscountNodeByCode(code: $code) { id codeDiscount { ... on DiscountCodeBasic { endsAt } } }
}
"""
_MAKE = """
mutation Make($discount: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $discount) {
    codeDiscountNode { id }
    userErrors { field code message }
  }
}
"""


class _Refused(Exception):
    """Shopify has answered, and not with what was asked for."""

    def __init__(self, answer: Later) -> None:
        super().__init__()
        self.answer = answer


class ShopifyCodes:
    """Makes codes."""

    def __init__(self, *, timeout: float = _TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        self._client: httpx2.AsyncClient | None = None

    async def __call__(self, connection: Connection, offer: Offer, plan: Plan, asked: Asked, /) -> Answer:
        """Make the code of a visit, or give the one that was made for it."""
        try:
            return await self._make(connection, offer, plan, asked)
        except _Refused as refused:
            return refused.answer
        except httpx2.TimeoutException:
            return Later("unreachable", "Shopify: no answer in time")
        except httpx2.HTTPError as error:
            return Later("unreachable", f"Shopify: cannot be reached ({type(error).__name__})")

    async def check(self, connection: Connection) -> str | None:
        """Why a connection cannot be used; None when it can."""
        try:
            await self._ask(connection, _LOOK, {"code": "DRIPLINE-CHECK"})
        except _Refused as refused:
            return refused.answer.detail
        except httpx2.HTTPError as error:
            return f"Shopify cannot be reached ({type(error).__name__})"
        return None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _make(self, connection: Connection, offer: Offer, plan: Plan, asked: Asked) -> Answer:
        seen = await self._ask(connection, _LOOK, {"code": plan.code})
        node = seen.get("codeDiscountNodeByCode")
        if node is not None:
            ends_at = (node.get("codeDiscount") or {}).get("endsAt")
            expires_at = datetime.fromisoformat(ends_at) if ends_at is not None else None
            return _done(offer, Made(plan.code, expires_at, node["id"]))
        currency = seen["shop"]["currencyCode"]
        if offer.currency is not None and currency.lower() != offer.currency:
            return Never("wrong_currency", f"Shopify: the shop sells in {currency}, not in {offer.currency.upper()}")
        made = await self._ask(connection, _MAKE, {"discount": discount_input(offer, plan, asked, now=real_now())})
        created = made["discountCodeBasicCreate"]
        if faults := created["userErrors"]:
            words = f"Shopify: {faults[0]['message']}"[:300]
            if faults[0].get("code") == "TAKEN":
                return Later("busy", words)
            return Never("provider_refused", words)
        return _done(offer, Made(plan.code, plan.expires_at, created["codeDiscountNode"]["id"]))

    async def _ask(self, connection: Connection, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=self._timeout, follow_redirects=False)
        base = connection.get("apiBase") or f"https://{connection.settings['shop']}"
        response = await self._client.post(
            f"{base}/admin/api/{VERSION}/graphql.json",
            content=msgspec.json.encode({"query": query, "variables": variables}),
            headers={"content-type": "application/json", "x-shopify-access-token": connection.secrets["token"]},
        )
        if response.status_code != 200:
            raise _Refused(_of_status(response.status_code, response.headers.get("retry-after", "")))
        try:
            body = msgspec.json.decode(response.content, type=dict[str, Any])
        except msgspec.DecodeError:
            raise _Refused(Later("provider_failed", "Shopify: an answer that cannot be read")) from None
        if faults := body.get("errors"):
            raise _Refused(_of_fault(faults))
        data: Mapping[str, Any] = body.get("data") or {}
        return data


async def check_shopify(connection: Connection) -> str | None:
    """Why a connection cannot be used; None when it can."""
    codes = ShopifyCodes(timeout=_CHECK_SECONDS)
    try:
        return await codes.check(connection)
    finally:
        await codes.close()


def discount_input(offer: Offer, plan: Plan, asked: Asked, *, now: datetime) -> Mapping[str, Any]:
    """What a discount is asked for with. Without `once` it is for subscriptions as well. Pure."""
    gets: dict[str, Any] = {"value": _value(offer), "items": _items(offer)}
    discount: dict[str, Any] = {
        "title": offer.name or f"{asked.sequence_name}, {asked.step}",
        "code": plan.code,
        "startsAt": show_time(now),
        "endsAt": show_time(plan.expires_at),
        "context": {"all": "ALL"},
        "customerGets": gets,
        "usageLimit": offer.max_redemptions,
    }
    if offer.duration != "once":
        gets |= {"appliesOnOneTimePurchase": True, "appliesOnSubscription": True}
        # Zero cycles are all of them.
        discount["recurringCycleLimit"] = offer.months or 0
    return discount


def _value(offer: Offer) -> Mapping[str, Any]:
    if offer.percent_off is not None:
        return {"percentage": float(Decimal(str(offer.percent_off)) / 100)}
    assert offer.amount_off is not None
    amount = decimal_of(offer.amount_off, offer.currency or "")
    return {"discountAmount": {"amount": str(amount), "appliesOnEachItem": False}}


def _items(offer: Offer) -> Mapping[str, Any]:
    if not offer.plans:
        return {"all": True}
    return {
        "products": {
            "productsToAdd": [plan if plan.startswith("gid:") else f"{_PRODUCT}{plan}" for plan in offer.plans]
        }
    }


def _done(offer: Offer, made: Made) -> Done:
    discount = discount_of(offer, made)
    return Done(f"made {made.code} at Shopify", {**discount, "id": made.note}, discount)


def _of_status(status: int, retry_after: str) -> Later:
    words = f"Shopify: {status}"
    if status in (401, 403):
        return Later("key_refused", f"{words}, the token is refused", patient=True)
    if status == 404:
        return Later("key_refused", f"{words}, there is no such shop", patient=True)
    if status == 429:
        seconds = retry_after.partition(".")[0]
        wait = min(int(seconds), _LONGEST_WAIT_SECONDS) if seconds.isdigit() and len(seconds) < 7 else 0
        return Later("busy", f"{words}, too many requests", after=timedelta(seconds=wait))
    return Later("provider_failed", words)


def _of_fault(faults: Any) -> Later:
    first = faults[0] if isinstance(faults, list) and faults and isinstance(faults[0], dict) else {}
    words = f"Shopify: {first.get('message', faults)}"[:300]
    match (first.get("extensions") or {}).get("code"):
        case "THROTTLED":
            return Later("busy", words)
        case "ACCESS_DENIED":
            return Later("key_refused", words, patient=True)
        case _:
            return Later("provider_failed", words)
