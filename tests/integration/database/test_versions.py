"""The flow on the oldest PostgreSQL that the wheel brings; an older one by DRIPLINE_TEST_DATABASE_URL."""

from datetime import timedelta
from pathlib import Path

from dripline.database.embedded import EmbeddedServer
from dripline.database.migrating import migrate, migrations
from dripline.database.pool import Database
from tests.makers.published import PURCHASE
from tests.makers.world import a_world


async def test_a_sequence_runs_on_postgresql_16(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path, major=16)
    running = await server.start()
    try:
        applied = await migrate(running.owner_url)
        again = await migrate(running.owner_url)
        database = await Database.open(running.owner_url)
        async with a_world(database, running.owner_url) as world:
            await world.sequence(PURCHASE, templates=("order-confirmation", "review-request"))
            await world.advance("0m")
            start = await world.now()
            await world.track("alice@example.com", "purchase.completed", {"orderId": "ORD-12345"})
            await world.advance("4d")
            mailed = await world.mailed("alice@example.com", since=start)
        await database.close()
    finally:
        await server.stop()

    assert (applied, again) == ([each.name for each in migrations()], [])
    assert mailed == [("order-confirmation", timedelta()), ("review-request", timedelta(days=3))]
