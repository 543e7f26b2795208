"""A live world that is connected to a Stripe of its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from dripline.accounts.connections.model import Provider
from dripline.accounts.connections.reading import read_connection
from dripline.accounts.connections.store import delete_connection, save_connection
from dripline.accounts.model import Mode
from dripline.contacts.store import find_contact_by_email
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.database.work import Row
from dripline.engine.audience.people import opt_out
from dripline.kernel.addresses import parse_address, parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.values import Json
from tests.makers.api_server import ApiServer, Fault
from tests.makers.stripe import LIVE_KEY, Stripe
from tests.makers.waiting import until
from tests.makers.world import World, a_world

_EFFECTS = Query(
    "effects",
    "Gives the effects of a workspace, oldest first.",
    """
    SELECT step, lane, phase, held, outcome, reason, detail, attempts, plan, result FROM effect
    WHERE workspace_id = $1 ORDER BY asked_at, source_id, visit
    """,
)
_HURRY = Query(
    "hurry", "Makes everything due now.", "UPDATE effect SET due_at = $2 WHERE workspace_id = $1 AND phase = 'ready'"
)
_EXPIRE = Query(
    "expire",
    "Lets leases run out.",
    "UPDATE effect SET lease_until = $2 WHERE workspace_id = $1 AND phase = 'carrying'",
)
_DISCOUNTS = Query(
    "discounts", "Gives the codes of runs.", "SELECT discount FROM enrollment WHERE workspace_id = $1 ORDER BY id"
)
_LONG_AGO = Query(
    "long_ago",
    "Lets everything have been tried for a long time.",
    "UPDATE effect SET first_tried_at = $2 WHERE workspace_id = $1 AND first_tried_at IS NOT NULL",
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A live world with a Stripe, and a way to let time pass for what waits to be tried again."""

    world: World
    stripe: Stripe
    server: ApiServer

    async def connect(self, provider: Provider = Provider.STRIPE, **told: str) -> None:
        world = self.world
        read = read_connection(provider, told or {"apiKey": LIVE_KEY})
        async with world.database.work() as tx:
            await save_connection(
                tx, world.workspace_id, provider, provider.value, read, sealer=world.parts.sealer, now=real_now()
            )

    async def opt_out(self, email: str) -> None:
        async with self.world.database.work() as tx:
            contact = await find_contact_by_email(tx, self.world.workspace_id, parse_address(email).key)
            assert contact is not None
            await opt_out(tx, self.world.workspace_id, contact.id, now=real_now())

    async def disconnect(self) -> None:
        async with self.world.database.work() as tx:
            await delete_connection(tx, self.world.workspace_id, "stripe")

    async def die_while_it_answers(self) -> None:
        """Let the worker of what is due die when Stripe has done what it was asked for, and its lease run out."""
        self.server.script = [*self.server.script, Fault.STALL_AFTER]
        known = len(self.stripe.codes)
        await self.world.parts.running.once()
        await self.world.parts.carrying.once()
        await until(lambda: self._has_more_than(known), "Stripe has made the code")
        for task in asyncio.all_tasks():
            if "Carrying._carry" in repr(task.get_coro()):
                task.cancel()
        await self.world.parts.carrying.finish()
        async with self.world.database.work() as tx:
            await tx.run(_EXPIRE, self.world.workspace_id, real_now())

    async def _has_more_than(self, codes: int) -> bool:
        return len(self.stripe.codes) > codes

    async def carry_out(self) -> None:
        """Turn, and try everything that was asked for once."""
        await self.world.parts.running.once()
        async with self.world.database.work() as tx:
            await tx.run(_HURRY, self.world.workspace_id, real_now())
        await self.world.parts.carrying.once()
        await self.world.parts.carrying.finish()

    async def let_pass(self, time: timedelta) -> None:
        async with self.world.database.work() as tx:
            await tx.run(_LONG_AGO, self.world.workspace_id, real_now() - time)

    async def effects(self) -> list[Row]:
        async with self.world.database.work() as tx:
            return await tx.rows(_EFFECTS, self.world.workspace_id)

    async def discounts(self) -> list[Mapping[str, Json] | None]:
        async with self.world.database.work() as tx:
            return [row["discount"] for row in await tx.rows(_DISCOUNTS, self.world.workspace_id)]


@asynccontextmanager
async def a_shop(database: Database, url: str, *, private_webhooks: bool) -> AsyncIterator[Shop]:
    stripe = Stripe()
    async with (
        ApiServer(stripe) as server,
        a_world(
            database,
            url,
            mode=Mode.LIVE,
            stripe_api_base=server.url,
            private_webhooks=private_webhooks,
            smtp_url="smtp://127.0.0.1:9?starttls=never",
            sender=parse_mailbox("hello@example.com"),
        ) as world,
    ):
        yield Shop(world, stripe, server)


@pytest.fixture
async def unconnected(database: Database, database_url: str) -> AsyncIterator[Shop]:
    async with a_shop(database, database_url, private_webhooks=True) as shop:
        yield shop


@pytest.fixture
async def guarded(database: Database, database_url: str) -> AsyncIterator[Shop]:
    """One that may call nobody inside."""
    async with a_shop(database, database_url, private_webhooks=False) as shop:
        yield shop


@pytest.fixture
async def shop(unconnected: Shop) -> Shop:
    await unconnected.connect()
    return unconnected
