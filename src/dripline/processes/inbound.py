"""The listener for mail that comes back, as a process of its own."""

import asyncio
import signal

import structlog

from dripline.database.pool import Database
from dripline.delivery.feedback.listening import Listener, Place
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.kernel.errors import Refused, Unprocessable
from dripline.processes.feedback import make_finder
from dripline.processes.looping import run_in_loop
from dripline.settings import Settings

_log = structlog.get_logger()

_NAME = "dripline inbound"
_POOL = 4


def run_inbound(settings: Settings) -> None:
    """Take mail in until SIGTERM or SIGINT."""
    run_in_loop(_run(settings))


def make_place(settings: Settings) -> Place:
    """Where to listen, and for whom.

    Raises:
        Unprocessable: the settings name no port.
    """
    if settings.inbound_port is None:
        raise Unprocessable("The listener needs DRIPLINE_INBOUND_PORT, such as 25.")
    return Place(
        settings.inbound_host,
        settings.inbound_port,
        lmtp=settings.inbound_lmtp,
        hostname=settings.bounce_host or "localhost",
        addresses=settings.inbound_addresses,
        most_bytes=settings.inbound_max_bytes,
    )


async def _run(settings: Settings) -> None:
    if settings.database_url is None or settings.secret_key is None:
        raise Unprocessable("The listener needs DRIPLINE_DATABASE_URL and DRIPLINE_SECRET_KEY.")
    place, stop = make_place(settings), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = await Database.open(settings.database_url, size=_POOL, name=_NAME)
    links = UnsubscribeLinks(settings.secret_key, settings.public_url, settings.former_secret_keys)
    try:
        server = await Listener(database, make_finder(settings, links), place).start()
    except OSError as error:
        await database.close()
        raise Refused(f"Nothing can listen on {place.host} port {place.port}: {error.strerror}.") from None
    _log.info("inbound_started", host=place.host, port=place.port)
    await stop.wait()
    server.close()
    await database.close()
    _log.info("inbound_stopped")
