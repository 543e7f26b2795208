from datetime import UTC, datetime

import pytest

from dripline.accounts.connections.model import Connection, Provider, Route
from dripline.delivery.domains.records import Place
from dripline.delivery.domains.ways import place_of, through
from dripline.kernel.relays import Credentials, Relay, Security

AT = datetime(2026, 3, 2, tzinfo=UTC)
GIVEN = through(Place(bounce_host="in.example.net"), [Relay("mail.example.net", 25, Security.OPPORTUNISTIC)])


def connection(provider: Provider, *domains: str, **settings: str) -> Connection:
    return Connection(provider, provider, settings, {}, created_at=AT, route=Route(domains=domains))


def test_without_a_connection_that_serves_the_domain_mail_leaves_as_the_installation_has_it() -> None:
    connections = [connection(Provider.POSTMARK, "other.example"), connection(Provider.STRIPE)]

    assert place_of("example.com", connections[:1], GIVEN) == GIVEN
    assert (GIVEN.spf_terms, GIVEN.bounce_host) == (("a:mail.example.net",), "in.example.net")


def test_every_connection_that_may_carry_it_must_be_allowed() -> None:
    connections = [
        connection(Provider.SMTP, preset="ses", username="u"),
        connection(Provider.SMTP, host="relay.example.org", security="never"),
        connection(Provider.SENDGRID, "elsewhere.example"),
    ]

    place = place_of("example.com", connections, GIVEN)

    assert place.spf_terms == ("include:amazonses.com", "a:relay.example.org")
    assert [(relay.host, relay.security) for relay in place.relays] == [
        ("email-smtp.us-east-1.amazonaws.com", Security.REQUIRED),
        ("relay.example.org", Security.NEVER),
    ]
    assert (place.providers, place.bounce_host) == ((), "in.example.net")


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        (Provider.POSTMARK, "Postmark"),
        (Provider.SENDGRID, "SendGrid"),
        (Provider.MAILGUN, "Mailgun"),
        (Provider.RESEND, "Resend"),
    ],
)
def test_an_api_needs_no_term_for_it_sends_from_a_return_path_of_its_own(provider: Provider, name: str) -> None:
    place = place_of("example.com", [connection(provider)], GIVEN)

    assert (place.spf_terms, place.relays, place.providers) == ((), (), (name,))


def test_a_relay_of_this_machine_says_nothing_and_no_password_is_kept() -> None:
    inside = Relay("127.0.0.1", 25, Security.NEVER)
    outside = Relay("mail.example.net", 587, Security.REQUIRED, Credentials("u", "p"))

    place = through(Place(), [inside, outside])

    assert (place.spf_terms, [relay.credentials for relay in place.relays]) == (("a:mail.example.net",), [None])
