"""Shopify's Admin API as it answers over HTTP: the shop's currency, discounts by code, and their making."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.makers.api_server import Asked, Said

TOKEN = "shpat_of_the_shop"
_NEEDED = {"title", "code", "startsAt", "context", "customerGets"}
_KNOWN = _NEEDED | {"endsAt", "usageLimit", "recurringCycleLimit"}


@dataclass
class Shopify:
    """What the shop has, by code."""

    currency: str = "USD"
    discounts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("x-shopify-access-token") != TOKEN:
            return _said(401, {"errors": "[API] Invalid API key or access token"})
        if (asked.method, asked.path) != ("POST", "/admin/api/2026-07/graphql.json"):
            return _said(404, {"errors": "Not Found"})
        told = json.loads(asked.body)
        if told["query"].lstrip().startswith("query"):
            return _said(200, {"data": self._look(told["variables"]["code"])})
        return _said(200, {"data": {"discountCodeBasicCreate": self._make(told["variables"]["discount"])}})

    def _look(self, code: str) -> Mapping[str, Any]:
        found = self.discounts.get(code.lower())
        node = {"id": found["id"], "codeDiscount": {"endsAt": found["endsAt"]}} if found is not None else None
        return {"shop": {"currencyCode": self.currency}, "codeDiscountNodeByCode": node}

    def _make(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if missing := _NEEDED - given.keys():
            return _fault(missing.pop(), "BLANK", "can't be blank")
        assert given.keys() <= _KNOWN, "Shopify refuses fields that it does not know"
        products = given["customerGets"]["items"].get("products", {}).get("productsToAdd", [])
        if any(not product.startswith("gid://shopify/Product/") for product in products):
            return _fault("customerGets", "INVALID", "Invalid global id")
        code = given["code"].lower()
        if code in self.discounts:
            return _fault("code", "TAKEN", "Code must be unique. Please try a different code.")
        self.discounts[code] = {"id": f"gid://shopify/DiscountCodeNode/{len(self.discounts) + 1}", **given}
        return {"codeDiscountNode": {"id": self.discounts[code]["id"]}, "userErrors": []}


def throttled() -> Said:
    """What Shopify says when it has been asked too much."""
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return _said(200, {"errors": [error]})


def _fault(name: str, code: str, message: str) -> Mapping[str, Any]:
    error = {"field": ["basicCodeDiscount", name], "code": code, "message": message}
    return {"codeDiscountNode": None, "userErrors": [error]}


def _said(status: int, body: Mapping[str, Any]) -> Said:
    return Said(status, json.dumps(body).encode(), {"content-type": "application/json"})
