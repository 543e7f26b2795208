"""Stripe as it answers over HTTP: coupons, promotion codes and customers, with its rules about keys and repetition."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.makers.api_server import Asked, Said

LIVE_KEY = "sk_live_of_the_account"
_OTHER_PARAMETERS = "Keys for idempotent requests can only be used with the same parameters they were first used with."


@dataclass
class Stripe:
    """What the account has. `products` are those that coupons may be about."""

    key: str = LIVE_KEY
    coupons: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: list[dict[str, Any]] = field(default_factory=list)
    customers: list[dict[str, Any]] = field(default_factory=list)
    products: frozenset[str] = frozenset({"prod_1"})
    _answers: dict[str, tuple[str, bytes, Said]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return _refused(401, "Invalid API Key provided: sk_live_****ount")
        key = asked.headers.get("idempotency-key")
        if asked.method != "POST" or key is None:
            return self._answer(asked)
        if (kept := self._answers.get(key)) is not None:
            path, body, said = kept
            if (path, body) != (asked.path, asked.body):
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                return _refused(400, message, kind="idempotency_error")
            return said
        said = self._answer(asked)
        self._answers[key] = asked.path, asked.body, said
        return said

    def remember(self, asked: Asked, said: Said) -> None:
        """Keep an answer that a script gave, as Stripe keeps also those that tell of a fault."""
        self._answers[asked.headers["idempotency-key"]] = asked.path, asked.body, said

    def _answer(self, asked: Asked) -> Said:
        url = urlsplit(asked.path)
        form = dict(parse_qsl(asked.body.decode() if asked.method == "POST" else url.query))
        match asked.method, url.path:
            case "POST", "/v1/coupons":
                return self._coupon(form)
            case "GET", "/v1/coupons":
                return _listed(list(self.coupons.values()))
            case "POST", "/v1/promotion_codes":
                return self._code(form)
            case "GET", "/v1/promotion_codes":
                return _listed([each for each in self.codes if each["code"].lower() == form.get("code", "").lower()])
            case "GET", "/v1/customers":
                return _listed([each for each in self.customers if each["email"] == form["email"]])
            case "POST", "/v1/customers":
                self.customers.append({"id": f"cus_{len(self.customers) + 1}", "object": "customer", **form})
                return _said(200, self.customers[-1])
            case _:
                return _refused(404, f"Unrecognized request URL ({asked.method}: {url.path}).")

    def _coupon(self, form: Mapping[str, str]) -> Said:
        if form["id"] in self.coupons:
            return _refused(400, "Coupon already exists.", code="resource_already_exists")
        products = [value for name, value in form.items() if name.startswith("applies_to[products]")]
        if unknown := set(products) - self.products:
            return _refused(400, f"No such product: '{unknown.pop()}'", code="resource_missing", param="applies_to")
        self.coupons[form["id"]] = {"object": "coupon", **form}
        return _said(200, self.coupons[form["id"]])

    def _code(self, form: Mapping[str, str]) -> Said:
        if form.get("promotion[type]") != "coupon":
            return _refused(400, "Missing required param: promotion.", param="promotion")
        if form["promotion[coupon]"] not in self.coupons:
            message = f"No such coupon: '{form['promotion[coupon]']}'"
            return _refused(400, message, code="resource_missing", param="promotion[coupon]")
        if any(each["code"].lower() == form["code"].lower() for each in self.codes):
            message = f"An active promotion code with `code: {form['code']}` already exists."
            return _refused(400, message, param="code")
        made = {
            "id": f"promo_{len(self.codes) + 1}",
            "object": "promotion_code",
            "active": True,
            "code": form["code"],
            "promotion": {"type": "coupon", "coupon": form["promotion[coupon]"]},
            "customer": form.get("customer"),
            "expires_at": int(form["expires_at"]) if "expires_at" in form else None,
            "max_redemptions": int(form["max_redemptions"]) if "max_redemptions" in form else None,
            "metadata": {"dripline": form["metadata[dripline]"]},
        }
        self.codes.append(made)
        return _said(200, made)


def failed(status: int, message: str = "Something went wrong.", **headers: str) -> Said:
    """An answer that tells of a fault at Stripe."""
    said = _refused(status, message, kind="api_error")
    return Said(status, said.body, {**said.headers, **headers})


def _refused(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> Said:
    error = {"type": kind, "message": message, "code": code, "param": param}
    return _said(status, {"error": {name: value for name, value in error.items() if value is not None}})


def _listed(items: list[dict[str, Any]]) -> Said:
    return _said(200, {"object": "list", "data": items, "has_more": False, "url": "/"})


def _said(status: int, body: Mapping[str, Any]) -> Said:
    return Said(status, json.dumps(body).encode(), {"content-type": "application/json", "request-id": "req_1"})
