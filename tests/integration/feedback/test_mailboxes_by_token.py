"""Mailboxes of Microsoft 365 and Gmail are opened by tokens: asked for when needed, used while they are good."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dripline.accounts.connections.model import Provider
from dripline.accounts.connections.reading import Told
from dripline.accounts.connections.store import named_connection, save_connection
from dripline.delivery.calls.reaching import Reach
from dripline.delivery.feedback.mailboxes import Mailbox
from dripline.delivery.feedback.oauth import Grant
from dripline.delivery.feedback.polling import why_closed
from dripline.kernel.clock import real_now
from tests.integration.feedback.test_mailboxes import _NONE, kept, look, mail, reading, status
from tests.makers.certificates import a_certificate, server_side, trusting
from tests.makers.imap_server import USER, ImapServer, serving
from tests.makers.token_server import TokenServer, giving
from tests.makers.world import World

BY_REFRESH = {
    "grant_type": "refresh_token",
    "client_id": "app",
    "client_secret": "app-secret",
    "refresh_token": "refresh-1",
    "scope": "imap",
}
BY_CLIENT = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "app-secret", "scope": "imap"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("imap"))


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return trusting(certificate)


@pytest.fixture
async def server(certificate: Path) -> AsyncIterator[ImapServer]:
    async with serving(ImapServer(token="access-1"), server_side(certificate)) as it:
        yield it


@pytest.fixture
async def tokens(certificate: Path) -> AsyncIterator[TokenServer]:
    async with giving(TokenServer(BY_REFRESH), server_side(certificate)) as it:
        yield it


async def connect(world: World, server: ImapServer, tokens: TokenServer) -> None:
    settings = {
        "host": "localhost",
        "port": str(server.port),
        "username": USER,
        "tokenUrl": tokens.url,
        "clientId": "app",
        "scope": "imap",
    }
    told = Told(settings, {"clientSecret": "app-secret", "refreshToken": "refresh-1"})
    async with world.database.work() as tx:
        await tx.run(_NONE, world.workspace_id)
        sealer = world.parts.sealer
        await save_connection(tx, world.workspace_id, Provider.IMAP, "imap", told, sealer=sealer, now=real_now())


def mailbox(server: ImapServer, tokens: TokenServer, *, refresh_token: str = "refresh-1") -> Mailbox:
    grant = Grant(tokens.url, "app", "app-secret", refresh_token, "imap")
    return Mailbox("localhost", server.port, True, USER, grant=grant)


async def test_a_mailbox_is_read_with_a_token_that_is_asked_for_once(
    world: World, server: ImapServer, tokens: TokenServer, trust: ssl.SSLContext
) -> None:
    await connect(world, server, tokens)
    mailboxes = reading(world, trust)
    server.inbox.add(mail(1))
    await look(world, mailboxes)
    server.inbox.add(mail(2))

    await look(world, mailboxes)

    assert (await kept(world), tokens.asked, await status(world)) == ([mail(1), mail(2)], [BY_REFRESH], ("ok", None))


async def test_a_new_refresh_token_takes_the_place_of_the_last_one(
    world: World, server: ImapServer, tokens: TokenServer, trust: ssl.SSLContext
) -> None:
    await connect(world, server, tokens)
    tokens.renewed, tokens.lasts = "refresh-2", 1
    await look(world, reading(world, trust))
    tokens.takes = {**BY_REFRESH, "refresh_token": "refresh-2"}

    await look(world, reading(world, trust))

    async with world.database.work() as tx:
        found = await named_connection(tx, world.workspace_id, "imap", sealer=world.parts.sealer)
    assert found is not None
    assert dict(found.secrets) == {"clientSecret": "app-secret", "refreshToken": "refresh-2"}
    assert ([each["refresh_token"] for each in tokens.asked], found.status) == (["refresh-1", "refresh-2"], "ok")


async def test_a_token_that_is_not_taken_any_more_is_asked_for_anew(
    world: World, server: ImapServer, tokens: TokenServer, trust: ssl.SSLContext
) -> None:
    await connect(world, server, tokens)
    mailboxes = reading(world, trust)
    await look(world, mailboxes)
    server.token = tokens.token = "access-2"

    await look(world, mailboxes)
    refused = await status(world)
    await look(world, mailboxes)

    assert (refused[0], await status(world), len(tokens.asked)) == ("failed", ("ok", None), 2)
    assert "access-1" not in str(refused[1])


async def test_an_app_may_ask_for_itself(server: ImapServer, tokens: TokenServer, trust: ssl.SSLContext) -> None:
    tokens.takes = BY_CLIENT

    assert await why_closed(mailbox(server, tokens, refresh_token=""), trust) is None


async def test_a_refused_grant_is_named_without_its_secrets(
    server: ImapServer, tokens: TokenServer, trust: ssl.SSLContext
) -> None:
    why = await why_closed(mailbox(server, tokens, refresh_token="old-one"), trust)

    assert why == "NoAccess: the token endpoint answered 400: invalid_grant not …"


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
        b'HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\n{"access_token": "a\\nb"} ',
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{",
        b"what?\r\n\r\n",
        b"\x00",
    ],
)
async def test_a_token_endpoint_that_says_something_else_gives_no_access(
    server: ImapServer, tokens: TokenServer, trust: ssl.SSLContext, says: bytes
) -> None:
    tokens.says = says

    why = await why_closed(mailbox(server, tokens), trust)

    assert (why or "").startswith("NoAccess: the token endpoint ")


async def test_a_token_endpoint_inside_is_not_asked_where_that_is_not_allowed(
    server: ImapServer, tokens: TokenServer, trust: ssl.SSLContext
) -> None:
    why = await why_closed(mailbox(server, tokens), trust, reach=Reach(private=False))

    assert ("not public" in (why or ""), tokens.asked) == (True, [])
