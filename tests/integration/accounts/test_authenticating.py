from datetime import UTC, datetime

import pytest

from dripline.accounts.authenticating import Authenticator
from dripline.accounts.keys import add_key, make_key, revoke_key
from dripline.accounts.model import Mode, Workspace
from dripline.database.pool import Database
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Unauthorised
from tests.integration.conftest import a_workspace

SECRET = "a secret of the installation"


@pytest.fixture
async def key(database: Database, test_workspace: Workspace) -> str:
    return await a_key(database, test_workspace)


async def a_key(database: Database, workspace: Workspace) -> str:
    key = make_key("dl_test_")
    async with database.work() as tx:
        await add_key(tx, workspace.id, key, secret=SECRET, now=real_now())
    return key


async def revoke(database: Database, workspace: Workspace, key: str) -> None:
    async with database.work() as tx:
        assert await revoke_key(tx, workspace.id, key, secret=SECRET, now=real_now())


async def test_a_key_opens_its_workspace(database: Database, test_workspace: Workspace, key: str) -> None:
    assert await Authenticator(database, SECRET).authenticate(key) == test_workspace


async def test_an_unknown_key_opens_nothing(database: Database) -> None:
    with pytest.raises(Unauthorised):
        await Authenticator(database, SECRET).authenticate("dl_test_nobody")


async def test_a_key_needs_the_same_master_key(database: Database, key: str) -> None:
    with pytest.raises(Unauthorised):
        await Authenticator(database, "another secret of others").authenticate(key)


async def test_a_revoked_key_opens_nothing(database: Database, test_workspace: Workspace, key: str) -> None:
    await revoke(database, test_workspace, key)

    with pytest.raises(Unauthorised):
        await Authenticator(database, SECRET).authenticate(key)


async def test_a_revocation_is_seen_within_two_seconds(database: Database, test_workspace: Workspace, key: str) -> None:
    seconds = 100.0
    authenticator = Authenticator(database, SECRET, seconds=lambda: seconds)
    await authenticator.authenticate(key)
    await revoke(database, test_workspace, key)

    seconds = 102.0

    with pytest.raises(Unauthorised):
        await authenticator.authenticate(key)


async def test_the_clock_of_a_test_workspace_is_read_each_time(
    database: Database, test_workspace: Workspace, key: str
) -> None:
    authenticator = Authenticator(database, SECRET)
    await authenticator.authenticate(key)
    frozen = datetime(2026, 3, 1, 12, tzinfo=UTC)

    async with database.front_door(test_workspace.id) as tx:
        await tx._connection.execute("UPDATE workspace SET frozen_at = $1", frozen)

    assert (await authenticator.authenticate(key)).frozen_at == frozen


async def test_a_live_workspace_is_remembered(database: Database) -> None:
    workspace = await a_workspace(database, Mode.LIVE)
    key = await a_key(database, workspace)
    authenticator = Authenticator(database, SECRET)

    first, second = await authenticator.authenticate(key), await authenticator.authenticate(key)

    assert first is second
