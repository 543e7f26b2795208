"""API keys, as the operator of an installation makes, sees and ends them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dripline.accounts.keys import PREFIXES, KnownKey, add_key, list_keys, make_key, revoke_key
from dripline.accounts.model import Mode
from dripline.accounts.workspaces import list_workspaces
from dripline.database.pool import Database
from dripline.kernel.clock import real_now
from dripline.kernel.errors import NotFound, Refused
from dripline.settings import Settings


async def new_key(settings: Settings, *, mode: Mode | None, prefix: str | None) -> str:
    """A new key to the workspace of a mode (test, where neither the mode nor the prefix says another).

    Raises:
        Refused: keys do not begin so, or not those of that mode.
        NotFound: there is no such workspace: the product was never started.
    """
    mode = _mode_of(mode, prefix)
    key = make_key(prefix or f"dl_{mode}_")
    async with _database(settings) as database, database.work() as tx:
        workspace = next((each for each in await list_workspaces(tx) if each.mode is mode), None)
        if workspace is None:
            raise NotFound(f"There is no {mode} workspace: start the product once before.")
        await add_key(tx, workspace.id, key, secret=_secret(settings), now=real_now())
    return key


async def known_keys(settings: Settings) -> list[KnownKey]:
    """What is kept of every key."""
    async with _database(settings) as database, database.work() as tx:
        return await list_keys(tx)


async def end_key(settings: Settings, key: str) -> None:
    """Revoke a key: it is refused everywhere within two seconds.

    Raises:
        NotFound: it opens nothing.
    """
    secrets = (_secret(settings), *settings.former_secret_keys)
    async with _database(settings) as database, database.work() as tx:
        for workspace in await list_workspaces(tx):
            for secret in secrets:
                if await revoke_key(tx, workspace.id, key, secret=secret, now=real_now()):
                    return
    raise NotFound("This key opens nothing: it is unknown, or was revoked before.")


def _mode_of(mode: Mode | None, prefix: str | None) -> Mode:
    if prefix is None:
        return mode or Mode.TEST
    if prefix not in PREFIXES:
        raise Refused(f"Keys begin with {', '.join(PREFIXES)}; not with {prefix[:20]!r}.")
    own = PREFIXES[prefix]
    if own is not None and mode not in (None, own):
        raise Refused(f"A key that begins with {prefix} opens the {own} workspace.")
    return own or mode or Mode.TEST


def _secret(settings: Settings) -> str:
    assert settings.secret_key is not None
    return settings.secret_key


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    assert settings.database_url is not None
    database = await Database.open(settings.database_url, size=1, name="dripline key")
    try:
        yield database
    finally:
        await database.close()
