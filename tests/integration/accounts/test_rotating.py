"""The master key is changed: everything that it had sealed is sealed with the new one."""

from dataclasses import replace

from dripline.accounts.connections.environment import Environment
from dripline.accounts.connections.model import Provider
from dripline.accounts.connections.reading import Told
from dripline.accounts.connections.store import find_connection, save_connection
from dripline.accounts.sealing import Sealer
from dripline.database.pool import Database
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId
from dripline.processes.resealing import reseal_all
from dripline.settings import Settings

BEFORE, AFTER = "the master key of before the change", "the master key of after the change"


async def test_after_the_rotation_the_former_key_is_not_needed(
    database: Database, database_url: str, workspace: WorkspaceId
) -> None:
    told = Told({}, {"apiKey": "sk_test_0123456789"})
    async with database.work() as tx:
        await save_connection(tx, workspace, Provider.STRIPE, "stripe", told, sealer=Sealer(BEFORE), now=real_now())
    settings = Settings(database_url=database_url, secret_key=AFTER, former_secret_keys=(BEFORE,))

    first, second = await reseal_all(settings), await reseal_all(replace(settings, former_secret_keys=()))

    async with database.work() as tx:
        found = await find_connection(tx, workspace, Provider.STRIPE, sealer=Sealer(AFTER), environment=Environment())
    assert found is not None
    assert found.secrets == told.secrets
    assert first.sealed >= 1
    assert second.sealed == 0
