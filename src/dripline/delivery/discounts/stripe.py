"""Codes at Stripe: one coupon for each step of a version, and one promotion code for each visit.

The id of the coupon is made of the step, so that there cannot be two. A promotion code is asked for under the key of
its visit, with a code that was drawn and written down before, and is looked for before it is asked for again: whatever
broke in between, there is one.
"""

import asyncio
import importlib
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from dripline.accounts.connections.model import Connection
from dripline.delivery.discounts.model import Made, Plan, discount_of
from dripline.delivery.effects.answers import Answer, Done, Later, Never
from dripline.delivery.effects.asked import Asked
from dripline.kernel.ids import base32
from dripline.sequences.interpreter.program import Offer

if TYPE_CHECKING:
    from stripe import PromotionCode, StripeClient, StripeError

_TIMEOUT_SECONDS = 25.0
_HTTP = "dripline.delivery.discounts.stripe_http"
_MARK = "dripline"
"""The key of the metadata that says for which visit a promotion code was made."""


class StripeCodes:
    """Makes codes. Keeps clients, and which coupons there are."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str | None], StripeClient] = {}
        self._http: list[Any] = []
        self._coupons: set[tuple[str, str]] = set()

    async def __call__(self, connection: Connection, offer: Offer, plan: Plan, asked: Asked, /) -> Answer:
        """Make the code of a visit, or give the one that was made for it."""
        key = connection.secrets.get("apiKey", "")
        if not is_live(key):
            return Later("wrong_key", "Stripe: this is a key for tests, and the workspace is live", patient=True)
        stripe = await asyncio.to_thread(importlib.import_module, "stripe")
        try:
            made = await self._make(self._client(key, connection.get("apiBase")), key, offer, plan, asked)
        except stripe.StripeError as error:
            return self._answer_to(error, key, asked)
        discount = discount_of(offer, made)
        return Done(f"made {made.code} at Stripe", {**discount, "id": made.note}, discount)

    async def check(self, connection: Connection) -> str | None:
        """Why a connection cannot be used; None when it can."""
        key = connection.secrets.get("apiKey", "")
        stripe = await asyncio.to_thread(importlib.import_module, "stripe")
        try:
            async with asyncio.timeout(8):
                await self._client(key, connection.get("apiBase")).v1.coupons.list_async({"limit": 1})
        except TimeoutError:
            return "Stripe did not answer within 8 seconds"
        except stripe.StripeError as error:
            return _words(error)
        return None

    async def close(self) -> None:
        """Let go of the connections."""
        for http in self._http:
            await http.close_async()

    def _client(self, key: str, base: str | None) -> "StripeClient":
        found = self._clients.get((key, base))
        if found is None:
            stripe = importlib.import_module("stripe")
            http = importlib.import_module(_HTTP).StripeHttp(timeout=_TIMEOUT_SECONDS)
            addresses = {"api": base} if base is not None else {}
            found = stripe.StripeClient(key, http_client=http, base_addresses=addresses, max_network_retries=0)
            self._clients[key, base] = found
            self._http.append(http)
        assert found is not None
        return found

    async def _make(self, client: "StripeClient", key: str, offer: Offer, plan: Plan, asked: Asked) -> Made:
        if (asked.attempts or plan.number) and (found := await _find(client, plan, asked)) is not None:
            return found
        coupon = coupon_id(asked)
        if (key, coupon) not in self._coupons:
            await _ensure_coupon(client, coupon, offer)
            self._coupons.add((key, coupon))
        params: dict[str, Any] = {
            "promotion": {"type": "coupon", "coupon": coupon},
            "code": plan.code,
            "metadata": {_MARK: asked.name},
        }
        if offer.max_redemptions is not None:
            params["max_redemptions"] = offer.max_redemptions
        if plan.expires_at is not None:
            params["expires_at"] = int(plan.expires_at.timestamp())
        if offer.locked:
            params["customer"] = await _customer(client, asked)
        options: Any = {"idempotency_key": request_key(asked, plan)}
        return _made(await client.v1.promotion_codes.create_async(params, options))  # type: ignore[arg-type]

    def _answer_to(self, error: "StripeError", key: str, asked: Asked) -> Answer:
        status, words = error.http_status, f"Stripe: {_words(error)}"
        is_coupon_missing = error.code == "resource_missing" and "coupon" in (getattr(error, "param", None) or "")
        if is_coupon_missing:
            # Somebody has deleted it, or it was made in another account.
            self._coupons.discard((key, coupon_id(asked)))
            return Later("coupon_missing", words, refused=True)
        if status is None:
            return Later("unreachable", words)
        if status in (401, 403):
            return Later("key_refused", words, patient=True)
        if status == 409 or error.code == "idempotency_key_in_use":
            return Later("busy", words)
        if status == 429:
            return Later("busy", words)
        if status >= 500 or error.code == "idempotency_error" or _is_taken(error):
            # Stripe gives the same answer to the same key for a day, this one too.
            return Later("provider_failed", words, refused=True)
        return Never("provider_refused", words)


async def check_stripe(connection: Connection) -> str | None:
    """Why a connection cannot be used; None when it can."""
    codes = StripeCodes()
    try:
        return await codes.check(connection)
    finally:
        await codes.close()


def is_live(key: str) -> bool:
    """Whether a key makes real codes."""
    return key.startswith(("sk_live_", "rk_live_"))


def coupon_id(asked: Asked) -> str:
    """The id of the coupon of a step: one for each version."""
    return f"dripline-{base32(asked.sequence_id)}-{asked.run.version}-{asked.step}"


def request_key(asked: Asked, plan: Plan) -> str:
    """What makes a request the same request: the key of the visit, and after refusals how many there were."""
    return f"dripline/{asked.name}" + (f"/{plan.number}" if plan.number else "")


async def _find(client: "StripeClient", plan: Plan, asked: Asked) -> Made | None:
    """The promotion code that an earlier request made."""
    found = await client.v1.promotion_codes.list_async({"code": plan.code, "limit": 10})
    return next((_made(each) for each in found.data if getattr(each.metadata, _MARK, None) == asked.name), None)


async def _ensure_coupon(client: "StripeClient", coupon: str, offer: Offer) -> None:
    stripe = importlib.import_module("stripe")
    try:
        await client.v1.coupons.create_async(coupon_params(coupon, offer))  # type: ignore[arg-type]
    except stripe.InvalidRequestError as error:
        if error.code != "resource_already_exists":
            raise


def coupon_params(coupon: str, offer: Offer) -> Mapping[str, Any]:
    """What a coupon is asked for with."""
    params: dict[str, Any] = {"id": coupon, "duration": offer.duration}
    if offer.percent_off is not None:
        params["percent_off"] = offer.percent_off
    if offer.amount_off is not None:
        params |= {"amount_off": offer.amount_off, "currency": offer.currency}
    if offer.months is not None:
        params["duration_in_months"] = offer.months
    if offer.name is not None:
        params["name"] = offer.name
    if offer.plans:
        params["applies_to"] = {"products": list(offer.plans)}
    return params


async def _customer(client: "StripeClient", asked: Asked) -> str:
    """The customer with the contact's address, made where there is none."""
    assert asked.contact is not None
    email = asked.contact.address.text
    found = await client.v1.customers.list_async({"email": email, "limit": 1})
    if found.data:
        return found.data[0].id
    digest = blake2b(email.encode(), digest_size=12).hexdigest()
    options: Any = {"idempotency_key": f"dripline/{asked.workspace}/customer/{digest}"}
    return (await client.v1.customers.create_async({"email": email}, options)).id


def _made(code: "PromotionCode") -> Made:
    expires_at = datetime.fromtimestamp(code.expires_at, UTC) if code.expires_at is not None else None
    return Made(code.code, expires_at, code.id)


def _is_taken(error: "StripeError") -> bool:
    """Whether there is a promotion code of that name already: ours, of a request whose answer was lost."""
    words = (error.user_message or "").lower()
    return getattr(error, "param", None) == "code" and ("already exist" in words or "already taken" in words)


def _words(error: "StripeError") -> str:
    status = f"{error.http_status} " if error.http_status is not None else ""
    return f"{status}{' '.join((error.user_message or 'no words').split())}"[:300]
