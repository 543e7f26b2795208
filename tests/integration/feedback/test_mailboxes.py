"""A mailbox is read once, and wholly, whatever its server does and wherever a worker ends."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dripline.accounts.connections.model import Provider
from dripline.accounts.connections.reading import Told
from dripline.accounts.connections.store import delete_connection, named_connection, save_connection
from dripline.database.queries import Query
from dripline.delivery.feedback import polling
from dripline.delivery.feedback.mailboxes import Mailbox
from dripline.delivery.feedback.polling import Mailboxes, forget_mailboxes, why_closed
from dripline.kernel.clock import real_now
from tests.integration.feedback.test_applying import sent, suppressed, verp, work
from tests.makers.certificates import a_certificate, server_side, trusting
from tests.makers.imap_server import PASSWORD, USER, ImapServer, serving
from tests.makers.returned import dsn
from tests.makers.world import World

_KEPT = Query(
    "kept",
    "For a test.",
    "SELECT content, status, reason FROM inbound WHERE workspace_id = $1 AND source = 'imap' ORDER BY id",
)
_DUE = Query("due", "For a test.", "UPDATE mailbox SET due_at = now() - interval '1 second' WHERE workspace_id = $1")
_ROW = Query("row", "For a test.", "SELECT uid, unmarked, failures, stuck_uid FROM mailbox WHERE workspace_id = $1")
_STEAL = Query("steal", "For a test.", "UPDATE mailbox SET token = gen_random_uuid() WHERE workspace_id = $1")
_NONE = Query("none", "For a test.", "DELETE FROM connection WHERE provider = 'imap' AND workspace_id <> $1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("imap"))


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return trusting(certificate)


@pytest.fixture
async def server(certificate: Path) -> AsyncIterator[ImapServer]:
    async with serving(ImapServer(), server_side(certificate)) as it:
        yield it


def mail(number: int) -> bytes:
    return f"Subject: {number}\r\n\r\nHello {number}\r\n".encode()


async def connect(world: World, server: ImapServer, **more: str) -> None:
    told = {"host": "localhost", "port": str(server.port), "username": USER, **more}
    async with world.database.work() as tx:
        await tx.run(_NONE, world.workspace_id)
        saying = Told(told, {"password": PASSWORD})
        sealer = world.parts.sealer
        await save_connection(tx, world.workspace_id, Provider.IMAP, "imap", saying, sealer=sealer, now=real_now())


def reading(world: World, trust: ssl.SSLContext, *, most_bytes: int = 1_000_000) -> Mailboxes:
    return Mailboxes(world.database, world.parts.sealer, most_bytes=most_bytes, kept=lambda: None, tls=trust)


async def look(world: World, mailboxes: Mailboxes) -> None:
    """One turn of a worker, though no minute has passed."""
    await do(world, _DUE)
    assert await mailboxes.once() == 0


async def do(world: World, query: Query) -> None:
    async with world.database.work() as tx:
        await tx.run(query, world.workspace_id)


async def rows(world: World, query: Query) -> Sequence[Any]:
    async with world.database.work() as tx:
        return [tuple(row) for row in await tx.rows(query, world.workspace_id)]


async def kept(world: World) -> list[bytes]:
    return [content for content, _, _ in await rows(world, _KEPT)]


async def status(world: World) -> tuple[str, str | None]:
    async with world.database.work() as tx:
        found = await named_connection(tx, world.workspace_id, "imap", sealer=world.parts.sealer)
    assert found is not None
    return found.status, found.reason


async def test_a_bounce_in_a_mailbox_ends_the_run(world: World, server: ImapServer, trust: ssl.SSLContext) -> None:
    message = await sent(world)
    server.inbox.add(dsn("550 5.1.1 User unknown", status="5.1.1", to=verp(world, message)).encode())
    await connect(world, server)

    await look(world, reading(world, trust))
    await work(world)

    assert [each.status for each in await world.messages()] == ["bounced"]
    assert await suppressed(world) == "bounced"
    assert await status(world) == ("ok", None)


async def test_mail_is_read_once_and_marked_as_read(world: World, server: ImapServer, trust: ssl.SSLContext) -> None:
    await connect(world, server)
    mailboxes = reading(world, trust)
    server.inbox.add(mail(1))
    await look(world, mailboxes)
    server.inbox.add(mail(2))

    for _ in range(3):
        await look(world, mailboxes)

    assert await kept(world) == [mail(1), mail(2)]
    assert server.inbox.flags == {1: {"\\Seen"}, 2: {"\\Seen"}}
    assert sum(said.startswith("UID FETCH") for said in server.heard) == 2


async def test_more_than_a_batch_is_read_in_one_turn(world: World, server: ImapServer, trust: ssl.SSLContext) -> None:
    await connect(world, server)
    for number in range(120):
        server.inbox.add(mail(number))

    await look(world, reading(world, trust))

    assert await kept(world) == [mail(number) for number in range(120)]


@pytest.mark.parametrize("capabilities", [("UIDPLUS", "MOVE"), ("UIDPLUS",), ()])
async def test_what_is_kept_goes_to_the_folder_for_it(
    world: World, server: ImapServer, trust: ssl.SSLContext, capabilities: tuple[str, ...]
) -> None:
    server.capabilities = ("IMAP4rev1", *capabilities)
    server.inbox.add(mail(1))
    await connect(world, server, processed="Done")

    await look(world, reading(world, trust))

    assert server.folders["Done"].mails == {1: mail(1)}
    # Without UIDPLUS nobody can remove one mail and leave what others have marked.
    assert server.inbox.mails == ({} if capabilities else {1: mail(1)})


@pytest.mark.parametrize("moment", ["UID FETCH", "UID STORE"])
async def test_a_conversation_that_breaks_loses_nothing_and_repeats_nothing(
    world: World, server: ImapServer, trust: ssl.SSLContext, moment: str
) -> None:
    await connect(world, server)
    for number in (1, 2):
        server.inbox.add(mail(number))
    server.dies_before = moment
    mailboxes = reading(world, trust)

    await look(world, mailboxes)
    broken = await status(world)
    await look(world, mailboxes)

    assert broken[0] == "failed"
    assert await kept(world) == [mail(1), mail(2)]
    assert server.inbox.flags == {1: {"\\Seen"}, 2: {"\\Seen"}}
    assert await status(world) == ("ok", None)


async def test_a_worker_that_lost_its_lease_writes_nothing(
    world: World, server: ImapServer, trust: ssl.SSLContext
) -> None:
    await connect(world, server)
    server.inbox.add(mail(1))
    server.waits_at = "UID SEARCH"

    slow = asyncio.create_task(reading(world, trust).once())
    await server.waiting.wait()
    await do(world, _STEAL)
    server.going_on.set()
    await slow

    assert await kept(world) == []
    assert await rows(world, _ROW) == [(0, [], 0, None)]


async def test_two_workers_never_have_the_same_mailbox(world: World, server: ImapServer, trust: ssl.SSLContext) -> None:
    await connect(world, server)

    answers = await asyncio.gather(*(reading(world, trust).once() for _ in range(4)))

    assert sorted(answers, key=str) == [0, None, None, None]
    assert sum(said.startswith("SELECT") for said in server.heard) == 1


async def test_one_mail_that_the_server_does_not_give_stops_no_other(
    world: World, server: ImapServer, trust: ssl.SSLContext
) -> None:
    await connect(world, server)
    for number in (1, 2, 3):
        server.inbox.add(mail(number))
    server.refuses = {2}

    await look(world, reading(world, trust))

    found = await rows(world, _KEPT)
    assert [(content, status) for content, status, _ in found if content] == [
        (mail(1), "waiting"),
        (mail(3), "waiting"),
    ]
    [reason] = [reason for content, status, reason in found if status == "quarantined"]
    assert reason.startswith("the mailbox did not give mail 2: ")


@pytest.mark.parametrize("how", ["breaks_at", "swells_at", "refuses"])
async def test_one_mail_at_which_the_conversation_always_breaks_is_left_out_in_the_end(
    world: World, server: ImapServer, trust: ssl.SSLContext, how: str
) -> None:
    await connect(world, server)
    server.inbox.add(mail(1))
    setattr(server, how, {1})
    mailboxes = reading(world, trust)

    for _ in range(3):
        await look(world, mailboxes)
    before = await rows(world, _ROW)
    server.inbox.add(mail(2))
    await look(world, mailboxes)

    assert before == [(0, [], 3, 1)]
    assert [(content, status) for content, status, _ in await rows(world, _KEPT)] == [
        (b"", "quarantined"),
        (mail(2), "waiting"),
    ]


async def test_of_a_large_mail_the_beginning_is_kept(world: World, server: ImapServer, trust: ssl.SSLContext) -> None:
    await connect(world, server)
    server.inbox.add(mail(1) + b"x" * 50_000)

    await look(world, reading(world, trust, most_bytes=1_000))

    [content] = await kept(world)
    assert content == (mail(1) + b"x" * 50_000)[:1_000]


async def test_another_validity_begins_anew_and_keeps_nothing_twice(
    world: World, server: ImapServer, trust: ssl.SSLContext
) -> None:
    await connect(world, server)
    server.inbox.add(mail(1))
    server.inbox.add(mail(2))
    mailboxes = reading(world, trust)
    await look(world, mailboxes)

    server.inbox.validity = 8
    server.inbox.mails = {1: mail(2), 2: mail(3)}
    await look(world, mailboxes)

    assert await kept(world) == [mail(1), mail(2), mail(3)]


async def test_a_changed_connection_is_taken_up_at_once(
    world: World, server: ImapServer, trust: ssl.SSLContext
) -> None:
    await connect(world, server)
    mailboxes = reading(world, trust)
    await look(world, mailboxes)
    idle = await mailboxes.once()

    await connect(world, server, processed="Done")

    assert (idle, await mailboxes.once()) == (None, 0)


async def test_a_connection_that_is_gone_is_forgotten(world: World, server: ImapServer, trust: ssl.SSLContext) -> None:
    await connect(world, server)
    await look(world, reading(world, trust))

    async with world.database.work() as tx:
        await delete_connection(tx, world.workspace_id, "imap")
        await forget_mailboxes(tx)

    assert await rows(world, _ROW) == []


async def test_wrong_credentials_are_said_without_the_password(
    world: World, server: ImapServer, trust: ssl.SSLContext
) -> None:
    server.login_says = f"{USER} may not come in with a new {PASSWORD}"
    await connect(world, server)
    async with world.database.work() as tx:
        told = Told({"host": "localhost", "port": str(server.port), "username": "x"}, {"password": PASSWORD})
        sealer = world.parts.sealer
        await save_connection(tx, world.workspace_id, Provider.IMAP, "imap", told, sealer=sealer, now=real_now())

    await look(world, reading(world, trust))

    word, reason = await status(world)
    assert word == "failed"
    assert reason is not None
    assert (PASSWORD in reason, "may not come in" in reason) == (False, True)


def box(server: ImapServer, *, is_implicit: bool = True, folder: str = "INBOX") -> Mailbox:
    return Mailbox("localhost", server.port, is_implicit, USER, PASSWORD, folder)


async def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_password(server: ImapServer) -> None:
    reason = await why_closed(box(server))

    assert reason is not None
    assert "certificate" in reason.lower()
    assert server.heard == []


async def test_a_check_says_what_is_wrong(server: ImapServer, trust: ssl.SSLContext) -> None:
    good = await why_closed(box(server), trust)
    missing = await why_closed(box(server, folder="Elsewhere"), trust)

    assert good is None
    assert missing is not None
    assert "there is no such folder" in missing


async def test_the_password_goes_over_tls_only(certificate: Path, trust: ssl.SSLContext) -> None:
    async with serving(ImapServer(), server_side(certificate), implicit=False) as plain:
        refused = await why_closed(box(plain, is_implicit=False), trust)
        heard = list(plain.heard)
        plain.capabilities = ("IMAP4rev1", "STARTTLS")
        taken = await why_closed(box(plain, is_implicit=False), trust)

    assert refused is not None
    assert [said for said in heard if said.startswith("LOGIN")] == []
    assert taken is None


async def test_a_server_that_says_nothing_is_given_up(
    server: ImapServer, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "_CHECK_SECONDS", 0.2)
    server.silent_at = "SELECT"

    reason = await why_closed(box(server), trust)

    assert reason == "no answer in 0.2 seconds"
