"""Providers that can tell are asked about mail in doubt, sooner at first and then more and more seldom."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from dripline.accounts.connections.model import Connection, Provider
from dripline.accounts.connections.reading import read_connection
from dripline.accounts.connections.store import save_connection
from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.delivery.carriers import Carriers
from dripline.delivery.doubting import Doubting
from dripline.delivery.transports.api import ApiTransport
from dripline.delivery.transports.contract import Transport
from dripline.delivery.transports.postmark import Postmark
from dripline.events.reading import events_of
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.ids import WorkspaceId, show
from dripline.kernel.values import Json
from dripline.processes.connecting import make_sealer
from tests.makers import providers
from tests.makers.api_server import ApiServer
from tests.makers.providers import Seen
from tests.makers.smtp_server import SmtpServer
from tests.makers.world import World, a_world

ONE_MAIL = "trigger: { event: signed.up }\nsteps:\n  - { action: email, template: first }\n"
MINUTE = timedelta(minutes=1)
SENDER = parse_mailbox("Ann <ann@example.com>")


@pytest.fixture
async def doubtful(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A live workspace with one mail in doubt, which a relay has taken and not answered for."""
    settings = {"sender": SENDER, "data_dir": tmp_path, "smtp_timeout_seconds": 1}
    async with (
        SmtpServer(tmp_path / "taken") as server,
        a_world(database, database_url, mode=Mode.LIVE, **settings) as world,
    ):
        told = read_connection(Provider.SMTP, {"host": "127.0.0.1", "port": server.port, "security": "never"})
        sealer = make_sealer(world.settings)
        async with database.work() as tx:
            await save_connection(
                tx, world.workspace_id, Provider.SMTP, "postmark", told, sealer=sealer, now=real_now()
            )
        await world.sequence(ONE_MAIL, templates=("first",))
        await world.track("dot-keep-reset@example.test", "signed.up")
        await world.work()
        yield world


@pytest.fixture
async def provider() -> AsyncIterator[ApiServer]:
    async with ApiServer(providers.Postmark()) as server:
        yield server


@pytest.fixture
async def doubting(doubtful: World, provider: ApiServer) -> AsyncIterator[Doubting]:
    """The part of a worker for which that relay can be asked as Postmark can."""

    def connect(workspace: WorkspaceId, connection: Connection) -> Transport:
        return ApiTransport(Postmark(providers.KEY), base=provider.url, timeout=1)

    carriers = Carriers({}, doubtful.database, make_sealer(doubtful.settings), connect)
    yield Doubting(doubtful.database, carriers)
    await carriers.close()


async def told(world: World) -> list[tuple[str, Json, Json, Json]]:
    """The events about mail: name, message, sequence, step."""
    async with world.database.work() as tx:
        found = await events_of(tx, world.workspace_id, contact_id=None, limit=10)
    return [
        (event.name, event.properties["sendId"], event.properties["sequence"], event.properties["step"])
        for event, _ in found
        if event.name.startswith("email.")
    ]


async def test_what_the_provider_has_is_in_doubt_no_longer(
    doubtful: World, doubting: Doubting, provider: ApiServer
) -> None:
    [doubt] = await doubtful.messages()
    key = f"{doubtful.workspace_id}/{doubt.source_id}/{doubt.visit}"
    known = providers.Postmark([Seen("", "", "", "", "", None, None, key=key)], ["broadcast"])
    provider.handle = known
    now = real_now()

    too_early = await doubting.ask(since=now, now=now + MINUTE)
    found = await doubting.ask(since=now + MINUTE, now=now + 2 * MINUTE + timedelta(seconds=1))
    again = await doubting.ask(since=now + 3 * MINUTE, now=now + 5 * MINUTE)

    assert (doubt.status, doubt.carrier) == ("in_doubt", "postmark")
    assert (too_early, found, again) == (0, 1, 0)
    [message] = await doubtful.messages()
    assert (message.status, message.reason, message.carrier) == ("sent", "found_at_provider", "postmark")
    assert message.provider_id == "0a129aee-e1cd-480d-b08d-000000000001"


async def test_a_doubt_that_a_provider_settles_is_told_as_any_mail_that_left(
    doubtful: World, doubting: Doubting, provider: ApiServer
) -> None:
    [doubt] = await doubtful.messages()
    key = f"{doubtful.workspace_id}/{doubt.source_id}/{doubt.visit}"
    provider.handle = providers.Postmark([Seen("", "", "", "", "", None, None, key=key)], ["broadcast"])
    now = real_now()

    before = await told(doubtful)
    await doubting.ask(since=now + MINUTE, now=now + 3 * MINUTE)
    after = await told(doubtful)

    assert before == []
    assert after == [("email.sent", show("message", doubt.id), "a-sequence", doubt.step)]


async def test_a_doubt_is_asked_about_more_and_more_seldom(
    doubtful: World, doubting: Doubting, provider: ApiServer
) -> None:
    now = real_now() + timedelta(seconds=1)

    asked = []
    for minute in range(1, 40):
        provider.asked.clear()
        await doubting.ask(since=now + (minute - 1) * MINUTE, now=now + minute * MINUTE)
        # Other workspaces of this database may have doubts of their own.
        if any(str(doubtful.workspace_id) in each.path for each in provider.asked):
            asked.append(minute)

    assert asked == [2, 4, 8, 16, 32]
