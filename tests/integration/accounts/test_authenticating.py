import asyncio

import pytest

from dripline.accounts.authenticating import Authenticator
from dripline.accounts.keys import add_key, make_key, revoke_key
from dripline.accounts.model import Workspace
from dripline.database.pool import Database
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Unauthorised

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


async def test_a_key_of_a_former_master_key_stays_good(database: Database, test_workspace: Workspace, key: str) -> None:
    authenticator = Authenticator(database, "another secret of ours", ["one between", SECRET])

    assert await authenticator.authenticate(key) == test_workspace


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


async def test_an_answer_is_remembered_for_a_second(database: Database, key: str) -> None:
    seconds = 100.0
    authenticator = Authenticator(database, SECRET, seconds=lambda: seconds)
    first = await authenticator.authenticate(key)

    seconds = 100.9
    second = await authenticator.authenticate(key)
    seconds = 101.1
    third = await authenticator.authenticate(key)

    assert first is second
    assert first is not third


async def test_only_one_asks_again_while_the_others_go_on(database: Database, key: str) -> None:
    seconds = 100.0
    authenticator = Authenticator(database, SECRET, seconds=lambda: seconds)
    old = await authenticator.authenticate(key)

    seconds = 101.5
    asking, meanwhile = await asyncio.gather(authenticator.authenticate(key), authenticator.authenticate(key))

    assert asking is not old
    assert meanwhile is old


async def test_nobody_goes_on_with_an_answer_that_is_too_old(database: Database, key: str) -> None:
    seconds = 100.0
    authenticator = Authenticator(database, SECRET, seconds=lambda: seconds)
    old = await authenticator.authenticate(key)

    seconds = 101.95
    answers = await asyncio.gather(*(authenticator.authenticate(key) for _ in range(3)))

    assert answers[0] is answers[1] is answers[2]
    assert answers[0] is not old
