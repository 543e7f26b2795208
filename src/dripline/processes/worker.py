"""The worker: turns, reactions, deliveries, jobs and sweeps in one process. Run as many as you like."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import SystemRandom

import structlog

from dripline.database.hints import Listener
from dripline.database.pool import Database
from dripline.database.presence import announce_worker
from dripline.delivery.delivering import Deliveries
from dripline.delivery.outcomes import RetryRule
from dripline.delivery.running import Delivering
from dripline.delivery.senders import Senders
from dripline.delivery.transports.contract import Transport
from dripline.delivery.transports.inbox import InboxTransport
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.delivery.writing import Writer
from dripline.durable.jobs import JobRunner
from dripline.durable.uploads import forget_uploads
from dripline.engine.carrying_over import PUBLISH_JOB, carry_over_page
from dripline.engine.enrolling_many import ENROLL_JOB, enroll_page
from dripline.engine.exiting import ARCHIVE_JOB, archive_page
from dripline.engine.importing import IMPORT_JOB, import_page
from dripline.engine.making_up import resume_page
from dripline.engine.resuming import RESUME_JOB
from dripline.engine.running import Reacting, Running
from dripline.engine.silence import Listening
from dripline.engine.sweeping import Sweeping
from dripline.engine.test_clock import ADVANCE_JOB, Agenda, Sweep
from dripline.engine.turn import Turns
from dripline.events.store import forget_keys
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Unprocessable
from dripline.kernel.relays import parse_relay
from dripline.processes.looping import Loop, run_in_loop
from dripline.segments.building import BUILD_JOB, CLEAN_JOB, build_page, clean_page
from dripline.settings import Settings
from dripline.templates.rendering.pool import Renderer

_log = structlog.get_logger()

_NAME = "dripline worker"
_POOL = 16
# Every part is woken by hints and by the others; a sweep finds what a lost hint was about.
_SWEEP_SECONDS = 1.0
# Boundaries of time pass people at most so late.
_BOUNDARY_SECONDS = 15.0
_HOUSEKEEPING_SECONDS = 600.0
_GRACE_SECONDS = 20.0
# A long import must not keep others from moving their test clock.
_JOBS_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of."""

    database: Database
    transports: dict[str, Transport]
    renderer: Renderer
    running: Running
    reacting: Reacting
    delivering: Delivering
    sweeps: tuple[Sweep, ...]
    jobs: JobRunner
    loops: tuple[Loop, ...]

    def wake(self) -> None:
        """Let every part look for work."""
        for loop in self.loops:
            loop.wake()


def run_worker(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT; then finish what is being handed over, and end."""
    run_in_loop(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with worker(settings) as parts:
        tasks = [asyncio.create_task(loop.run(), name=loop.name) for loop in parts.loops]
        listener = Listener(parts.database.url, lambda *_: parts.wake(), name=_NAME)
        tasks.append(asyncio.create_task(listener.run(announce_worker), name="listening"))
        _log.info("worker_started")
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        try:
            await asyncio.wait_for(parts.delivering.finish(), _GRACE_SECONDS)
        except TimeoutError:
            _log.warning("stopped_in_the_middle")
    _log.info("worker_stopped")


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[Parts]:
    """The parts of a worker, wired; let go of at the end."""
    if settings.database_url is None or settings.secret_key is None:
        raise Unprocessable("A worker needs DRIPLINE_DATABASE_URL and DRIPLINE_SECRET_KEY.")
    database = await Database.open(settings.database_url, size=_POOL, name=_NAME)
    transports = make_transports(settings, database)
    renderer = Renderer()
    try:
        yield _wire(settings, database, transports, renderer)
    finally:
        await renderer.close()
        for transport in transports.values():
            await transport.close()
        await database.close()


def make_transports(settings: Settings, database: Database) -> dict[str, Transport]:
    """The ways for mail to leave, by mode of workspace: the inbox for test, the relay, if there is one, for live."""
    transports: dict[str, Transport] = {"test": InboxTransport(database)}
    if settings.smtp_url is not None:
        transports["live"] = SmtpTransport(
            parse_relay(settings.smtp_url), connections=settings.smtp_connections, timeout=settings.smtp_timeout_seconds
        )
    return transports


def make_senders(settings: Settings) -> Senders:
    """Who mail is from."""
    return Senders(settings.sender, settings.smtp_url is not None)


def _wire(settings: Settings, database: Database, transports: dict[str, Transport], renderer: Renderer) -> Parts:
    lease = timedelta(seconds=settings.lease_seconds)
    links = UnsubscribeLinks(settings.secret_key or "", settings.public_url)
    turns = Turns(database, make_senders(settings))
    deliveries = Deliveries(
        database,
        Writer(renderer, links),
        transports,
        lease=lease,
        retry=RetryRule(timedelta(seconds=settings.smtp_retry_seconds), timedelta(hours=settings.smtp_retry_max_hours)),
        chance=SystemRandom(),
    )
    delivering = Delivering(
        database, deliveries, transports, settled=lambda: _wake(turn_loop, delivery_loop, react_loop)
    )
    running = Running(database, turns, queued=lambda: delivery_loop.wake())
    reacting = Reacting(database, reacted=lambda: turn_loop.wake())
    listening = Listening(database, begun=lambda: turn_loop.wake())
    sweeping = Sweeping(database, swept=lambda: react_loop.wake())
    sweeps = (listening, sweeping)
    agenda = Agenda(database, turns, deliveries, sweeps)
    pages = {
        ADVANCE_JOB: agenda.page,
        ARCHIVE_JOB: archive_page(database),
        BUILD_JOB: build_page(database),
        CLEAN_JOB: clean_page(database),
        ENROLL_JOB: enroll_page(database, begun=lambda: turn_loop.wake()),
        IMPORT_JOB: import_page(database, begun=lambda: turn_loop.wake()),
        PUBLISH_JOB: carry_over_page(database, begun=lambda: turn_loop.wake()),
        RESUME_JOB: resume_page(database, begun=lambda: turn_loop.wake()),
    }
    jobs = JobRunner(database, pages, lease=lease)
    turn_loop = Loop("turns", running.once, sweep_seconds=_SWEEP_SECONDS)
    react_loop = Loop("reactions", reacting.once, sweep_seconds=_SWEEP_SECONDS)
    delivery_loop = Loop("deliveries", delivering.once, sweep_seconds=_SWEEP_SECONDS)
    job_loops = [Loop("jobs", jobs.once, sweep_seconds=_SWEEP_SECONDS) for _ in range(_JOBS_AT_ONCE)]
    sweep_loop = Loop("sweep", delivering.sweep, sweep_seconds=min(_SWEEP_SECONDS, settings.lease_seconds / 2))
    house_loop = Loop("housekeeping", partial(_keep_house, database), sweep_seconds=_HOUSEKEEPING_SECONDS)
    silence_loop = Loop("silence", listening.once, sweep_seconds=_BOUNDARY_SECONDS)
    segment_loop = Loop("segments", sweeping.once, sweep_seconds=_BOUNDARY_SECONDS)
    loops = (turn_loop, react_loop, delivery_loop, *job_loops, sweep_loop, silence_loop, segment_loop, house_loop)
    return Parts(database, transports, renderer, running, reacting, delivering, sweeps, jobs, loops)


async def _keep_house(database: Database) -> None:
    """Throw away what nobody needs any more."""
    async with database.work() as tx:
        await forget_keys(tx, now=real_now())
        await forget_uploads(tx, now=real_now())


def _wake(*loops: Loop) -> None:
    for loop in loops:
        loop.wake()
