"""The application on a real database, spoken to over ASGI; every test has a workspace and a key of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn

from dripline.accounts.authenticating import Authenticator
from dripline.accounts.connections.environment import Environment
from dripline.accounts.keys import add_key, make_key
from dripline.accounts.model import Mode, Workspace
from dripline.accounts.sealing import Sealer
from dripline.api.app import Application, create_app
from dripline.api.health import Health
from dripline.api.services import Services
from dripline.authoring.cleaning.answering import blocks_page, templates_page
from dripline.authoring.cleaning.requesting import BLOCKS_JOB, TEMPLATES_JOB
from dripline.authoring.models.endpoint import Access
from dripline.authoring.revising.answering import rewrite_page, subjects_page
from dripline.authoring.revising.requesting import REWRITE_JOB, SUBJECTS_JOB
from dripline.database.hints import Hints
from dripline.database.pool import Database
from dripline.delivery.calls.signing import signing_secret
from dripline.delivery.discounts.providing import Providers
from dripline.delivery.domains.records import Place
from dripline.delivery.feedback.doors import ReportingDoors, reporters
from dripline.delivery.senders import Senders
from dripline.delivery.tracking.links import TrackingLinks
from dripline.delivery.tracking.recording import Incoming, Recorder
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.durable.jobs import JobRunner
from dripline.durable.spool import Spool
from dripline.engine.audience.wishes import Wish, Wishes
from dripline.engine.facts.tracking import Ingest
from dripline.kernel.clock import real_now
from dripline.processes.connecting import make_checkers
from dripline.settings import Settings
from dripline.templates.rendering.pool import Renderer
from tests.integration.conftest import a_workspace
from tests.makers.dns import Names
from tests.makers.models import impatient
from tests.makers.work import at_work

SECRET = "a secret of the installation"
NAMES = Names()
"""What the DNS says to the API. Every test has domains of its own in it."""


async def no_certificate(url: str) -> bytes:
    """Nothing can be fetched here."""
    raise OSError(url)


@pytest.fixture(scope="session")
async def services(
    database: Database, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Services]:
    hints, renderer = Hints(database), Renderer()
    yield Services(
        database=database,
        authenticator=Authenticator(database, SECRET),
        health=Health(database_url),
        hints=hints,
        ingest=Ingest(database, hints),
        links=UnsubscribeLinks(SECRET, "http://dripline"),
        tracking=TrackingLinks(SECRET, "http://dripline"),
        recorder=Recorder(database, Spool(tmp_path_factory.mktemp("hits"), Incoming)),
        wishes=Wishes(database, Spool(tmp_path_factory.mktemp("unsubscribes"), Wish)),
        renderer=renderer,
        senders=Senders(default=None, has_transport=False),
        providers=Providers(Sealer(SECRET), Environment()),
        signing_secret=partial(signing_secret, SECRET),
        sealer=Sealer(SECRET),
        environment=Environment(),
        place=Place(("include:amazonses.com",), "in.example.net", "mail.example.net"),
        dns=NAMES,
        checkers=make_checkers(),
        doors=ReportingDoors(SECRET, "http://dripline"),
        reporters=reporters(no_certificate),
    )
    await renderer.close()


@pytest.fixture(scope="session")
async def app(services: Services) -> Application:
    return create_app(services)


async def a_key(database: Database, workspace: Workspace) -> str:
    key = make_key("dl_test_" if workspace.mode is Mode.TEST else "dl_live_")
    async with database.work() as tx:
        await add_key(tx, workspace.id, key, secret=SECRET, now=real_now())
    return key


def a_client(app: Application, key: str | None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two ways to write down the same protocol
    return httpx.AsyncClient(transport=transport, base_url="http://dripline", headers=headers)


@pytest.fixture
async def client(app: Application, database: Database, test_workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(app, await a_key(database, test_workspace)) as client:
        yield client


@pytest.fixture
async def other_client(app: Application, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another workspace."""
    async with a_client(app, await a_key(database, await a_workspace(database))) as client:
        yield client


@pytest.fixture
async def live_client(app: Application, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(app, await a_key(database, await a_workspace(database, Mode.LIVE))) as client:
        yield client


@pytest.fixture
async def stranger(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with a_client(app, None) as client:
        yield client


def a_worker(database_url: str) -> AbstractAsyncContextManager[object]:
    """A worker in this process. It does not announce itself: tests of health decide about that."""
    return at_work(Settings(database_url=database_url, secret_key=SECRET, public_url="http://dripline"))


@pytest.fixture
async def working(database_url: str) -> AsyncIterator[None]:
    async with a_worker(database_url):
        yield


@pytest.fixture(scope="session")
async def address(app: Application) -> AsyncIterator[str]:
    """Where the application listens on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    # asyncio does so for sockets of its own making; without it each answer on a kept connection takes 40 ms more.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


async def put_templates(client: httpx.AsyncClient, *slugs: str) -> None:
    """Templates whose subject is their slug."""
    for slug in slugs:
        body = {"name": slug, "subject": slug, "html": "<p>Hello {{ contact.email }}</p>"}
        assert (await client.put(f"/api/templates/{slug}", json=body)).status_code == 201


def error_of(response: httpx.Response) -> Mapping[str, Any]:
    """The error of an answer, which says it twice."""
    body = response.json()
    assert (body["code"], body["message"]) == (body["error"]["code"], body["error"]["message"])
    error: Mapping[str, Any] = body["error"]
    return error


Run = Callable[[], Awaitable[bool]]
"""Works at one page of a job; says whether there was one."""


@pytest.fixture
def run(database: Database, test_workspace: Workspace) -> Run:
    """Works at jobs of the workspace that a language model writes, in this process."""
    access, lease = Access(Sealer(SECRET), Environment()), timedelta(minutes=1)
    pages = {
        BLOCKS_JOB: blocks_page(database, access, lease=lease, model=impatient),
        TEMPLATES_JOB: templates_page(database, access, lease=lease, model=impatient),
        SUBJECTS_JOB: subjects_page(database, access, lease=lease, model=impatient),
        REWRITE_JOB: rewrite_page(database, access, lease=lease, model=impatient),
    }
    runner = JobRunner(database, pages, lease=lease)
    return lambda: runner.run_one(test_workspace.id)
