"""Mail of a live workspace leaves through the connections that it has: in order, by domain, and on to the next one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dripline.accounts.connections.model import Provider, Route
from dripline.accounts.connections.reading import read_connection
from dripline.accounts.connections.store import delete_connection, save_connection
from dripline.accounts.model import Mode
from dripline.database.pool import Database
from dripline.delivery.outbox import release
from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.clock import real_now
from dripline.kernel.values import Json
from dripline.processes.connecting import make_sealer
from tests.makers.smtp_server import SmtpServer
from tests.makers.world import World, a_world

ONE_MAIL = "trigger: { event: signed.up }\nsteps:\n  - { action: email, template: first }\n"
SENDER = parse_mailbox("Ann <ann@example.com>")


@pytest.fixture
async def live(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    settings = {"sender": SENDER, "smtp_timeout_seconds": 1, "data_dir": tmp_path / "data"}
    async with a_world(database, database_url, mode=Mode.LIVE, **settings) as world:
        yield world


async def connect(
    world: World, name: str, provider: Provider, told: dict[str, Json], *, priority: int = 10, domains: str = ""
) -> None:
    sealer, route = make_sealer(world.settings), Route(priority, tuple(domains.split()))
    async with world.database.work() as tx:
        read = read_connection(provider, told)
        await save_connection(tx, world.workspace_id, provider, name, read, sealer=sealer, now=real_now(), route=route)
        await release(tx, world.workspace_id, held="no_transport", sequence=None, rate=None, now=real_now())


def relay(port: int) -> dict[str, Json]:
    return {"host": "127.0.0.1", "port": port, "security": "never"}


async def carriers_of(world: World) -> list[tuple[str, str | None]]:
    return [(message.status, message.carrier) for message in await world.messages()]


async def test_mail_leaves_through_the_connection_of_the_workspace(live: World, server: SmtpServer) -> None:
    await connect(live, "relay", Provider.SMTP, relay(server.port))
    await live.sequence(ONE_MAIL, templates=("first",))

    await live.track("ok@example.test", "signed.up")
    await live.work()

    assert await carriers_of(live) == [("sent", "relay")]
    assert len(server.taken()) == 1


async def test_a_relay_that_is_away_hands_on_to_the_next_one(live: World, server: SmtpServer) -> None:
    await connect(live, "away", Provider.SMTP, relay(1), priority=1)
    await connect(live, "there", Provider.SMTP, relay(server.port), priority=2)
    await live.sequence(ONE_MAIL, templates=("first",))

    await live.track("ok@example.test", "signed.up")
    await live.work()

    assert await carriers_of(live) == [("sent", "there")]
    [message] = await live.messages()
    assert message.attempts == 1


async def test_a_doubt_goes_to_nobody_else(live: World, server: SmtpServer) -> None:
    await connect(live, "lies", Provider.SMTP, relay(server.port), priority=1)
    await connect(live, "folder", Provider.FILE, {}, priority=2)
    await live.sequence(ONE_MAIL, templates=("first",))

    await live.track("dot-keep-stall@example.test", "signed.up")
    await live.work()

    assert await carriers_of(live) == [("in_doubt", "lies")]


async def test_a_connection_serves_the_domains_that_it_names(live: World, server: SmtpServer, tmp_path: Path) -> None:
    await connect(live, "theirs", Provider.SMTP, relay(server.port), priority=1, domains="example.org")
    await connect(live, "ours", Provider.FILE, {}, priority=2, domains="example.com")
    await live.sequence(ONE_MAIL, templates=("first",))

    await live.track("ok@example.test", "signed.up")
    await live.work()

    assert await carriers_of(live) == [("sent", "ours")]
    [letter] = (tmp_path / "data" / "mail").rglob("*.eml")
    assert b"To: ok@example.test" in letter.read_bytes()
    [message] = await live.messages()
    assert message.provider_id == letter.name


async def test_held_mail_goes_on_when_there_is_a_way(live: World, server: SmtpServer) -> None:
    await connect(live, "relay", Provider.SMTP, relay(server.port))
    await live.sequence(ONE_MAIL, templates=("first",))
    async with live.database.work() as tx:
        await delete_connection(tx, live.workspace_id, "relay")
    await live.track("ok@example.test", "signed.up")
    await live.work()
    [held] = await live.messages()

    await connect(live, "folder", Provider.FILE, {})
    await live.work()

    assert (held.status, held.reason) == ("held", "no_transport")
    assert await carriers_of(live) == [("sent", "folder")]
