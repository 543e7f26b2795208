"""The first start needs a database without workspaces, so these tests have a server of their own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from dripline.accounts.authenticating import Authenticator
from dripline.accounts.bootstrapping import BootstrapKeys, bootstrap
from dripline.accounts.model import Mode
from dripline.accounts.workspaces import list_workspaces
from dripline.database.embedded import EmbeddedServer
from dripline.database.migrating import migrate
from dripline.database.pool import Database, connect
from dripline.kernel.errors import Invalid
from dripline.settings import Settings

SECRET = "a secret of the installation"
SETTINGS = Settings(secret_key=SECRET)


@pytest.fixture(scope="module")
async def own_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    server = EmbeddedServer(tmp_path_factory.mktemp("first-start"))
    running = await server.start()
    await migrate(running.owner_url)
    yield running.owner_url
    await server.stop()


@pytest.fixture
async def empty(own_server: str) -> AsyncIterator[Database]:
    """A database without workspaces."""
    connection = await connect(own_server)
    await connection.execute("TRUNCATE workspace, api_key")
    await connection.close()
    database = await Database.open(own_server)
    yield database
    await database.close()


async def test_the_first_start_makes_a_test_and_a_live_workspace(empty: Database) -> None:
    keys = await bootstrap(empty, SETTINGS)

    assert keys is not None
    authenticator = Authenticator(empty, SECRET)
    test, live = await authenticator.authenticate(keys.test), await authenticator.authenticate(keys.live)
    assert (test.name, test.mode, test.frozen_at) == ("Test", Mode.TEST, None)
    assert (live.name, live.mode, live.frozen_at) == ("Live", Mode.LIVE, None)


async def test_the_settings_can_give_the_keys(empty: Database) -> None:
    settings = replace(SETTINGS, bootstrap_test_key="a-test-key-of-ours", bootstrap_live_key="a-live-key-of-ours")

    keys = await bootstrap(empty, settings)

    assert keys == BootstrapKeys(test="a-test-key-of-ours", live="a-live-key-of-ours")
    assert (await Authenticator(empty, SECRET).authenticate("a-live-key-of-ours")).mode is Mode.LIVE


async def test_a_later_start_changes_nothing(empty: Database) -> None:
    await bootstrap(empty, SETTINGS)

    again = await bootstrap(empty, SETTINGS)

    assert again is None
    async with empty.work() as tx:
        assert len(await list_workspaces(tx)) == 2


async def test_two_first_starts_at_once_make_the_workspaces_once(empty: Database) -> None:
    outcomes = await asyncio.gather(*(bootstrap(empty, SETTINGS) for _ in range(4)))

    assert sum(keys is not None for keys in outcomes) == 1
    async with empty.work() as tx:
        assert len(await list_workspaces(tx)) == 2


async def test_a_first_start_without_a_master_key_is_refused(empty: Database) -> None:
    with pytest.raises(Invalid, match="DRIPLINE_SECRET_KEY"):
        await bootstrap(empty, Settings())
