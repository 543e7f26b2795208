"""The environment becomes settings, or errors that say what to change."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.addresses import parse_mailbox
from dripline.kernel.errors import Invalid
from dripline.settings import (
    SETTINGS,
    Settings,
    read_settings,
    show_setting,
    unknown_settings,
    url_of,
)


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = read_settings({"DRIPLINE_HOST": "", "DRIPLINE_PORT": "  ", "PATH": "/bin"})

    assert settings == Settings(
        host="127.0.0.1",
        port=8025,
        data_dir=Path(".dripline"),
        public_url="http://127.0.0.1:8025",
        database_url=None,
        app_database_url=None,
        database_user="nobody",
        workers=1,
        lease_seconds=60,
        bootstrap_test_key=None,
        bootstrap_live_key=None,
        secret_key=None,
        former_secret_keys=(),
        smtp_url=None,
        sender=None,
        smtp_retry_seconds=1800,
        smtp_retry_max_hours=96,
        smtp_connections=20,
        smtp_timeout_seconds=None,
        stripe_api_key=None,
        stripe_api_base=None,
        shopify_shop=None,
        shopify_token=None,
        shopify_api_base=None,
        llm_base_url=None,
        llm_model=None,
        llm_api_key=None,
        private_webhooks=False,
        url=None,
        key=None,
    )


def test_every_setting_is_read() -> None:
    environ = {
        "DRIPLINE_HOST": "0.0.0.0",
        "DRIPLINE_PORT": "9000",
        "DRIPLINE_DATA_DIR": "/srv/dripline",
        "DRIPLINE_PUBLIC_URL": "https://mail.example.com/",
        "DRIPLINE_DATABASE_URL": "postgresql://dripline:secret@db.example.com/dripline",
        "DRIPLINE_APP_DATABASE_URL": "postgres://app:secret@db.example.com/dripline",
        "DRIPLINE_DATABASE_USER": "postgres",
        "DRIPLINE_WORKERS": "3",
        "DRIPLINE_LEASE_SECONDS": "1",
        "DRIPLINE_BOOTSTRAP_TEST_KEY": "dl_test_abcdefgh",
        "DRIPLINE_BOOTSTRAP_LIVE_KEY": "dl_live_abcdefgh",
        "DRIPLINE_SECRET_KEY": "0123456789abcdef",
        "DRIPLINE_FORMER_SECRET_KEYS": "fedcba9876543210, 00112233445566778899",
        "DRIPLINE_SMTP_URL": "smtps://relay.example.com",
        "DRIPLINE_FROM": "Ada Example <ada@example.com>",
        "DRIPLINE_SMTP_RETRY_SECONDS": "5",
        "DRIPLINE_SMTP_RETRY_MAX_HOURS": "48",
        "DRIPLINE_SMTP_CONNECTIONS": "7",
        "DRIPLINE_SMTP_TIMEOUT_SECONDS": "30",
        "DRIPLINE_BOUNCE_HOST": "bounces.example.com",
        "DRIPLINE_INBOUND_PORT": "2525",
        "DRIPLINE_INBOUND_HOST": "0.0.0.0",
        "DRIPLINE_INBOUND_LMTP": "yes",
        "DRIPLINE_INBOUND_ADDRESSES": "fbl@example.com, abuse@example.com",
        "DRIPLINE_INBOUND_MAX_BYTES": "20000",
        "DRIPLINE_SOFT_BOUNCES": "3",
        "DRIPLINE_SOFT_BOUNCE_DAYS": "0",
        "DRIPLINE_DNS_SERVERS": "192.0.2.53, 127.0.0.1:5353, [::1]:53, 2001:db8::53",
        "DRIPLINE_STRIPE_API_KEY": "sk_test_123",
        "DRIPLINE_STRIPE_API_BASE": "http://127.0.0.1:4010/",
        "DRIPLINE_SHOPIFY_SHOP": "Acme.myshopify.com",
        "DRIPLINE_SHOPIFY_TOKEN": "shpat_123",
        "DRIPLINE_SHOPIFY_API_BASE": "http://127.0.0.1:4011",
        "DRIPLINE_PRIVATE_WEBHOOKS": "yes",
        "DRIPLINE_PRIVATE_CONNECTIONS": "no",
        "DRIPLINE_LLM_BASE_URL": "http://127.0.0.1:11434/v1",
        "DRIPLINE_LLM_MODEL": "small",
        "DRIPLINE_LLM_API_KEY": "sk-123",
        "DRIPLINE_URL": "https://drip.example.com/",
        "DRIPLINE_KEY": "dl_test_abcdefgh",
    }

    settings = read_settings(environ)

    assert set(environ) == {setting.name for setting in SETTINGS}
    assert settings == Settings(
        host="0.0.0.0",
        port=9000,
        data_dir=Path("/srv/dripline"),
        public_url="https://mail.example.com",
        database_url="postgresql://dripline:secret@db.example.com/dripline",
        app_database_url="postgres://app:secret@db.example.com/dripline",
        database_user="postgres",
        workers=3,
        lease_seconds=1,
        bootstrap_test_key="dl_test_abcdefgh",
        bootstrap_live_key="dl_live_abcdefgh",
        secret_key="0123456789abcdef",
        former_secret_keys=("fedcba9876543210", "00112233445566778899"),
        smtp_url="smtps://relay.example.com",
        sender=parse_mailbox("Ada Example <ada@example.com>"),
        smtp_retry_seconds=5,
        smtp_retry_max_hours=48,
        smtp_connections=7,
        smtp_timeout_seconds=30,
        bounce_host="bounces.example.com",
        inbound_port=2525,
        inbound_host="0.0.0.0",
        inbound_lmtp=True,
        inbound_addresses=("fbl@example.com", "abuse@example.com"),
        inbound_max_bytes=20_000,
        soft_bounces=3,
        soft_bounce_days=0,
        dns_servers=(("192.0.2.53", 53), ("127.0.0.1", 5353), ("::1", 53), ("2001:db8::53", 53)),
        stripe_api_key="sk_test_123",
        stripe_api_base="http://127.0.0.1:4010",
        private_webhooks=True,
        private_connections=False,
        shopify_shop="acme.myshopify.com",
        shopify_token="shpat_123",
        shopify_api_base="http://127.0.0.1:4011",
        llm_base_url="http://127.0.0.1:11434/v1",
        llm_model="small",
        llm_api_key="sk-123",
        url="https://drip.example.com",
        key="dl_test_abcdefgh",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DRIPLINE_HOST", "two words"),
        ("DRIPLINE_PORT", "0"),
        ("DRIPLINE_PORT", "65536"),
        ("DRIPLINE_PORT", "\uff18\uff10"),
        ("DRIPLINE_PUBLIC_URL", "mail.example.com"),
        ("DRIPLINE_PUBLIC_URL", "https://mail.example.com:port"),
        ("DRIPLINE_DATABASE_URL", "mysql://db.example.com/dripline"),
        ("DRIPLINE_LEASE_SECONDS", "-1"),
        ("DRIPLINE_LEASE_SECONDS", "1.5"),
        ("DRIPLINE_BOOTSTRAP_TEST_KEY", "short"),
        ("DRIPLINE_SECRET_KEY", "too short"),
        ("DRIPLINE_FORMER_SECRET_KEYS", "0123456789abcdef,short"),
        ("DRIPLINE_SHOPIFY_SHOP", "acme.example.com"),
        ("DRIPLINE_STRIPE_API_BASE", "ftp://127.0.0.1"),
        ("DRIPLINE_DNS_SERVERS", "ns1.example.com"),
        ("DRIPLINE_DNS_SERVERS", "192.0.2.53:99999"),
        ("DRIPLINE_BOUNCE_HOST", "two words"),
        ("DRIPLINE_SMTP_URL", "http://relay.example.com"),
        ("DRIPLINE_SMTP_URL", "smtp://relay.example.com?starttls=maybe"),
        ("DRIPLINE_SMTP_URL", "smtp://relay.example.com?starttls=implicit"),
        ("DRIPLINE_SMTP_URL", "smtps://relay.example.com?starttls=never"),
        ("DRIPLINE_SMTP_URL", "smtp://relay.example.com:99999"),
        ("DRIPLINE_FROM", "nobody"),
        ("DRIPLINE_SMTP_CONNECTIONS", "many"),
        ("DRIPLINE_INBOUND_ADDRESSES", "fbl@example.com, nobody"),
        ("DRIPLINE_INBOUND_MAX_BYTES", "25000001"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_with_what_was_expected(name: str, text: str) -> None:
    [expected] = [setting.expected for setting in SETTINGS if setting.name == name]

    with pytest.raises(Invalid) as raised:
        read_settings({name: text})

    assert [(problem.path, problem.expected) for problem in raised.value.problems] == [(name, expected)]
    assert expected in raised.value.message


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Invalid) as raised:
        read_settings({"DRIPLINE_PORT": "x", "DRIPLINE_LEASE_SECONDS": "y"})

    assert [str(problem) for problem in raised.value.problems] == [
        "DRIPLINE_PORT: expected a whole number from 1 to 65535, found 'x'",
        "DRIPLINE_LEASE_SECONDS: expected a whole number from 1 to 3600, found 'y'",
    ]


def test_an_error_never_shows_a_secret() -> None:
    with pytest.raises(Invalid) as raised:
        read_settings({"DRIPLINE_DATABASE_URL": "mysql://ada:hunter2@db.example.com"})

    assert "hunter2" not in str([raised.value.message, *raised.value.problems])


def test_secrets_do_not_show_in_the_settings_themselves() -> None:
    settings = read_settings({"DRIPLINE_SMTP_URL": "smtp://ada:hunter2@relay.example.com"})

    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"DRIPLINE_BOOTSTRAP_TEST_KEY": "dl_test_same", "DRIPLINE_BOOTSTRAP_LIVE_KEY": "dl_test_same"},
            "DRIPLINE_BOOTSTRAP_LIVE_KEY: expected another key than DRIPLINE_BOOTSTRAP_TEST_KEY, found the same",
        ),
        (
            {"DRIPLINE_APP_DATABASE_URL": "postgresql://app@db.example.com/dripline"},
            "DRIPLINE_DATABASE_URL: expected the URL of the owner, since DRIPLINE_APP_DATABASE_URL is set, found none",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(environ: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid) as raised:
        read_settings(environ)

    assert raised.value.message == message


def test_an_unknown_variable_is_warned_of_with_the_nearest_name() -> None:
    warnings = unknown_settings({"DRIPLINE_HOTS": "x", "DRIPLINE_ZZZZZZZZZZZZ": "x", "DRIPLINE_PORT": "1", "HOME": "/"})

    assert warnings == [
        "DRIPLINE_HOTS is no setting of Dripline and changes nothing. Did you mean DRIPLINE_HOST?",
        "DRIPLINE_ZZZZZZZZZZZZ is no setting of Dripline and changes nothing. `dripline settings` lists them all.",
    ]


def test_a_list_of_settings_hides_secrets_and_shows_defaults() -> None:
    shown = {
        setting.name: show_setting(setting, {"DRIPLINE_SECRET_KEY": "0123456789abcdef", "DRIPLINE_PORT": "9000"})
        for setting in SETTINGS
    }

    assert shown["DRIPLINE_SECRET_KEY"] == "(set, hidden)"
    assert shown["DRIPLINE_PORT"] == "9000"
    assert shown["DRIPLINE_LEASE_SECONDS"] == "60"
    assert shown["DRIPLINE_SMTP_URL"] == ""


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("mail.example.com", "http://mail.example.com:80"),
    ],
)
def test_the_address_to_open_follows_from_host_and_port(host: str, url: str) -> None:
    assert url_of(host, 80) == url


@given(name=st.sampled_from([setting.name for setting in SETTINGS]), text=st.text(max_size=40))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    with suppress(Invalid):
        assert isinstance(read_settings({name: text}), Settings)
