"""Front doors with a login of their own, which owns nothing: everything they do works, and nothing else."""

from pathlib import Path

import asyncpg
import httpx

from dripline.accounts.bootstrapping import bootstrap
from dripline.api.app import create_app
from dripline.database.embedded import EmbeddedServer
from dripline.database.migrating import migrate
from dripline.database.pool import Database
from dripline.processes.api import services
from dripline.settings import Settings
from tests.makers.world import SECRET


async def a_login(superuser_url: str) -> None:
    connection = await asyncpg.connect(superuser_url)
    await connection.execute("CREATE ROLE app_login LOGIN PASSWORD 'app' IN ROLE dripline_app")
    await connection.close()


async def test_a_front_door_works_with_a_login_that_owns_nothing(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as running:
        await a_login(running.superuser_url)
        await migrate(running.owner_url)
        owner = await Database.open(running.owner_url)
        _, rest = running.owner_url.split("@", 1)
        settings = Settings(
            database_url=running.owner_url, app_database_url=f"postgresql://app_login:app@{rest}", secret_key=SECRET
        )
        keys = await bootstrap(owner, settings)
        assert keys is not None
        async with services(settings) as made:
            transport = httpx.ASGITransport(create_app(made))  # type: ignore[arg-type]
            headers = {"Authorization": f"Bearer {keys.test}"}
            async with httpx.AsyncClient(transport=transport, base_url="http://dripline", headers=headers) as client:
                tracked = await client.post("/api/events", json={"email": "ann@example.com", "event": "signed.up"})
                contacts = await client.get("/api/contacts")
                advanced = await client.get("/api/test-clock")
        await owner.close()

    assert (tracked.status_code, contacts.status_code, advanced.status_code) == (201, 200, 200)
    assert [contact["email"] for contact in contacts.json()["data"]] == ["ann@example.com"]
