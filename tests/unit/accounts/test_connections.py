"""What somebody says about a connection is read, or refused with the field and no secret."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.accounts.connections.environment import Environment, environment_of
from dripline.accounts.connections.fields import FIELDS
from dripline.accounts.connections.model import CARRIERS, Connection, Provider, Route, hint_of
from dripline.accounts.connections.presets import relay_of
from dripline.accounts.connections.reading import Told, read_connection
from dripline.api.routes.connections import ConnectionBody
from dripline.kernel.errors import Invalid
from dripline.kernel.relays import Credentials, Relay, Security
from dripline.kernel.values import Json
from dripline.settings import Settings

RELAY = Connection(
    Provider.SMTP, "smtp", {"host": "mail.example.com", "username": "ada"}, {"password": "a long password"}
)


def test_settings_and_secrets_are_told_apart() -> None:
    given: dict[str, Json] = {"host": " MAIL.example.com. ", "port": 2525, "username": "ada", "password": "p w"}

    told = read_connection(Provider.SMTP, given)

    assert told == Told({"host": "mail.example.com", "port": "2525", "username": "ada"}, {"password": "p w"})


def test_what_is_not_named_stays_and_empty_text_removes() -> None:
    told = read_connection(Provider.SMTP, {"connections": 5, "username": "", "password": ""}, RELAY)

    assert told == Told({"host": "mail.example.com", "connections": "5"}, {})


@pytest.mark.parametrize(
    ("provider", "given", "path", "said"),
    [
        (Provider.STRIPE, {}, "apiKey", "is missing"),
        (Provider.STRIPE, {"apiKey": "pk_live_123456"}, "apiKey", "expected a key that begins with sk_test_"),
        (Provider.SMTP, {"preset": "ses", "prot": 25}, "prot", "Did you mean port?"),
        (Provider.SHOPIFY, {"shop": "acme.example.com", "token": "t"}, "shop", "acme.myshopify.com"),
        (Provider.SMTP, {}, "host", "name a host, or a preset"),
        (Provider.SMTP, {"host": "a.example.com", "preset": "ses"}, "host", "known already by the preset"),
        (Provider.SMTP, {"preset": "ses", "username": "ada"}, "password", "is missing"),
        (Provider.SMTP, {"host": "two words"}, "host", "a host name or an IP address"),
        (Provider.SMTP, {"host": "a.example.com", "port": 0}, "port", "1 to 65535"),
        (Provider.SMTP, {"host": "a.example.com", "port": True}, "port", "1 to 65535"),
        (Provider.MAILGUN, {"apiKey": "k", "domain": "localhost"}, "domain", "mail.example.com"),
        (Provider.LLM, {"model": "m", "baseUrl": "https://user@example.com"}, "baseUrl", "without query"),
        (Provider.FILE, {"folder": "/etc"}, "folder", "is no field of this connection"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    provider: Provider, given: dict[str, Json], path: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_connection(provider, given)

    assert [problem.path for problem in refused.value.problems] == [path]
    assert said in str(refused.value)


@given(secret=st.text("0123456789", min_size=6, max_size=40))
def test_a_refusal_shows_no_secret(secret: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_connection(Provider.STRIPE, {"apiKey": f"x {secret}"})

    assert secret not in str(refused.value) + str(refused.value.problems)


@pytest.mark.parametrize("given", [{"host": "evil.example.com"}, {"port": 26}, {"security": "never"}])
def test_a_secret_does_not_follow_to_another_place(given: dict[str, Json]) -> None:
    with pytest.raises(Invalid, match="must be given again"):
        read_connection(Provider.SMTP, given, RELAY)

    told = read_connection(Provider.SMTP, {**given, "password": "another"}, RELAY)
    assert told.secrets == {"password": "another"}


@pytest.mark.parametrize(("folder", "processed"), [("Bounces", "bounces"), ("", "inbox")])
def test_mail_is_never_moved_to_the_folder_that_is_read(folder: str, processed: str) -> None:
    given: dict[str, Json] = {"host": "imap.example.com", "username": "ada", "password": "p", "folder": folder}

    with pytest.raises(Invalid) as refused:
        read_connection(Provider.IMAP, {**given, "processed": processed})

    assert [problem.path for problem in refused.value.problems] == ["processed"]


def test_a_connection_does_not_print_its_secrets() -> None:
    body = ConnectionBody(api_key="sk_live_abcdef", password="hunter2hunter2")

    assert "hunter2" not in repr(body)
    assert "sk_live" not in repr(body)
    assert "password" not in repr(RELAY)


def test_a_hint_is_the_end_of_a_long_secret() -> None:
    assert hint_of("sk_live_0123456789") == "…6789"
    assert hint_of("hunter2") == "…"


def test_the_body_of_a_request_has_every_field_that_is_declared() -> None:
    known = {field.encode_name for field in msgspec.structs.fields(ConnectionBody)}

    declared = {field.name for fields in FIELDS.values() for field in fields}

    assert known == declared | {"provider", "priority", "domains"}
    assert set(FIELDS) == set(Provider)
    assert set(Provider) > CARRIERS


def test_a_route_serves_the_domains_it_names_or_all() -> None:
    assert Route().serves("example.com")
    assert replace(Route(), domains=("example.com",)).serves("example.com")
    assert not Route(domains=("example.com",)).serves("example.org")


def test_the_environment_gives_what_it_has_whole() -> None:
    settings = Settings(
        stripe_api_key="sk_test_1",
        stripe_api_base="http://127.0.0.1:1",
        shopify_shop="acme.myshopify.com",
        llm_model="small",
        llm_api_key="k",
    )

    environment = environment_of(settings)

    assert environment == Environment(
        {
            Provider.STRIPE: Connection(Provider.STRIPE, "environment", {}, {"apiKey": "sk_test_1"}),
            Provider.LLM: Connection(Provider.LLM, "environment", {"model": "small"}, {"apiKey": "k"}),
        },
        {Provider.STRIPE: "http://127.0.0.1:1"},
    )


@pytest.mark.parametrize(
    ("settings", "relay"),
    [
        ({"host": "mail.example.com"}, Relay("mail.example.com", 587, Security.REQUIRED)),
        ({"host": "mail.example.com", "port": "465"}, Relay("mail.example.com", 465, Security.IMPLICIT)),
        ({"host": "mail.example.com", "security": "implicit"}, Relay("mail.example.com", 465, Security.IMPLICIT)),
        (
            {"host": "mail.example.com", "port": "25", "security": "never"},
            Relay("mail.example.com", 25, Security.NEVER),
        ),
        ({"preset": "ses"}, Relay("email-smtp.us-east-1.amazonaws.com", 587, Security.REQUIRED)),
        (
            {"preset": "ses", "region": "eu-west-1"},
            Relay("email-smtp.eu-west-1.amazonaws.com", 587, Security.REQUIRED),
        ),
        ({"preset": "mailgun", "region": "eu"}, Relay("smtp.eu.mailgun.org", 587, Security.REQUIRED)),
        ({"preset": "gmail", "port": "465"}, Relay("smtp.gmail.com", 465, Security.IMPLICIT)),
    ],
)
def test_a_relay_is_what_was_told_or_what_the_preset_knows(settings: dict[str, str], relay: Relay) -> None:
    assert relay_of(Connection(Provider.SMTP, "smtp", settings, {})) == relay


@pytest.mark.parametrize(("preset", "username"), [("sendgrid", "apikey"), ("resend", "resend")])
def test_a_preset_knows_the_user_that_all_have(preset: str, username: str) -> None:
    told = read_connection(Provider.SMTP, {"preset": preset, "password": "the API key"})

    relay = relay_of(Connection(Provider.SMTP, "smtp", told.settings, told.secrets))

    assert relay.credentials == Credentials(username, "the API key")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["password"]),
        ({"password": "x"}, []),
        ({"tokenUrl": "https://login.example/token"}, ["clientId", "refreshToken"]),
        ({"tokenUrl": "https://login.example/token", "clientId": "a", "refreshToken": "r"}, []),
        ({"tokenUrl": "https://login.example/token", "clientId": "a", "clientSecret": "s"}, []),
        ({"tokenUrl": "http://login.example/token", "clientId": "a", "clientSecret": "s"}, ["tokenUrl", "password"]),
    ],
)
def test_a_mailbox_needs_a_password_or_a_way_to_tokens(given: dict[str, Json], missing: list[str]) -> None:
    try:
        read_connection(Provider.IMAP, {"host": "imap.example.com", "username": "x@example.com", **given})
        found = []
    except Invalid as error:
        found = [problem.path for problem in error.problems]

    assert found == missing
