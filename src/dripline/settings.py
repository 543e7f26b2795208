"""All settings: environment variables that start with `DRIPLINE_`, each declared once.

An empty variable counts as one that is not set.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from ipaddress import ip_address
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from dripline.kernel.addresses import Mailbox, parse_address, parse_mailbox
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.relays import EXPECTED, parse_relay

PREFIX = "DRIPLINE_"
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 (compared with, not bound to)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about one setting besides its value.

    `default` is text to show; empty means none. `expected` completes "expected …" in an error.
    """

    name: str
    default: str
    unit: str
    help: str
    expected: str
    secret: bool
    parse: Callable[[str], object]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of text is read, and what to say when it cannot be."""

    parse: Callable[[str], object]
    expected: str


def _word(text: str) -> str:
    if not text.isprintable() or any(letter.isspace() for letter in text):
        raise ValueError
    return text


def _key(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,200}", text):
        raise ValueError
    return text


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError
    return text


def _secrets(text: str) -> tuple[str, ...]:
    return tuple(_secret(part.strip()) for part in text.split(",") if part.strip())


def _dns_servers(text: str) -> tuple[tuple[str, int], ...]:
    return tuple(_endpoint(part.strip()) for part in text.split(","))


def _endpoint(text: str) -> tuple[str, int]:
    """An address with the port behind it; one of IPv6 with a port stands in brackets."""
    address: str | None = text
    port = None
    if text.startswith("[") or text.count(":") == 1:
        parts = urlsplit(f"//{_word(text)}")
        address, port = parts.hostname, parts.port
    return str(ip_address(address or "")), port or 53


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(parse_address(part).text for part in text.split(",") if part.strip())


def _yes(text: str) -> bool:
    if text.lower() not in {"yes", "no"}:
        raise ValueError
    return text.lower() == "yes"


def _shop(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,99}\.myshopify\.com", text.lower()):
        raise ValueError
    return text.lower()


def _model(text: str) -> str:
    if not text.isprintable() or len(text) > 200:
        raise ValueError
    return text


def _http_url(text: str) -> str:
    url = urlsplit(_word(text))
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise ValueError
    _ = url.port
    return text.rstrip("/")


def _database_url(text: str) -> str:
    if urlsplit(_word(text)).scheme not in {"postgresql", "postgres"}:
        raise ValueError
    return text


def _smtp_url(text: str) -> str:
    parse_relay(text)
    return text


def _whole(least: int, most: int) -> _Kind:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return _Kind(parse, f"a whole number from {least} to {most}")


def _path(text: str) -> Path:
    if "\0" in text:
        raise ValueError
    return Path(text)


_HOST = _Kind(_word, "a host name or an address without spaces")
_USER = _Kind(_word, "the name of a user of this machine")
_FOLDER = _Kind(_path, "the path of a folder")
_DNS_SERVERS = _Kind(_dns_servers, "addresses with commas between them, each with :port where that is not 53")
_HTTP_URL = _Kind(_http_url, "an http:// or https:// URL without query")
_DATABASE_URL = _Kind(_database_url, "a URL such as postgresql://user:password@host:5432/database")
_API_KEY = _Kind(_key, "8 to 200 letters, digits, _ or -, such as dl_test_ and 32 random letters")
_SECRET = _Kind(_secret, "at least 16 characters, such as the output of: openssl rand -hex 32")
_SECRETS = _Kind(_secrets, "keys of at least 16 characters, with commas between them")
_YES = _Kind(_yes, "yes or no")
_TOKEN = _Kind(_word, "text without spaces, as the provider shows it")
_SHOP = _Kind(_shop, "a name such as acme.myshopify.com")
_MODEL = _Kind(_model, "the name of a model")
_SMTP_URL = _Kind(_smtp_url, EXPECTED)
_ADDRESSES = _Kind(_addresses, "addresses with commas between them")
_MAILBOX = _Kind(parse_mailbox, "an address, or Name <address>")


def _about(
    name: str, kind: _Kind, says: str, *, unit: str = "", default: str = "", secret: bool = False
) -> dict[str, Setting]:
    return {"setting": Setting(PREFIX + name, default, unit, says, kind.expected, secret, kind.parse)}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Made by `read_settings`; `Settings()` is all defaults."""

    host: str = field(default="127.0.0.1", metadata=_about("HOST", _HOST, "Address the API listens on."))
    port: int = field(default=8025, metadata=_about("PORT", _whole(1, 65535), "Port the API listens on."))
    data_dir: Path = field(
        default=Path(".dripline"),
        metadata=_about(
            "DATA_DIR",
            _FOLDER,
            "Folder of embedded PostgreSQL, its passwords, the generated secret key, and what waits for a database.",
            default="./.dripline",
        ),
    )
    public_url: str = field(
        default="",
        metadata=_about(
            "PUBLIC_URL",
            _HTTP_URL,
            "How links to this installation begin, as recipients see it.",
            default="http://HOST:PORT",
        ),
    )
    database_url: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "DATABASE_URL",
            _DATABASE_URL,
            "PostgreSQL 15 or newer, as the owner of the tables. Without it an embedded one is started.",
            secret=True,
        ),
    )
    app_database_url: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "APP_DATABASE_URL",
            _DATABASE_URL,
            "The same database, as the role of the front doors. Without it they use SET ROLE dripline_app.",
            secret=True,
        ),
    )
    database_user: str = field(
        default="nobody",
        metadata=_about(
            "DATABASE_USER",
            _USER,
            "User that embedded PostgreSQL runs as when Dripline is started by root.",
        ),
    )
    workers: int = field(
        default=1,
        metadata=_about(
            "WORKERS",
            _whole(1, 64),
            "Workers that `dripline up` runs. One keeps about one core busy; more share the work.",
            unit="processes",
        ),
    )
    lease_seconds: int = field(
        default=60,
        metadata=_about(
            "LEASE_SECONDS",
            _whole(1, 3600),
            "Lease on outbox rows and jobs: after it, the work of a dead worker is taken up again.",
            unit="seconds",
        ),
    )
    bootstrap_test_key: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "BOOTSTRAP_TEST_KEY",
            _API_KEY,
            "API key of the test workspace made at first start. Without it one is made and printed once.",
            secret=True,
        ),
    )
    bootstrap_live_key: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "BOOTSTRAP_LIVE_KEY",
            _API_KEY,
            "API key of the live workspace made at first start. Without it one is made and printed once.",
            secret=True,
        ),
    )
    secret_key: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "SECRET_KEY",
            _SECRET,
            "Master key. Generated into the data folder with embedded PostgreSQL, required otherwise.",
            secret=True,
        ),
    )
    former_secret_keys: tuple[str, ...] = field(
        default=(),
        repr=False,
        metadata=_about(
            "FORMER_SECRET_KEYS",
            _SECRETS,
            "Master keys of before, so that what they sealed and signed stays good.",
            secret=True,
        ),
    )
    smtp_url: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "SMTP_URL",
            _SMTP_URL,
            "Relay of live mail that no connection carries. Without either it is held.",
            secret=True,
        ),
    )
    sender: Mailbox | None = field(
        default=None,
        metadata=_about(
            "FROM",
            _MAILBOX,
            "Default sender. Counts as verified for the live workspace made at first start.",
        ),
    )
    smtp_retry_seconds: int = field(
        default=1800,
        metadata=_about(
            "SMTP_RETRY_SECONDS",
            _whole(1, 86400),
            "First delay after a 4xx answer. It doubles with each further one, with jitter.",
            unit="seconds",
        ),
    )
    smtp_retry_max_hours: int = field(
        default=96,
        metadata=_about(
            "SMTP_RETRY_MAX_HOURS",
            _whole(1, 720),
            "How long to try after 4xx answers before a mail fails.",
            unit="hours",
        ),
    )
    smtp_connections: int = field(
        default=20,
        metadata=_about(
            "SMTP_CONNECTIONS",
            _whole(1, 500),
            "Most connections to the relay, per worker.",
            unit="connections",
        ),
    )
    smtp_timeout_seconds: int | None = field(
        default=None,
        metadata=_about(
            "SMTP_TIMEOUT_SECONDS",
            _whole(1, 3600),
            "One limit for every phase of a hand-over, instead of those of RFC 5321, section 4.5.3.2.",
            unit="seconds",
        ),
    )
    bounce_host: str | None = field(
        default=None,
        metadata=_about(
            "BOUNCE_HOST",
            _HOST,
            "Host name under which the world reaches the listener for bounces. Without it the host of PUBLIC_URL.",
        ),
    )
    inbound_port: int | None = field(
        default=None,
        metadata=_about(
            "INBOUND_PORT", _whole(1, 65535), "Port that mail which comes back is taken in at. Without it none is."
        ),
    )
    inbound_host: str = field(
        default="127.0.0.1", metadata=_about("INBOUND_HOST", _HOST, "Address that the listener for bounces listens on.")
    )
    inbound_lmtp: bool = field(
        default=False,
        metadata=_about("INBOUND_LMTP", _YES, "Whether the listener speaks LMTP instead of SMTP.", default="no"),
    )
    inbound_addresses: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "INBOUND_ADDRESSES",
            _ADDRESSES,
            "Addresses that the listener takes besides bounce addresses, such as those of feedback loops.",
        ),
    )
    inbound_max_bytes: int = field(
        default=10_000_000,
        metadata=_about("INBOUND_MAX_BYTES", _whole(10_000, 25_000_000), "Largest mail taken in.", unit="octets"),
    )
    soft_bounces: int = field(
        default=5,
        metadata=_about(
            "SOFT_BOUNCES",
            _whole(1, 1000),
            "Failures in a row that are not for good, after which an address is suppressed.",
        ),
    )
    soft_bounce_days: int = field(
        default=7,
        metadata=_about(
            "SOFT_BOUNCE_DAYS", _whole(0, 365), "Days over which those failures must lie at least.", unit="days"
        ),
    )
    dns_servers: tuple[tuple[str, int], ...] = field(
        default=(),
        metadata=_about(
            "DNS_SERVERS",
            _DNS_SERVERS,
            "Name servers that domains are checked with. Without it those of the machine.",
        ),
    )
    stripe_api_key: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "STRIPE_API_KEY",
            _TOKEN,
            "Stripe key of the first workspaces, where they have no connection of their own.",
            secret=True,
        ),
    )
    stripe_api_base: str | None = field(
        default=None,
        metadata=_about("STRIPE_API_BASE", _HTTP_URL, "Where Stripe's API is, instead of its usual place."),
    )
    shopify_shop: str | None = field(
        default=None,
        metadata=_about(
            "SHOPIFY_SHOP", _SHOP, "Shop of the first workspaces, where they have no connection of their own."
        ),
    )
    shopify_token: str | None = field(
        default=None,
        repr=False,
        metadata=_about("SHOPIFY_TOKEN", _TOKEN, "Access token of the Admin API of that shop.", secret=True),
    )
    shopify_api_base: str | None = field(
        default=None,
        metadata=_about("SHOPIFY_API_BASE", _HTTP_URL, "Where the Admin API of shops is, instead of the shop's host."),
    )
    llm_base_url: str | None = field(
        default=None,
        metadata=_about(
            "LLM_BASE_URL", _HTTP_URL, "OpenAI-compatible endpoint that drafts are written by. Without it OpenAI's own."
        ),
    )
    llm_model: str | None = field(
        default=None,
        metadata=_about("LLM_MODEL", _MODEL, "Its model. Without it the first workspaces have no endpoint."),
    )
    llm_api_key: str | None = field(
        default=None,
        repr=False,
        metadata=_about("LLM_API_KEY", _TOKEN, "Its API key, where it wants one.", secret=True),
    )
    private_webhooks: bool = field(
        default=False,
        metadata=_about(
            "PRIVATE_WEBHOOKS",
            _YES,
            "Whether webhooks may be called at addresses that are not public.",
            default="no",
        ),
    )
    private_connections: bool = field(
        default=True,
        metadata=_about(
            "PRIVATE_CONNECTIONS",
            _YES,
            "Whether relays, mailboxes and language models that keys connect may be at addresses that are not public.",
            default="yes",
        ),
    )
    url: str | None = field(
        default=None,
        metadata=_about(
            "URL",
            _HTTP_URL,
            "Address of the product that commands such as import talk to. "
            "Without it the one that runs in the data folder.",
        ),
    )
    key: str | None = field(
        default=None,
        repr=False,
        metadata=_about("KEY", _API_KEY, "API key that commands such as import use.", secret=True),
    )

    def __post_init__(self) -> None:
        if not self.public_url:
            object.__setattr__(self, "public_url", url_of(self.host, self.port))


def url_of(host: str, port: int) -> str:
    """The address to open for something that listens on `host` and `port`."""
    name = "127.0.0.1" if host in _EVERYWHERE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _of(declared: "Field[object]") -> Setting:
    setting = cast("Setting", declared.metadata["setting"])
    if setting.default or declared.default in {None, "", ()}:
        return setting
    return replace(setting, default=str(declared.default))


SETTINGS: tuple[Setting, ...] = tuple(_of(declared) for declared in fields(Settings))
"""Every setting there is, in the order in which they are listed."""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that these environment variables give, defaults where they say nothing.

    Raises:
        Invalid: names every variable that cannot be read, what was found (no secrets), what was expected.
    """
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for declared in fields(Settings):
        setting = _of(declared)
        if not (text := environ.get(setting.name, "").strip()):
            continue
        try:
            values[declared.name] = setting.parse(text)
        except ValueError:
            problems.append(_problem(setting, text))
    problems += _contradictions(values)
    if problems:
        raise Invalid.of(problems)
    return Settings(**values)  # type: ignore[arg-type]  # each value was read by the parser of its own field


def _problem(setting: Setting, text: str) -> Problem:
    found = f"a secret of {len(text)} characters" if setting.secret else repr(text)
    return Problem(
        setting.name,
        f"expected {setting.expected}, found {found}",
        found=found,
        expected=setting.expected,
    )


def _contradictions(values: Mapping[str, object]) -> list[Problem]:
    problems = []
    test, live = values.get("bootstrap_test_key"), values.get("bootstrap_live_key")
    if test is not None and test == live:
        name, expected = f"{PREFIX}BOOTSTRAP_LIVE_KEY", "another key than DRIPLINE_BOOTSTRAP_TEST_KEY"
        problems.append(Problem(name, f"expected {expected}, found the same", found="the same", expected=expected))
    if "app_database_url" in values and "database_url" not in values:
        name, expected = f"{PREFIX}DATABASE_URL", "the URL of the owner, since DRIPLINE_APP_DATABASE_URL is set"
        problems.append(Problem(name, f"expected {expected}, found none", found="none", expected=expected))
    return problems


def unknown_settings(environ: Mapping[str, str]) -> list[str]:
    """One sentence for each `DRIPLINE_` variable that means nothing, with the nearest name."""
    known = [setting.name for setting in SETTINGS]
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [_unknown(name, known) for name in unknown]


def _unknown(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {nearest[0]}?" if nearest else "`dripline settings` lists them all."
    return f"{name} is no setting of Dripline and changes nothing. {hint}"


def show_setting(setting: Setting, environ: Mapping[str, str]) -> str:
    """The current value for people: what is set, or the default. A secret shows only that it is set."""
    text = environ.get(setting.name, "").strip()
    if not text:
        return setting.default
    return "(set, hidden)" if setting.secret else text
