"""The API as a process: the application, what its routes need, and a server around it. Run as many as you like."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn

from dripline.accounts.authenticating import Authenticator
from dripline.accounts.connections.environment import environment_of
from dripline.api.app import create_app
from dripline.api.health import Health
from dripline.api.services import Services
from dripline.database.hints import Hints
from dripline.database.pool import Database
from dripline.delivery.calls.signing import signing_secret
from dripline.delivery.discounts.providing import Providers
from dripline.delivery.feedback.doors import reporters
from dripline.delivery.tracking.links import TrackingLinks
from dripline.delivery.tracking.recording import Incoming, Recorder
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.durable.spool import Spool
from dripline.engine.audience.wishes import Wish, Wishes
from dripline.engine.facts.tracking import Ingest
from dripline.kernel.errors import Unprocessable
from dripline.processes.connecting import make_checkers, make_reach, make_sealer
from dripline.processes.domains import make_dns, make_place, make_senders
from dripline.processes.feedback import fetch, make_doors
from dripline.processes.looping import Loop, run_in_loop, settle_in
from dripline.settings import Settings
from dripline.templates.rendering.pool import Renderer

_NAME = "dripline api"
_POOL = 12
_GRACE_SECONDS = 10
_REPLAY_SECONDS = 1.0
# Connections that wait to be accepted while every other one is served.
_BACKLOG = 2048


def run_api(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then answer what was asked, and end."""
    run_in_loop(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with services(settings) as made:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(made),
                host=settings.host,
                port=settings.port,
                http="httptools",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                backlog=_BACKLOG,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        settle_in()
        await server.serve()


@asynccontextmanager
async def services(settings: Settings) -> AsyncIterator[Services]:
    """What the routes need, wired; let go of at the end."""
    if settings.database_url is None or settings.secret_key is None:
        raise Unprocessable("The API needs DRIPLINE_DATABASE_URL and DRIPLINE_SECRET_KEY.")
    database = await Database.open(settings.database_url, size=_POOL, name=_NAME, app_url=settings.app_database_url)
    hints = Hints(database)
    renderer = Renderer()
    recorder = Recorder(database, Spool(settings.data_dir / "hits", Incoming))
    wishes = Wishes(database, Spool(settings.data_dir / "unsubscribes", Wish))
    replaying = [
        asyncio.create_task(Loop(name, once, sweep_seconds=_REPLAY_SECONDS).run())
        for name, once in (("hits on disk", recorder.replay), ("unsubscribes on disk", wishes.replay))
    ]
    try:
        yield Services(
            database=database,
            authenticator=Authenticator(database, settings.secret_key, settings.former_secret_keys),
            health=Health(settings.database_url),
            hints=hints,
            ingest=Ingest(database, hints),
            links=UnsubscribeLinks(settings.secret_key, settings.public_url, settings.former_secret_keys),
            tracking=TrackingLinks(settings.secret_key, settings.public_url, settings.former_secret_keys),
            recorder=recorder,
            wishes=wishes,
            renderer=renderer,
            senders=make_senders(settings),
            providers=Providers(make_sealer(settings), environment_of(settings)),
            signing_secret=partial(signing_secret, settings.secret_key),
            sealer=make_sealer(settings),
            environment=environment_of(settings),
            place=make_place(settings),
            dns=make_dns(settings),
            checkers=make_checkers(make_reach(settings)),
            doors=make_doors(settings),
            reporters=reporters(fetch),
        )
    finally:
        for task in replaying:
            task.cancel()
        await asyncio.wait(replaying)
        await renderer.close()
        await database.close()
