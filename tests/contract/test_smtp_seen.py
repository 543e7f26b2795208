"""Seeing whether a relay offers encryption: a short dialogue that says who we are and goodbye."""

from pathlib import Path

from dripline.delivery.domains.model import Standing
from dripline.delivery.domains.records import Place
from dripline.delivery.domains.relaying import TLS, look_at_relays
from dripline.kernel.relays import Credentials, Relay, Security
from tests.makers.certificates import a_certificate, server_side
from tests.makers.dns import Names
from tests.makers.smtp_server import Options, SmtpServer

LOGIN = ("ann", "a secret of hers")


async def seen(server: SmtpServer, *, security: Security = Security.OPPORTUNISTIC) -> Standing | None:
    relay = Relay("127.0.0.1", server.port, security, Credentials(*LOGIN))
    finding = (await look_at_relays(Place(relays=(relay,)), Names())).get(TLS)
    return finding.standing if finding is not None else None


async def test_a_relay_that_offers_encryption_is_seen_to_and_gets_no_credentials_and_no_mail(tmp_path: Path) -> None:
    # Whoever certifies it does not matter: mail that may go out either way is not refused for it.
    tls = server_side(a_certificate(tmp_path, "mail.example.test"))
    async with SmtpServer(tmp_path / "taken", Options(tls=tls, auth=("ann", "another secret"))) as server:
        found = await seen(server)

        assert (found, server.sessions, server.raw()) == (Standing.VERIFIED, 1, [])


async def test_a_relay_that_does_not_encrypt_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    async with SmtpServer(tmp_path / "taken") as plain:
        without = await seen(plain)
    away = await seen(plain)
    async with SmtpServer(tmp_path / "taken", Options(greet="421 come again")) as busy:
        told_off = await seen(busy)

    assert (without, away, told_off) == (Standing.WRONG, Standing.UNKNOWN, Standing.UNKNOWN)


async def test_a_relay_that_must_encrypt_is_not_asked(tmp_path: Path) -> None:
    async with SmtpServer(tmp_path / "taken") as server:
        found = await seen(server, security=Security.REQUIRED)

        assert (found, server.sessions) == (None, 0)
