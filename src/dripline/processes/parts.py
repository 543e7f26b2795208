"""What a worker is made of."""

from dataclasses import dataclass

from dripline.accounts.connections.environment import Environment
from dripline.accounts.sealing import Sealer
from dripline.database.pool import Database
from dripline.delivery.carriers import Carriers
from dripline.delivery.domains.sending import Domains
from dripline.delivery.effects.running import Carrying
from dripline.delivery.feedback.working import Feedback
from dripline.delivery.running import Delivering
from dripline.delivery.webhooks.working import WebhookWork
from dripline.durable.jobs import JobRunner
from dripline.engine.runs.running import Reacting, Running
from dripline.engine.test_clock import Sweep
from dripline.processes.looping import Loops
from dripline.templates.rendering.pool import Renderer


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts, wired, and the loops that run them."""

    database: Database
    sealer: Sealer
    environment: Environment
    domains: Domains
    carriers: Carriers
    renderer: Renderer
    running: Running
    reacting: Reacting
    delivering: Delivering
    feedback: Feedback
    carrying: Carrying
    webhooks: WebhookWork
    sweeps: tuple[Sweep, ...]
    jobs: JobRunner
    loops: Loops

    async def finish(self) -> None:
        """Wait for what is being said to the world at this moment. Nothing new is begun by it."""
        await self.delivering.finish()
        await self.carrying.finish()
        await self.webhooks.finish()
