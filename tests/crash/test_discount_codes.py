"""Workers that are killed while they make codes: everybody gets one, and nobody two."""

from pathlib import Path

import pytest

from dripline.accounts.connections.model import Provider
from dripline.accounts.connections.reading import read_connection
from dripline.accounts.connections.store import save_connection
from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import real_now
from tests.makers.api_server import ApiServer
from tests.makers.processes import a_worker, environ_of
from tests.makers.stripe import LIVE_KEY, Stripe
from tests.makers.waiting import until
from tests.makers.world import a_world

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

PEOPLE = 60
KILLS = 6
ONE_CODE = """
trigger: {api: true}
steps:
  - {action: discount, id: code, percentOff: 20, codePrefix: WINBACK, lockToSubscriber: true}
  - {action: delay, id: pause, duration: 30d}
"""
_CODES = Query(
    "codes",
    "Gives the codes of runs that have gone on.",
    "SELECT discount->>'code' AS code FROM enrollment WHERE workspace_id = $1 AND step = 'pause'",
)


async def test_everybody_has_one_code_wherever_workers_are_killed(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    stripe = Stripe()
    async with (
        ApiServer(stripe) as server,
        a_world(
            database,
            database_url,
            mode=Mode.LIVE,
            stripe_api_base=server.url,
            smtp_url="smtp://127.0.0.1:9?starttls=never",
            sender=parse_mailbox("hello@example.com"),
        ) as world,
    ):
        told = read_connection(Provider.STRIPE, {"apiKey": LIVE_KEY})
        async with database.work() as tx:
            sealer, now = world.parts.sealer, real_now()
            await save_connection(tx, world.workspace_id, Provider.STRIPE, "stripe", told, sealer=sealer, now=now)
        await world.sequence(ONE_CODE)
        await world.enroll("a-sequence", *(f"p{number}@example.com" for number in range(PEOPLE)))
        environ = {**environ_of(database_url, port=9), "DRIPLINE_STRIPE_API_BASE": server.url}

        for kill in range(1, KILLS + 1):
            async with a_worker(environ, tmp_path / f"{kill}.log") as worker:
                asked = len(server.asked)

                async def has_asked(more: int = asked + 5 * kill) -> bool:
                    return len(server.asked) >= more or len(stripe.codes) == PEOPLE

                await until(has_asked, "the worker has asked for some codes", seconds=60)
                worker.kill()
                await worker.wait()
        async with a_worker(environ, tmp_path / "last.log"):

            async def have_codes() -> bool:
                async with database.work() as tx:
                    return len(await tx.rows(_CODES, world.workspace_id)) == PEOPLE

            await until(have_codes, "everybody has a code", seconds=120)

        async with database.work() as tx:
            given = sorted(row["code"] for row in await tx.rows(_CODES, world.workspace_id))
    assert given == sorted(code["code"] for code in stripe.codes)
    assert (len(set(given)), len(stripe.coupons), len(stripe.customers)) == (PEOPLE, 1, PEOPLE)
