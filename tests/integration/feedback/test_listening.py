"""The listener takes our own mail, keeps it before it answers, and outlives whatever is said to it."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dripline.database.pool import Database
from dripline.database.queries import Query
from dripline.delivery.feedback.finding import Finder
from dripline.delivery.feedback.inbound import UNKNOWN
from dripline.delivery.feedback.listening import Listener, Place
from dripline.delivery.feedback.verp import bounce_address
from dripline.delivery.unsubscribe import UnsubscribeLinks
from dripline.kernel.ids import MessageId, WorkspaceId, new_uuid
from tests.integration.feedback.test_applying import sent, suppressed, verp, work
from tests.makers.returned import dsn
from tests.makers.world import SECRET, World

FEEDBACK_LOOP = "fbl@shop.example"
_KEPT = Query(
    "kept", "For a test.", "SELECT content, envelope FROM inbound WHERE workspace_id = $1 AND status = 'waiting'"
)


@asynccontextmanager
async def listening(database: Database, *, lmtp: bool = False, **more: int) -> AsyncIterator[int]:
    """The port of a listener."""
    place = Place("127.0.0.1", 0, lmtp=lmtp, addresses=(FEEDBACK_LOOP,), **more)  # type: ignore[arg-type]
    server = await Listener(database, Finder([SECRET], UnsubscribeLinks(SECRET, "http://x")), place).start()
    yield server.sockets[0].getsockname()[1]
    server.close()


def deliver(port: int, raw: bytes, *to: str, kind: type[smtplib.SMTP] = smtplib.SMTP) -> dict[str, tuple[int, bytes]]:
    """Hand a mail over, with the null sender; gives the recipients that were refused."""
    with kind("127.0.0.1", port, timeout=10) as client:
        return client.sendmail("", list(to), raw)


async def kept(database: Database, workspace: WorkspaceId) -> list[tuple[bytes, list[str]]]:
    async with database.work() as tx:
        return [(row["content"], row["envelope"]) for row in await tx.rows(_KEPT, workspace)]


def an_address() -> tuple[WorkspaceId, str]:
    workspace = WorkspaceId(new_uuid())
    return workspace, bounce_address(workspace, MessageId(new_uuid()), "bounces.shop.example", SECRET)


async def test_a_bounce_by_smtp_ends_the_run(world: World) -> None:
    mail = await sent(world)
    raw = dsn("550 5.1.1 User unknown", status="5.1.1").encode()

    async with listening(world.database) as port:
        refused = await asyncio.to_thread(deliver, port, raw, verp(world, mail))
    await work(world)

    assert refused == {}
    assert [each.status for each in await world.messages()] == ["bounced"]
    assert await suppressed(world) == "bounced"


async def test_each_recipient_of_ours_has_a_mail_of_their_own(database: Database) -> None:
    (one, first), (other, second) = an_address(), an_address()

    async with listening(database) as port:
        await asyncio.to_thread(deliver, port, b"Subject: x\r\n\r\nHello\r\n", first, second)

    assert await kept(database, one) == [(b"Subject: x\r\n\r\nHello\r\n", [first])]
    assert await kept(database, other) == [(b"Subject: x\r\n\r\nHello\r\n", [second])]


async def test_lmtp_answers_for_each_recipient(database: Database) -> None:
    (one, first), (other, second) = an_address(), an_address()
    words = [b"LHLO x", b"MAIL FROM:<>", b"RCPT TO:<" + first.encode() + b">", b"RCPT TO:<nobody@x.example>"]
    words += [b"RCPT TO:<" + second.encode() + b">", b"DATA", b"Subject: x", b"", b".", b"QUIT", b""]

    async with listening(database, lmtp=True) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\r\n".join(words))
        said = (await reader.read()).decode().splitlines()
        writer.close()

    codes = [line[:3] for line in said if line[3] == " "]
    assert codes == ["220", "250", "250", "250", "550", "250", "354", "250", "250", "221"]
    assert [len(await kept(database, workspace)) for workspace in (one, other)] == [1, 1]


async def test_an_address_of_the_settings_is_taken_for_nobody_yet(database: Database) -> None:
    raw = f"Subject: {new_uuid()}\r\n\r\n".encode()

    async with listening(database) as port:
        await asyncio.to_thread(deliver, port, raw, FEEDBACK_LOOP.upper())

    assert (raw, [FEEDBACK_LOOP.upper()]) in await kept(database, UNKNOWN)


async def test_it_is_no_relay_and_no_mailbox_of_others(database: Database) -> None:
    workspace = WorkspaceId(new_uuid())
    forged = bounce_address(workspace, MessageId(new_uuid()), "bounces.shop.example", "somebody else's secret")

    async with listening(database) as port:
        for address in ("jane@customer.example", "postmaster@localhost", forged, "@", "a" * 900 + "@x.example"):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                await asyncio.to_thread(deliver, port, b"Subject: x\r\n\r\n", address)
            assert 500 <= refused.value.recipients[address][0] < 600

    assert await kept(database, workspace) == []


async def test_a_mail_that_is_too_large_is_refused_and_leaves_nothing(database: Database) -> None:
    workspace, address = an_address()

    async with listening(database, most_bytes=10_000) as port:
        with pytest.raises(smtplib.SMTPException):
            await asyncio.to_thread(deliver, port, b"x: " + b"y\r\n" * 10_000, address)

    assert await kept(database, workspace) == []


async def test_lines_longer_than_allowed_are_kept_as_they_are(database: Database) -> None:
    workspace, address = an_address()
    raw = b"Subject: x\r\n\r\n" + b"y" * 5_000 + b"\r\n"

    async with listening(database) as port:
        await asyncio.to_thread(deliver, port, raw, address)

    assert [content for content, _ in await kept(database, workspace)] == [raw]


@pytest.mark.parametrize(
    "said",
    [
        b"\xff\xfe\x00\r\n" * 20,
        b"EHLO x\r\nMAIL FROM:<>\r\nDATA\r\n.\r\n",
        b"RCPT TO:<>\r\nMAIL\r\n",
        b"MAIL FROM:<a@b> SIZE=x BODY=y\r\n",
        b"x" * 200_000,
        b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<fbl@shop.example>\r\nDATA\r\nSubject: half",
    ],
)
async def test_whatever_one_client_says_the_next_one_is_served(database: Database, said: bytes) -> None:
    workspace, address = an_address()

    async with listening(database) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        writer.close()
        await asyncio.to_thread(deliver, port, b"Subject: x\r\n\r\n", address)

    assert len(await kept(database, workspace)) == 1


async def test_more_connections_than_allowed_are_asked_to_come_again(database: Database) -> None:
    _, address = an_address()

    async with listening(database, connections=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            await asyncio.to_thread(deliver, port, b"Subject: x\r\n\r\n", address)
        writer.close()

    assert refused.value.smtp_code == 421


async def test_what_cannot_be_kept_is_not_taken(database_url: str) -> None:
    _, address = an_address()
    away = await Database.open(database_url)
    async with listening(away) as port:
        await away.close()

        with pytest.raises(smtplib.SMTPDataError) as refused:
            await asyncio.to_thread(deliver, port, b"Subject: x\r\n\r\n", address)

    assert refused.value.smtp_code == 451
