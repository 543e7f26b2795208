"""Whether the steps of a definition that make codes have somebody to make them."""

from collections.abc import Iterator
from dataclasses import dataclass

from dripline.accounts.connections.environment import Environment
from dripline.accounts.connections.model import Provider
from dripline.accounts.connections.store import find_connection
from dripline.accounts.model import Mode, Workspace
from dripline.accounts.sealing import Sealer
from dripline.database.work import Tx
from dripline.delivery.discounts.pools import pools_named
from dripline.delivery.discounts.stripe import is_live
from dripline.kernel.errors import Problem
from dripline.kernel.ids import WorkspaceId
from dripline.sequences.compiler.places import Place, steps_of
from dripline.sequences.language.model import Definition, Discount, DiscountProvider

_NAMES = {DiscountProvider.STRIPE: "Stripe", DiscountProvider.SHOPIFY: "Shopify"}


@dataclass(frozen=True, slots=True)
class Providers:
    """Knows which discount providers a workspace is connected to."""

    sealer: Sealer
    environment: Environment

    async def problems(self, tx: Tx, workspace: Workspace, definition: Definition) -> tuple[Problem, ...]:
        """What keeps the steps that make codes from running. In a test workspace they need nobody."""
        steps = list(_discounts(definition))
        if workspace.mode is not Mode.LIVE or not steps:
            return ()
        reasons = {
            provider: await self._why_not(tx, workspace.id, provider)
            for provider in {step.provider for _, step in steps} & _NAMES.keys()
        }
        pools = await pools_named(tx, workspace.id, [step.pool for _, step in steps if step.pool is not None])
        problems = [
            place.under("provider").problem(f"{reason}.", found=str(step.provider))
            for place, step in steps
            if (reason := reasons.get(step.provider)) is not None
        ]
        problems += [
            place.under("pool").problem(f"there is no pool of codes {step.pool!r}.", found=step.pool)
            for place, step in steps
            if step.pool is not None and step.pool not in pools
        ]
        return tuple(problems)

    async def warnings(self, tx: Tx, workspace: WorkspaceId, definition: Definition) -> tuple[Problem, ...]:
        """A warning for each pool that has few codes left."""
        steps = [(place, step) for place, step in _discounts(definition) if step.pool is not None]
        pools = await pools_named(tx, workspace, [step.pool for _, step in steps if step.pool is not None])
        return tuple(
            place.under("pool").problem(f"the pool {pool.slug!r} has {pool.left} codes left.", found=step.pool)
            for place, step in steps
            if (pool := pools.get(step.pool or "")) is not None and pool.is_low
        )

    async def _why_not(self, tx: Tx, workspace: WorkspaceId, provider: DiscountProvider) -> str | None:
        connection = await find_connection(
            tx, workspace, Provider(provider), sealer=self.sealer, environment=self.environment
        )
        if connection is None:
            return f"{_NAMES[provider]} is not connected: PUT /api/connections/{provider}"
        if provider is DiscountProvider.STRIPE and not is_live(connection.secrets.get("apiKey", "")):
            return "Stripe is connected with a key for tests, and this workspace is live"
        return None


def _discounts(definition: Definition) -> Iterator[tuple[Place, Discount]]:
    for place, step, _ in steps_of(definition):
        if isinstance(step, Discount):
            yield place, step
