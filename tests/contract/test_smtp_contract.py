from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dripline.delivery.message.composing import compose
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.kernel.relays import parse_relay
from tests.contract.transports import Arrived, TransportContract
from tests.makers.letters import a_letter, an_envelope
from tests.makers.smtp_server import SmtpServer


class TestSmtp(TransportContract):
    @pytest.fixture
    async def server(self, tmp_path: Path) -> AsyncIterator[SmtpServer]:
        async with SmtpServer(tmp_path / "taken") as server:
            yield server

    @pytest.fixture
    async def transport(self, server: SmtpServer) -> AsyncIterator[SmtpTransport]:
        transport = SmtpTransport(parse_relay(f"smtp://127.0.0.1:{server.port}"), connections=4, timeout=5)
        yield transport
        await transport.close()

    @pytest.fixture
    def arrived(self, server: SmtpServer) -> Arrived:
        async def contents() -> list[bytes]:
            return server.raw()

        return contents

    async def test_a_composed_letter_arrives_as_it_was_composed(
        self, transport: SmtpTransport, server: SmtpServer
    ) -> None:
        content = compose(a_letter(subject="Grüße", text=".\n..\n", html="<p>é</p>\n.\n"))

        await transport.send(an_envelope(content=content))

        (letter,) = server.taken()
        assert (server.raw(), letter["message_id"]) == ([content], "0123456789abcdef@example.com")
