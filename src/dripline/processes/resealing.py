"""Sealing everything anew with the current secret key. Whoever keeps sealed bytes has a page function here."""

from dataclasses import dataclass

from dripline.accounts.connections import store as connections
from dripline.accounts.resealing import BEGINNING, Place, ResealPage
from dripline.database.pool import Database
from dripline.delivery.domains import store as domains
from dripline.delivery.webhooks import store as webhooks
from dripline.processes.connecting import make_sealer
from dripline.settings import Settings

_PAGES: tuple[ResealPage, ...] = (connections.reseal, domains.reseal, webhooks.reseal)


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets were sealed anew, and how many were sealed with a key that is not known."""

    sealed: int
    unreadable: int


async def reseal_all(settings: Settings) -> Rotated:
    """Seal with the current key what a former one has sealed. Safe to repeat, and while others run.

    Raises:
        Unavailable: the database cannot be reached.
    """
    assert settings.database_url is not None
    sealer = make_sealer(settings)
    database = await Database.open(settings.database_url, size=1, name="dripline rotate-secrets")
    sealed = unreadable = 0
    try:
        for page in _PAGES:
            place: Place | None = BEGINNING
            while place is not None:
                async with database.work() as tx:
                    done = await page(tx, sealer, place)
                sealed, unreadable, place = sealed + done.sealed, unreadable + done.unreadable, done.behind
    finally:
        await database.close()
    return Rotated(sealed, unreadable)
