"""A hand-off whose lease ran out meanwhile, against the sweep that takes its mail away: every order of statements."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import product
from pathlib import Path
from random import Random

from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.database.queries import Query, queries
from dripline.delivery import outbox
from dripline.delivery.delivering import Deliveries
from dripline.delivery.outcomes import RetryRule
from dripline.delivery.recovering import free_expired
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.delivery.writing import Writer
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import real_now
from tests.makers.smtp_server import SmtpServer
from tests.makers.stepping import actors, play
from tests.makers.world import SECRET, World, a_world

HOUR = timedelta(hours=1)
ALL = 16
"""More than either has statements."""
ONE_MAIL = "trigger: { event: trial.started }\nsteps: [ { action: email, id: welcome, template: a-mail } ]"
START, RENEW = (queries("dripline.delivery")[name] for name in ("start_handing", "renew"))
TOKEN = Query("token", "Gives the lease.", "SELECT lease_token FROM outbox WHERE workspace_id = $1")
Act = Callable[[Database], Awaitable[object]]


@asynccontextmanager
async def a_live_world(database: Database, url: str, server: SmtpServer) -> AsyncIterator[World]:
    smtp_url = f"smtp://127.0.0.1:{server.port}?starttls=never"
    sender = parse_mailbox("hello@example.com")
    async with a_world(database, url, mode=Mode.LIVE, smtp_url=smtp_url, sender=sender) as world:
        await world.sequence(ONE_MAIL, templates=("a-mail",))
        yield world


async def a_hand_off(world: World) -> Act:
    async with world.database.work() as tx:
        lanes = await outbox.lanes(tx, [world.workspace_id])
    writer = Writer(world.parts.renderer, UnsubscribeLinks(SECRET, world.settings.public_url))

    async def act(database: Database) -> None:
        retry = RetryRule(HOUR, HOUR)
        deliveries = Deliveries(
            database,
            writer,
            world.parts.carriers,
            world.parts.domains,
            lease=timedelta(minutes=1),
            retry=retry,
            chance=Random(0),
        )
        for lane in lanes:
            await deliveries.run(lane, limit=10, now=real_now())

    return act


def a_sweep(world: World) -> Act:
    """The sweep of a worker by whose clock every lease has run out."""

    async def act(database: Database) -> None:
        await free_expired(database, world.parts.carriers, now=real_now() + HOUR)

    return act


async def test_a_mail_is_never_handed_over_by_two_workers(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with SmtpServer(tmp_path / "taken") as server, a_live_world(database, database_url, server) as world:
        for before, between in product(range(3, 9), range(0, 10, 2)):
            await world.track(f"ok+{before}-{between}@example.test", "trial.started")
            await world.parts.running.once()

            async with actors(database_url) as (hand_off, sweep):
                hand_off.begin(await a_hand_off(world))
                sweep.begin(a_sweep(world))
                # The sweep has just read whose leases ran out when the hand-off goes on.
                schedule = [hand_off] * before + [sweep] * 3 + [hand_off] * between + [sweep] * ALL
                await play(schedule, [hand_off, sweep])
            await (await a_hand_off(world))(world.parts.database)

        ledger = Counter(message.status for message in await world.messages())
        copies = Counter(letter["recipient"] for letter in server.taken())
    assert set(copies.values()) == {1}
    assert set(ledger) == {"sent", "in_doubt"}
    assert ledger.total() == len(copies) == 30


async def test_a_renewal_never_waits_for_the_hand_off_it_is_for(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with SmtpServer(tmp_path / "taken") as server, a_live_world(database, database_url, server) as world:
        await world.track("ok@example.test", "trial.started")
        await world.parts.running.once()

        async with actors(database_url, 1) as [hand_off]:
            hand_off.begin(await a_hand_off(world))
            while hand_off.time_of("answered", START.text) is None:
                await hand_off.step()
            async with database.work() as tx:
                token = await tx.value(TOKEN, world.workspace_id)
                renewed = await tx.run(RENEW, world.workspace_id, token, real_now() + HOUR)
            await play([], [hand_off])

    assert (renewed, len(server.taken())) == (0, 1)
