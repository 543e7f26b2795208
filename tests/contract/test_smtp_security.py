"""TLS and credentials: nothing secret goes out in plain, and nobody can talk us out of encryption."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dripline.delivery.transports.contract import Phase, Verdict
from dripline.delivery.transports.smtp import SmtpTransport
from dripline.kernel.relays import parse_relay
from tests.contract.conftest import Connect, outcome_of
from tests.contract.transports import Arrived, TransportContract
from tests.makers.certificates import a_certificate, server_side, trusting
from tests.makers.letters import an_envelope
from tests.makers.smtp_server import Options, SmtpServer

SECRET = "pa55 wörd"
LOGIN = ("ann", SECRET)
WITH_LOGIN = "smtp://ann:pa55%20w%C3%B6rd@localhost:{port}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("tls"), "mail.example.test")


class TestSmtpOverTls(TransportContract):
    @pytest.fixture
    async def server(self, tmp_path: Path, certificate: Path) -> AsyncIterator[SmtpServer]:
        options = Options(tls=server_side(certificate), auth=LOGIN)
        async with SmtpServer(tmp_path / "taken", options) as server:
            yield server

    @pytest.fixture
    async def transport(self, server: SmtpServer, certificate: Path) -> AsyncIterator[SmtpTransport]:
        relay = parse_relay(WITH_LOGIN.format(port=server.port) + "?starttls=required")
        transport = SmtpTransport(relay, connections=3, timeout=5, tls=trusting(certificate))
        yield transport
        await transport.close()

    @pytest.fixture
    def arrived(self, server: SmtpServer) -> Arrived:
        async def contents() -> list[bytes]:
            return server.raw()

        return contents


async def test_required_tls_comes_before_credentials(connect: Connect, certificate: Path) -> None:
    pair = await connect(
        Options(tls=server_side(certificate), auth=LOGIN),
        url=WITH_LOGIN + "?starttls=required",
        tls=trusting(certificate),
        timeout=5,
    )

    reply = await pair.transport.send(an_envelope())

    assert reply.verdict is Verdict.ACCEPTED
    assert pair.server.verbs() == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"]


async def test_smtps_is_encrypted_from_the_first_byte(connect: Connect, certificate: Path) -> None:
    pair = await connect(
        Options(tls=server_side(certificate), implicit=True),
        url="smtps://localhost:{port}",
        tls=trusting(certificate),
        timeout=5,
    )

    reply = await pair.transport.send(an_envelope())

    assert reply.verdict is Verdict.ACCEPTED
    assert pair.server.verbs() == ["EHLO", "MAIL", "RCPT", "DATA"]


async def test_required_tls_that_is_not_offered_never_falls_back(connect: Connect) -> None:
    pair = await connect(Options(auth=LOGIN), url=WITH_LOGIN + "?starttls=required")

    reply = await pair.transport.send(an_envelope())

    assert outcome_of(reply) == (Verdict.UNAVAILABLE, Phase.TLS, None, None)
    assert "does not offer STARTTLS" in reply.text
    assert pair.server.verbs() == ["EHLO"]


async def test_required_tls_that_is_refused_never_falls_back(connect: Connect, certificate: Path) -> None:
    options = Options(tls=server_side(certificate), starttls_answer=b"454 4.7.0 not now\r\n")
    pair = await connect(options, url="smtp://localhost:{port}?starttls=required")

    reply = await pair.transport.send(an_envelope())

    assert (reply.verdict, reply.phase) == (Verdict.UNAVAILABLE, Phase.TLS)
    assert "454 4.7.0 not now" in reply.text
    assert pair.server.verbs() == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize(
    ("url", "implicit"), [("smtp://localhost:{port}?starttls=required", False), ("smtps://localhost:{port}", True)]
)
async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(
    connect: Connect, certificate: Path, url: str, implicit: bool
) -> None:
    pair = await connect(Options(tls=server_side(certificate), implicit=implicit), url=url, timeout=5)

    reply = await pair.transport.send(an_envelope())

    assert outcome_of(reply) == (Verdict.UNAVAILABLE, Phase.TLS, None, None)
    assert "certificate verify failed" in reply.text
    assert "MAIL" not in pair.server.verbs()


async def test_a_certificate_of_another_host_is_not_accepted(connect: Connect, foreign: Path) -> None:
    pair = await connect(
        Options(tls=server_side(foreign)),
        url="smtp://localhost:{port}?starttls=required",
        tls=trusting(foreign),
        timeout=5,
    )

    reply = await pair.transport.send(an_envelope())

    assert (reply.verdict, reply.phase) == (Verdict.UNAVAILABLE, Phase.TLS)
    assert "Hostname mismatch" in reply.text


async def test_opportunistic_tls_takes_any_certificate(connect: Connect, foreign: Path) -> None:
    pair = await connect(Options(tls=server_side(foreign)), url="smtp://localhost:{port}", timeout=5)

    reply = await pair.transport.send(an_envelope())

    assert reply.verdict is Verdict.ACCEPTED
    assert "STARTTLS" in pair.server.verbs()


async def test_opportunistic_tls_that_fails_goes_on_without(connect: Connect, certificate: Path) -> None:
    options = Options(tls=server_side(certificate), starttls_answer=b"454 4.7.0 not now\r\n")
    pair = await connect(options, url="smtp://localhost:{port}")

    reply = await pair.transport.send(an_envelope())

    assert reply.verdict is Verdict.ACCEPTED
    assert pair.server.verbs() == ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA"]


async def test_what_was_injected_before_tls_is_thrown_away(connect: Connect, certificate: Path) -> None:
    injected = b"220 go ahead\r\n250-evil\r\n250 SIZE 1\r\n250 2.1.0 injected\r\n"
    pair = await connect(
        Options(tls=server_side(certificate), starttls_answer=injected),
        url="smtp://localhost:{port}?starttls=required",
        tls=trusting(certificate),
        timeout=5,
    )

    reply = await pair.transport.send(an_envelope())

    assert outcome_of(reply) == (Verdict.ACCEPTED, Phase.DOT, 250, "2.0.0")
    assert pair.server.verbs() == ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("methods", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2 LOGIN", "cram-md5 plain"])
async def test_every_usual_way_to_log_in_is_known(connect: Connect, methods: str) -> None:
    pair = await connect(Options(auth=LOGIN, auth_methods=methods), url=WITH_LOGIN)

    assert (await pair.transport.send(an_envelope())).verdict is Verdict.ACCEPTED


async def test_a_server_that_offers_no_known_login_is_unavailable(connect: Connect) -> None:
    pair = await connect(Options(auth=LOGIN, auth_methods="GSSAPI"), url=WITH_LOGIN)

    reply = await pair.transport.send(an_envelope())

    assert outcome_of(reply) == (Verdict.UNAVAILABLE, Phase.AUTH, None, None)
    assert "GSSAPI" in reply.text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (f"535 5.7.8 no {SECRET}: {{}}", "5.7.8 no ***: AUTH PLAIN ***"),
        ("{}", "The answer cannot be read: Malformed SMTP response line: AUTH PLAIN ***"),
    ],
)
async def test_credentials_never_show_even_when_the_server_repeats_them(
    connect: Connect, answer: str, text: str
) -> None:
    options = Options(auth=("ann", "other"), auth_methods="PLAIN", auth_answer=answer)
    pair = await connect(options, url=WITH_LOGIN)

    reply = await pair.transport.send(an_envelope())

    spoken = base64.b64encode(f"\0ann\0{SECRET}".encode()).decode()
    assert spoken in pair.server.commands[-1]
    assert reply.text == text
    assert SECRET not in repr(pair.relay)


async def test_a_failed_login_is_not_tried_in_other_ways(connect: Connect) -> None:
    pair = await connect(Options(auth=("ann", "other")), url=WITH_LOGIN)

    await pair.transport.send(an_envelope())

    assert pair.server.verbs().count("AUTH") == 1
