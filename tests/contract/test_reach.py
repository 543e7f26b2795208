"""Relays, mailboxes and models inside hear nothing from us where the installation forbids it."""

import asyncio
import ssl
from pathlib import Path

import pytest

from dripline.authoring.models.asking import AskedInVain, Form, Limits, Message, Model
from dripline.authoring.models.endpoint import Endpoint
from dripline.delivery.calls.reaching import OPEN, Reach
from dripline.delivery.feedback.mailboxes import Mailbox
from dripline.delivery.feedback.polling import why_closed
from dripline.delivery.transports.contract import Verdict
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.kernel.relays import Relay, Security
from tests.makers.letters import an_envelope
from tests.makers.models import a_model, says
from tests.makers.smtp_server import SmtpServer

CLOSED = Reach(private=False)
FORM = Form("check", {"type": "object"})


@pytest.mark.parametrize(
    ("reach", "verdict", "sessions"), [(OPEN, Verdict.ACCEPTED, 1), (CLOSED, Verdict.UNAVAILABLE, 0)]
)
async def test_a_relay_inside_is_used_only_where_that_is_allowed(
    tmp_path: Path, reach: Reach, verdict: Verdict, sessions: int
) -> None:
    async with SmtpServer(tmp_path / "taken") as server:
        transport = SmtpTransport(Relay("localhost", server.port, Security.NEVER), timeout=5, reach=reach)
        reply = await transport.send(an_envelope())
        await transport.close()

        assert (reply.verdict, server.sessions) == (verdict, sessions)
        assert ("not public" in reply.text) is (reach is CLOSED)


async def test_a_mailbox_inside_hears_nothing_where_that_is_forbidden() -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        mailbox = Mailbox("localhost", port, True, "ann", "a password of hers")
        reason = await why_closed(mailbox, ssl.create_default_context(), reach=CLOSED)

    assert reason is not None
    assert "not public" in reason
    assert heard == []


async def test_a_model_inside_is_asked_only_where_that_is_allowed() -> None:
    async with a_model(lambda _: says("ok")) as server:
        closed = Model(Endpoint(server.url, "m", reach=CLOSED), Limits(tries=1))
        with pytest.raises(AskedInVain, match="is not asked: it leads to an address that is not public"):
            await closed.ask([Message("user", "Hello")], FORM)
        before = len(server.requests)
        await Model(Endpoint(server.url, "m", reach=OPEN), Limits(tries=1)).ask([Message("user", "Hello")], FORM)

    assert (before, len(server.requests)) == (0, 1)
