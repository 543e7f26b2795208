from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from typing import Protocol

import pytest

from dripline.delivery.transports.contract import Envelope, Phase, Reply, Verdict
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.kernel.relays import Relay, parse_relay
from tests.makers.smtp_server import Options, SmtpServer


@dataclass(frozen=True, slots=True)
class Pair:
    """A scripted server, and the transport that talks to it."""

    server: SmtpServer
    relay: Relay
    transport: SmtpTransport

    async def outcome(self, envelope: Envelope) -> tuple[Verdict, Phase, int | None, str | None]:
        """The reply without its text."""
        reply = await self.transport.send(envelope)
        return outcome_of(reply)


def outcome_of(reply: Reply) -> tuple[Verdict, Phase, int | None, str | None]:
    return reply.verdict, reply.phase, reply.code, reply.enhanced


class Connect(Protocol):
    def __call__(
        self,
        options: Options | None = None,
        *,
        url: str = "smtp://127.0.0.1:{port}",
        connections: int = 2,
        timeout: float = 0.4,
        tls: SSLContext | None = None,
    ) -> Awaitable[Pair]: ...


@pytest.fixture
async def connect(tmp_path: Path) -> AsyncIterator[Connect]:
    """Starts a server with these options, and a transport for it. Both end with the test."""
    async with AsyncExitStack() as stack:

        async def started(
            options: Options | None = None,
            *,
            url: str = "smtp://127.0.0.1:{port}",
            connections: int = 2,
            timeout: float = 0.4,
            tls: SSLContext | None = None,
        ) -> Pair:
            server = await stack.enter_async_context(SmtpServer(tmp_path / "taken", options))
            relay = parse_relay(url.format(port=server.port))
            transport = SmtpTransport(relay, connections=connections, timeout=timeout, tls=tls)
            stack.push_async_callback(transport.close)
            return Pair(server, relay, transport)

        yield started
