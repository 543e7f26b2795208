"""The worker: turns, reactions, deliveries, jobs and sweeps in one process. Run as many as you like."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from dripline.database.hints import Listener
from dripline.database.pool import Database
from dripline.database.presence import announce_worker
from dripline.delivery.carriers import Carriers
from dripline.delivery.transports.contract import Transport
from dripline.delivery.transports.inbox import InboxTransport
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.kernel.errors import Unprocessable
from dripline.kernel.relays import parse_relay
from dripline.processes.connecting import make_connect, make_sealer
from dripline.processes.looping import run_in_loop, settle_in
from dripline.processes.parts import Parts
from dripline.processes.wiring import wire
from dripline.settings import Settings
from dripline.templates.rendering.pool import Renderer

_log = structlog.get_logger()

_NAME = "dripline worker"
_POOL = 16
_GRACE_SECONDS = 20.0


def run_worker(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT; then finish what is being handed over, and end."""
    run_in_loop(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with worker(settings) as parts:
        settle_in()
        tasks = parts.loops.start()
        listener = Listener(parts.database.url, lambda hint, _: parts.loops.hear(hint), name=_NAME)
        tasks.append(asyncio.create_task(listener.run(announce_worker), name="listening"))
        _log.info("worker_started")
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await parts.finish()
        except TimeoutError:
            _log.warning("stopped_in_the_middle")
    _log.info("worker_stopped")


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[Parts]:
    """The parts of a worker, wired; let go of at the end."""
    if settings.database_url is None or settings.secret_key is None:
        raise Unprocessable("A worker needs DRIPLINE_DATABASE_URL and DRIPLINE_SECRET_KEY.")
    database = await Database.open(settings.database_url, size=_POOL, name=_NAME)
    carriers = make_carriers(settings, database)
    # The second one is for what somebody waits for. Its child starts with the first such mail.
    renderer, urgent = Renderer(), Renderer()
    closing = AsyncExitStack()
    try:
        yield wire(settings, database, carriers, renderer, urgent, closing)
    finally:
        await closing.aclose()
        await renderer.close()
        await urgent.close()
        await carriers.close()
        await database.close()


def make_transports(settings: Settings, database: Database) -> dict[str, Transport]:
    """The ways for mail to leave, by mode of workspace: the inbox for test, the relay, if there is one, for live."""
    transports: dict[str, Transport] = {"test": InboxTransport(database)}
    if settings.smtp_url is not None:
        transports["live"] = SmtpTransport(
            parse_relay(settings.smtp_url), connections=settings.smtp_connections, timeout=settings.smtp_timeout_seconds
        )
    return transports


def make_carriers(settings: Settings, database: Database) -> Carriers:
    """The ways for mail to leave: the connections of each workspace, else those of its mode."""
    return Carriers(make_transports(settings, database), database, make_sealer(settings), make_connect(settings))
