"""Relays: the mail server that a URL names, and how to talk to it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import idna

EXPECTED = "smtp://user:password@host:25?starttls=required|opportunistic|never, or smtps://user:password@host:465"

_PORTS = {"smtp": 25, "smtps": 465}
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f]")


class Security(StrEnum):
    """When the conversation is encrypted: from its first byte; after STARTTLS, always, if offered, or never."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    OPPORTUNISTIC = "opportunistic"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail server that takes all our mail, and how to talk to it."""

    host: str
    port: int
    security: Security
    credentials: Credentials | None = None

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.host)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def parse_relay(url: str) -> Relay:
    """Read the URL of a relay. User and password are percent-decoded.

    Without `starttls`: required when there are credentials and the host is not this machine, else opportunistic.
    Without a port: 25, or 465 for smtps.

    Raises:
        ValueError: says what is wrong with it, and never shows the URL or the password in it.
    """
    if _UNSEEN.search(url):
        raise ValueError("holds a space or a control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("has no host and port that can be read; does the password hold / ? # @ unescaped?") from None
    if parts.scheme not in _PORTS:
        raise ValueError("begins with neither smtp:// nor smtps://")
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError("goes on after the host; does the password hold / ? # unescaped?")
    host = _host(parts)
    credentials = _credentials(parts)
    return Relay(host, port or _PORTS[parts.scheme], _security(parts, host, credentials), credentials)


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        raise ValueError("names no host")
    try:
        return str(ip_address(parts.hostname))
    except ValueError:
        pass
    try:
        return idna.encode(parts.hostname, uts46=True).decode()
    except idna.IDNAError:
        raise ValueError("names a host that cannot be one") from None


def _credentials(parts: SplitResult) -> Credentials | None:
    if parts.username is None:
        return None
    username, password = unquote(parts.username), unquote(parts.password or "")
    if not username or not password:
        raise ValueError("names a user without a password, or a password without a user")
    if "\0" in username + password:
        raise ValueError("holds the character NUL in its credentials")
    return Credentials(username, password)


def _security(parts: SplitResult, host: str, credentials: Credentials | None) -> Security:
    options = parse_qsl(parts.query, keep_blank_values=True)
    if parts.scheme == "smtps":
        if options:
            raise ValueError("asks for more than smtps, which takes no options")
        return Security.IMPLICIT
    match options:
        case []:
            guarded = credentials is not None and not _is_loopback(host)
            return Security.REQUIRED if guarded else Security.OPPORTUNISTIC
        case [("starttls", ("required" | "opportunistic" | "never") as chosen)]:
            return Security(chosen)
        case _:
            raise ValueError("has an option that is none")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
