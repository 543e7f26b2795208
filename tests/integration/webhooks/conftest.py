"""A live world with webhooks, and servers that they lead to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest

from dripline.accounts.model import Mode
from dripline.contacts.store import find_contact_by_email, lock_contacts
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.calls.posting import Poster
from dripline.delivery.telling import Mail, mail_event, tell
from dripline.delivery.webhooks.model import Delivery, Webhook
from dripline.delivery.webhooks.sending import Deliverer
from dripline.delivery.webhooks.store import SECRET_BYTES, add_webhook, find_webhook, list_deliveries, secret_of
from dripline.delivery.webhooks.working import WebhookWork
from dripline.kernel.addresses import parse_address
from dripline.kernel.clock import real_now
from dripline.kernel.ids import new_uuid, show
from tests.makers.api_server import ApiServer, Said
from tests.makers.world import World, a_world

SECRET = secret_of(b"s" * SECRET_BYTES)
_HURRY = Query(
    "hurry",
    "Makes everything due now.",
    "UPDATE webhook_delivery SET due_at = $2 WHERE workspace_id = $1 AND status = 'pending'",
)
_EXPIRE = Query(
    "expire",
    "Lets leases run out.",
    "UPDATE webhook_delivery SET lease_until = $2 WHERE workspace_id = $1 AND status = 'sending'",
)
_LONG_AGO = Query(
    "long_ago",
    "Lets a webhook have failed for some time.",
    "UPDATE webhook SET failing_since = failing_since - $2::interval WHERE workspace_id = $1",
)


@dataclass(frozen=True, slots=True)
class Told:
    """A world, and the part of a worker that calls its webhooks."""

    world: World
    work: WebhookWork

    async def hook(self, url: str, *events: str) -> Webhook:
        async with self.world.database.work() as tx:
            names, sealer = events or ("*",), self.world.parts.sealer
            return await add_webhook(tx, self.world.workspace_id, url, names, SECRET, sealer=sealer, now=real_now())

    async def again(self, webhook: Webhook) -> Webhook:
        """The webhook as it stands now."""
        async with self.world.database.work() as tx:
            return await find_webhook(tx, self.world.workspace_id, show("webhook", webhook.id))

    async def happen(self, *names: str, email: str = "ada@example.com") -> None:
        """Let the delivery of mail tell something of a contact."""
        await self.world.track(email, "signup")
        workspace = self.world.workspace_id
        async with self.world.database.work() as tx:
            contact = await find_contact_by_email(tx, workspace, parse_address(email).key)
            assert contact is not None
            await lock_contacts(tx, workspace, [contact.id])
            mail = Mail(new_uuid(), None, None, None, None)
            await tell(tx, workspace, [mail_event(name, contact.id, mail, now=real_now()) for name in names])

    async def deliver(self) -> None:
        """Try all that waits, once, whenever it is due."""
        async with self.world.database.work() as tx:
            await tx.run(_HURRY, self.world.workspace_id, real_now())
        await self.work.once()
        await self.work.finish()

    async def deliveries(self, webhook: Webhook) -> list[Delivery]:
        """Oldest first."""
        async with self.world.database.work() as tx:
            return (await list_deliveries(tx, self.world.workspace_id, webhook.id, limit=100))[::-1]

    async def die(self) -> None:
        """Let the worker die in the middle of what it does, and its leases run out."""
        for task in asyncio.all_tasks():
            if "WebhookWork._deliver" in repr(task.get_coro()):
                task.cancel()
        await self.work.finish()
        async with self.world.database.work() as tx:
            await tx.run(_EXPIRE, self.world.workspace_id, real_now() - timedelta(seconds=1))

    async def have_failed_for(self, time: timedelta) -> None:
        async with self.world.database.work() as tx:
            await tx.run(_LONG_AGO, self.world.workspace_id, time)


@asynccontextmanager
async def a_teller(
    database: Database, url: str, *, mode: Mode = Mode.LIVE, private: bool = True, timeout: float = 5
) -> AsyncIterator[Told]:
    async with a_world(database, url, mode=mode) as world:
        poster = Poster(private=private, timeout=timeout)
        lease = timedelta(seconds=30)
        deliverer = Deliverer(database, poster, world.parts.sealer, lease=lease, chance=Random(1))
        yield Told(world, WebhookWork(database, deliverer, settled=lambda: None))
        await poster.close()


@pytest.fixture
async def told(database: Database, database_url: str) -> AsyncIterator[Told]:
    async with a_teller(database, database_url) as made:
        yield made


@pytest.fixture
async def impatient(database: Database, database_url: str) -> AsyncIterator[Told]:
    """One that waits for an answer only for a moment."""
    async with a_teller(database, database_url, timeout=0.3) as made:
        yield made


@pytest.fixture
async def guarded(database: Database, database_url: str) -> AsyncIterator[Told]:
    """One that may call nobody inside."""
    async with a_teller(database, database_url, private=False) as made:
        yield made


@pytest.fixture
async def recording(database: Database, database_url: str) -> AsyncIterator[Told]:
    """One of a test workspace."""
    async with a_teller(database, database_url, mode=Mode.TEST) as made:
        yield made


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer(lambda _: Said(204)) as server:
        yield server


@pytest.fixture
async def other_server() -> AsyncIterator[ApiServer]:
    async with ApiServer(lambda _: Said(204)) as server:
        yield server
