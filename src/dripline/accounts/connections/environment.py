"""Connections that the environment gives: to the workspaces of the first start, where they have none of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dripline.accounts.connections.model import Connection, Provider
from dripline.settings import Settings

ENVIRONMENT = "environment"
"""What they are called."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says about providers.

    `connections`: those that it gives whole. `bases`: where the APIs of providers are instead of their usual place,
    for every connection; only who runs the installation can say so.
    """

    connections: Mapping[Provider, Connection] = field(default_factory=dict)
    bases: Mapping[Provider, str] = field(default_factory=dict)


def environment_of(settings: Settings) -> Environment:
    """The connections in the settings. One that lacks a part it cannot do without is none."""
    found = [_stripe(settings), _shopify(settings), _llm(settings)]
    bases = {Provider.STRIPE: settings.stripe_api_base, Provider.SHOPIFY: settings.shopify_api_base}
    return Environment(
        {each.provider: each for each in found if each is not None},
        {provider: base for provider, base in bases.items() if base is not None},
    )


def _stripe(settings: Settings) -> Connection | None:
    if settings.stripe_api_key is None:
        return None
    return Connection(Provider.STRIPE, ENVIRONMENT, {}, {"apiKey": settings.stripe_api_key})


def _shopify(settings: Settings) -> Connection | None:
    if settings.shopify_shop is None or settings.shopify_token is None:
        return None
    return Connection(Provider.SHOPIFY, ENVIRONMENT, {"shop": settings.shopify_shop}, {"token": settings.shopify_token})


def _llm(settings: Settings) -> Connection | None:
    if settings.llm_model is None:
        return None
    told = {"model": settings.llm_model}
    if settings.llm_base_url is not None:
        told["baseUrl"] = settings.llm_base_url
    secrets = {"apiKey": settings.llm_api_key} if settings.llm_api_key is not None else {}
    return Connection(Provider.LLM, ENVIRONMENT, told, secrets)
