"""Connections are kept, shared, reset and let go."""

import asyncio
import logging

import pytest

from dripline.delivery.message.addressing import Unmailable
from dripline.delivery.transports.contract import Phase, Verdict
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.delivery.transports.smtp_limits import Limits
from dripline.kernel.relays import Relay, Security
from tests.contract.conftest import Connect
from tests.makers.letters import an_envelope
from tests.makers.smtp_server import Options

TRANSACTION = ["MAIL", "RCPT", "DATA"]


def test_the_limits_are_those_of_the_rfc_unless_one_is_set() -> None:
    limits = Limits.of(None)

    assert (limits.greeting, limits.command, limits.data, limits.block, limits.dot) == (300, 300, 120, 180, 600)
    assert Limits.of(7) == Limits(7, 7, 7, 7, 7, 7, 5)


async def test_one_connection_carries_many_letters(connect: Connect) -> None:
    pair = await connect()

    for _ in range(3):
        await pair.transport.send(an_envelope())

    assert (pair.server.sessions, pair.server.verbs()) == (1, ["EHLO", *TRANSACTION * 3])


async def test_there_are_never_more_connections_than_slots(connect: Connect) -> None:
    pair = await connect(Options(delay=0.005), connections=3, timeout=5)

    await asyncio.gather(*(pair.transport.send(an_envelope(f"ok+{n}@example.test")) for n in range(12)))

    assert (pair.server.most_at_once, pair.server.sessions, len(pair.server.taken())) == (3, 3, 12)


@pytest.mark.parametrize("local", ["rcpt-550", "rcpt-450", "data-554", "dot-451", "dot-550"])
async def test_after_an_error_the_envelope_is_reset_before_the_next(connect: Connect, local: str) -> None:
    pair = await connect()

    await pair.transport.send(an_envelope(f"{local}@example.test"))
    reply = await pair.transport.send(an_envelope())

    assert reply.verdict is Verdict.ACCEPTED
    assert [letter["recipient"] for letter in pair.server.taken()] == ["ok@example.test"]
    assert (pair.server.sessions, pair.server.verbs()[-4:]) == (1, ["RSET", *TRANSACTION])


@pytest.mark.parametrize("sender", ["rset-421", "rset-500", "rset-reset", "rset-stall"])
async def test_a_connection_that_cannot_be_reset_is_replaced(connect: Connect, sender: str) -> None:
    pair = await connect()

    await pair.transport.send(an_envelope("rcpt-550@example.test", sender=f"{sender}@example.com"))
    reply = await pair.transport.send(an_envelope())

    assert reply.verdict is Verdict.ACCEPTED
    assert (pair.server.sessions, len(pair.server.taken())) == (2, 1)


@pytest.mark.parametrize("sender", ["mail-421-then-ok-1", "mail-reset-then-ok-1", "mail-garbage-then-ok-1"])
async def test_a_kept_connection_that_is_over_is_replaced_and_costs_no_attempt(connect: Connect, sender: str) -> None:
    pair = await connect()
    await pair.transport.send(an_envelope())

    reply = await pair.transport.send(an_envelope(sender=f"{sender}@example.com"))

    assert reply.verdict is Verdict.ACCEPTED
    assert (pair.server.sessions, len(pair.server.taken())) == (2, 2)


async def test_a_connection_is_let_go_after_its_share_of_letters(connect: Connect) -> None:
    pair = await connect()
    transport = SmtpTransport(pair.relay, connections=1, letters_per_connection=2)

    for _ in range(4):
        await transport.send(an_envelope())
    await transport.close()

    assert (pair.server.sessions, pair.server.verbs().count("QUIT"), pair.server.most_at_once) == (2, 2, 1)


async def test_a_connection_is_let_go_when_nobody_needs_it(connect: Connect) -> None:
    pair = await connect()
    transport = SmtpTransport(pair.relay, idle_seconds=0.05)

    await transport.send(an_envelope())
    await pair.server.heard("QUIT")
    reply = await transport.send(an_envelope())
    await transport.close()

    assert (reply.verdict, pair.server.sessions) == (Verdict.ACCEPTED, 2)


async def test_closing_waits_for_letters_under_way(connect: Connect) -> None:
    pair = await connect(Options(late=0.1), timeout=5)

    sending = asyncio.create_task(pair.transport.send(an_envelope("dot-late@example.test")))
    await pair.server.heard("DATA")
    await pair.transport.close()

    assert (sending.done(), (await sending).verdict) == (True, Verdict.ACCEPTED)
    assert pair.server.verbs()[-1] == "QUIT"


async def test_a_cancelled_letter_leaves_no_connection_behind(connect: Connect) -> None:
    pair = await connect(timeout=5)

    sending = asyncio.create_task(pair.transport.send(an_envelope("rcpt-stall@example.test")))
    await pair.server.heard("RCPT")
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert (await pair.transport.send(an_envelope())).verdict is Verdict.ACCEPTED
    assert pair.server.sessions == 2


async def test_an_envelope_that_cannot_go_out_raises_before_connecting(connect: Connect) -> None:
    pair = await connect()

    with pytest.raises(Unmailable):
        await pair.transport.send(an_envelope(sender="a@example.com>\r\nRCPT TO:<eve@example.com"))

    assert pair.server.sessions == 0


async def test_a_name_to_introduce_ourselves_with_cannot_add_a_command() -> None:
    with pytest.raises(Unmailable):
        SmtpTransport(Relay("127.0.0.1", 25, Security.NEVER), ehlo_name="a\r\nMAIL FROM:<>")


async def test_local_parts_keep_their_case(connect: Connect) -> None:
    pair = await connect()

    await pair.transport.send(an_envelope("Ok.Bob@example.test"))

    assert "RCPT TO:<Ok.Bob@example.test>" in pair.server.commands


async def test_nothing_is_logged_about_people(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    pair = await connect()
    caplog.set_level(logging.INFO)

    reply = await pair.transport.send(an_envelope("rcpt-550@example.test"))

    assert (reply.phase, caplog.text) == (Phase.RCPT, "")
