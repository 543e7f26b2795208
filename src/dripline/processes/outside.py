"""Whom effects are asked of: discount providers over the connections of a workspace, and webhooks."""

from contextlib import AsyncExitStack

from dripline.accounts.connections.environment import Environment
from dripline.accounts.connections.model import Connection, Provider
from dripline.accounts.connections.store import find_connection
from dripline.accounts.sealing import Sealer
from dripline.database.work import Tx
from dripline.delivery.calls.calling import Calls
from dripline.delivery.calls.posting import Poster
from dripline.delivery.discounts.shopify import ShopifyCodes
from dripline.delivery.discounts.stripe import StripeCodes
from dripline.delivery.effects.carrying import World
from dripline.delivery.effects.queue import Lane
from dripline.kernel.ids import WorkspaceId
from dripline.settings import Settings
from dripline.templates.rendering.pool import Renderer


def make_poster(settings: Settings, closing: AsyncExitStack) -> Poster:
    """What calls webhooks; let go of with `closing`."""
    poster = Poster(private=settings.private_webhooks)
    closing.push_async_callback(poster.close)
    return poster


def make_world(
    settings: Settings, sealer: Sealer, environment: Environment, renderer: Renderer, closing: AsyncExitStack
) -> World:
    """Everybody whom effects are asked of; let go of with `closing`. `renderer` words the calls."""
    stripe, shopify = StripeCodes(), ShopifyCodes()
    calls = Calls(settings.secret_key or "", make_poster(settings, closing), renderer)
    for each in (stripe, shopify):
        closing.push_async_callback(each.close)

    async def connecting(tx: Tx, workspace: WorkspaceId, lane: Lane, /) -> Connection | None:
        return await find_connection(tx, workspace, Provider(lane), sealer=sealer, environment=environment)

    return World({Lane.STRIPE: stripe, Lane.SHOPIFY: shopify}, calls, connecting)
