"""The first start: one test and one live workspace, each with a key."""

from dataclasses import dataclass
from datetime import datetime

from dripline.accounts import store
from dripline.accounts.keys import add_key, make_key
from dripline.accounts.model import Mode
from dripline.accounts.workspaces import create_workspace
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Invalid
from dripline.settings import Settings

# Any number will do, as long as it stays the same: it makes two first starts at once wait for each other.
_LOCK = 7_305_116_003


@dataclass(frozen=True, slots=True)
class BootstrapKeys:
    """The keys of the two workspaces, to be shown once."""

    test: str
    live: str


async def bootstrap(database: Database, settings: Settings) -> BootstrapKeys | None:
    """Make the two workspaces and give their keys; None, and nothing done, when there are workspaces already.

    Keys come from the settings, else they are made here. Processes that start together make them once.

    Raises:
        Invalid: the settings have no secret key.
    """
    if settings.secret_key is None:
        raise Invalid.at("DRIPLINE_SECRET_KEY", "is not set", expected="at least 16 characters")
    secret, now = settings.secret_key, real_now()
    keys = BootstrapKeys(
        settings.bootstrap_test_key or make_key("dl_test_"), settings.bootstrap_live_key or make_key("dl_live_")
    )
    async with database.work() as tx:
        await store.lock_first_start(tx, _LOCK)
        if await store.any_workspace(tx):
            return None
        await _workspace_with_key(tx, Mode.TEST, keys.test, secret=secret, now=now)
        await _workspace_with_key(tx, Mode.LIVE, keys.live, secret=secret, now=now)
    return keys


async def _workspace_with_key(tx: Tx, mode: Mode, key: str, *, secret: str, now: datetime) -> None:
    name = mode.value.capitalize()
    workspace = await create_workspace(tx, name=name, mode=mode, now=now, uses_environment=True)
    await add_key(tx, workspace.id, key, secret=secret, now=now)
