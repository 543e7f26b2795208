"""A real PostgreSQL for each test process, migrated once; each test has workspaces of its own in it."""

import os
from collections.abc import AsyncIterator

import pytest

from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import create_workspace
from dripline.database.embedded import EmbeddedServer
from dripline.database.migrating import migrate
from dripline.database.pool import Database
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId
from tests.makers.world import World, a_world


@pytest.fixture(scope="session")
async def database_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The owner's URL of a migrated database: DRIPLINE_TEST_DATABASE_URL, or one of the wheel."""
    if url := os.environ.get("DRIPLINE_TEST_DATABASE_URL"):
        await migrate(url)
        yield url
        return
    server = EmbeddedServer(tmp_path_factory.mktemp("postgresql"))
    running = await server.start()
    await migrate(running.owner_url)
    yield running.owner_url
    await server.stop()


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


async def a_workspace(database: Database, mode: Mode = Mode.TEST) -> Workspace:
    async with database.work() as tx:
        return await create_workspace(tx, name="a workspace", mode=mode, now=real_now())


@pytest.fixture
async def test_workspace(database: Database) -> Workspace:
    return await a_workspace(database)


@pytest.fixture
async def workspace(test_workspace: Workspace) -> WorkspaceId:
    return test_workspace.id


@pytest.fixture
async def world(database: Database, database_url: str) -> AsyncIterator[World]:
    async with a_world(database, database_url) as made:
        yield made
