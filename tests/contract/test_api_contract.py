"""The transports that speak to HTTP APIs, against servers that speak the wire format of each provider."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from dripline.delivery.message.composing import compose
from dripline.delivery.transports.api import ApiTransport, Dialect
from dripline.delivery.transports.contract import Transport, Verdict
from dripline.delivery.transports.mailgun import Mailgun
from dripline.delivery.transports.postmark import Postmark
from dripline.delivery.transports.resend import Resend
from dripline.delivery.transports.sendgrid import SendGrid
from tests.contract.transports import AnyTransportContract, Arrivals
from tests.makers import providers
from tests.makers.api_server import ApiServer
from tests.makers.letters import a_key, a_letter, an_envelope
from tests.makers.providers import KEY, Seen


class ApiContract(AnyTransportContract):
    """What a class of a provider gives: its server, its dialect, and one with a wrong key."""

    dialect: Dialect
    stranger: Dialect
    tells_id = True
    keeps_message_id = True
    kind: type[providers.Provider]

    @pytest.fixture
    def provider(self) -> providers.Provider:
        return self.kind()

    @pytest.fixture
    async def server(self, provider: providers.Provider) -> AsyncIterator[ApiServer]:
        async with ApiServer(provider) as server:
            yield server

    @pytest.fixture
    async def transport(self, server: ApiServer) -> AsyncIterator[ApiTransport]:
        transport = ApiTransport(self.dialect, connections=4, timeout=5, base=server.url)
        yield transport
        await transport.close()

    @pytest.fixture
    def arrivals(self, provider: providers.Provider) -> Arrivals:
        async def seen() -> list[Seen]:
            return list(provider.letters)

        return seen

    async def test_an_accepted_letter_has_the_id_of_the_provider_and_carries_our_key(
        self, transport: Transport, provider: providers.Provider
    ) -> None:
        reply = await transport.send(an_envelope(content=compose(a_letter()), visit=3))

        [seen] = provider.letters
        assert reply.provider_id
        assert seen.key == a_key(3)
        assert seen.message_id == ("<0123456789abcdef@example.com>" if self.keeps_message_id else None)

    async def test_a_wrong_key_says_nothing_about_the_letter(
        self, server: ApiServer, provider: providers.Provider
    ) -> None:
        transport = ApiTransport(self.stranger, base=server.url, timeout=5)

        reply = await transport.send(an_envelope(content=compose(a_letter())))

        assert reply.verdict is Verdict.UNAVAILABLE
        assert provider.letters == []
        assert "wrong" not in repr(self.stranger) + reply.text
        await transport.close()

    async def test_a_check_asks_whether_the_credentials_are_good(
        self, transport: ApiTransport, server: ApiServer, provider: providers.Provider
    ) -> None:
        stranger = ApiTransport(self.stranger, base=server.url, timeout=5)

        good, bad = await transport.check(), await stranger.check()

        assert good is None
        assert bad is not None
        assert "401" in bad
        assert provider.letters == []
        await stranger.close()

    async def test_a_letter_without_html_arrives(self, transport: Transport, arrivals: Arrivals) -> None:
        letter = replace(a_letter(), html=None, unsubscribe_url=None)

        reply = await transport.send(an_envelope(content=compose(letter)))

        [seen] = await arrivals()
        assert reply.verdict is Verdict.ACCEPTED
        assert (seen.text.rstrip(), seen.html, seen.unsubscribe) == ("Hello", "", None)


class TestPostmark(ApiContract):
    dialect, stranger, kind = Postmark(KEY), Postmark("wrong"), providers.Postmark

    async def test_what_somebody_waits_for_goes_another_way(
        self, transport: Transport, provider: providers.Postmark
    ) -> None:
        envelope = an_envelope(content=compose(a_letter()))

        await transport.send(envelope)
        await transport.send(replace(envelope, is_bulk=False))

        assert provider.streams == ["broadcast", "outbound"]


class TestSendGrid(ApiContract):
    dialect, stranger, kind = SendGrid(KEY), SendGrid("wrong"), providers.SendGrid


class TestMailgun(ApiContract):
    dialect, stranger = Mailgun(KEY, "mg.example.com"), Mailgun("wrong", "mg.example.com")
    kind = providers.Mailgun

    async def test_a_letter_arrives_byte_for_byte(self, transport: Transport, arrivals: Arrivals) -> None:
        content = b"DKIM-Signature: v=1\r\n" + compose(a_letter(text=".\r\n--x\r\n"))

        await transport.send(an_envelope(content=content))

        [seen] = await arrivals()
        assert seen.raw == content


class TestResend(ApiContract):
    dialect, stranger, kind = Resend(KEY), Resend("wrong"), providers.Resend
    keeps_keys = True
    # It writes its own.
    keeps_message_id = False
