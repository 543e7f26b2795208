"""Access to a mailbox by a token (OAuth 2.0, RFC 6749) in the place of a password. It blocks: it runs in a thread."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urlsplit

from dripline.delivery.calls.reaching import Reach, addresses_of

_SECONDS = 10.0
_MOST_BYTES = 65_536
_LONGEST_REASON = 200
_USUAL_SECONDS = 300
# A token is asked for anew before the old one ends.
_AHEAD_SECONDS = 120


class NoAccess(Exception):
    """No token was given; the text says why, without secrets."""


@dataclass(frozen=True, slots=True)
class Grant:
    """By what a token is given: by a refresh token where there is one (section 6), else by the client's own secret
    (section 4.4).
    """

    url: str
    client: str
    secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""

    @property
    def body(self) -> bytes:
        """The form that asks for a token."""
        kind = "refresh_token" if self.refresh_token else "client_credentials"
        told = {
            "grant_type": kind,
            "client_id": self.client,
            "client_secret": self.secret,
            "refresh_token": self.refresh_token,
            "scope": self.scope,
        }
        return urlencode({name: value for name, value in told.items() if value}).encode()


@dataclass(frozen=True, slots=True)
class Access:
    """A token, until when it is good (by the monotonic clock), and the refresh token that replaces the last one."""

    token: str = field(repr=False)
    until: float
    refresh_token: str = field(default="", repr=False)


class Passes:
    """The tokens of this process: each is used until shortly before it ends."""

    def __init__(self) -> None:
        self._known: dict[Grant, Access] = {}

    def access(self, grant: Grant, door: "Door") -> Access:
        """A token for a grant, of before or a new one.

        Raises:
            NoAccess, OSError: it was not given, or nobody could be asked.
        """
        now = time.monotonic()  # allow: wall-clock (how long a token is good)
        self._known = {each: access for each, access in self._known.items() if access.until > now}
        known = self._known.get(grant)
        if known is None:
            known = door.ask(grant)
            # The next one is asked for with what takes the place of the refresh token.
            kept = replace(grant, refresh_token=known.refresh_token or grant.refresh_token)
            self._known[kept] = self._known[grant] = known
        return known

    def forget(self, grant: Grant) -> None:
        """Forget a token that was not taken."""
        known = self._known.pop(grant, None)
        self._known = {each: access for each, access in self._known.items() if access is not known}


class Door:
    """Asks a token endpoint. `connected` is told of the line, so that others can cut it."""

    def __init__(self, tls: ssl.SSLContext, reach: Reach | None, connected: Callable[[socket.socket], None]) -> None:
        self._tls = tls
        self._reach = reach
        self._connected = connected

    def ask(self, grant: Grant) -> Access:
        """Ask for a token, once.

        Raises:
            NoAccess, OSError: it was not given, or nobody could be asked.
        """
        status, said = self._post(grant)
        try:
            answer = json.loads(said)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise NoAccess(f"the token endpoint answered {status} and no JSON")
        token = answer.get("access_token")
        if status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise NoAccess(_reason(status, answer, grant))
        lasts = answer.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float) else _USUAL_SECONDS
        renewed = answer.get("refresh_token")
        until = time.monotonic() + seconds - _AHEAD_SECONDS  # allow: wall-clock (how long a token is good)
        return Access(token, until, renewed if isinstance(renewed, str) and grant.refresh_token else "")

    def _post(self, grant: Grant) -> tuple[int, bytes]:
        url = urlsplit(grant.url)
        line = http.client.HTTPSConnection(url.hostname or "", url.port, timeout=_SECONDS, context=self._tls)
        try:
            line.sock = self._line(line.host, line.port)
            headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
            line.request("POST", url.path or "/", grant.body, headers)
            response = line.getresponse()
            return response.status, response.read(_MOST_BYTES)
        except http.client.HTTPException as error:
            raise NoAccess(f"the token endpoint gave no answer ({type(error).__name__})") from None
        finally:
            line.close()

    def _line(self, host: str, port: int) -> ssl.SSLSocket:
        if self._reach is not None:
            self._reach.must_allow(addresses_of(host))
        line = socket.create_connection((host, port), _SECONDS)
        self._connected(line)
        if self._reach is not None:
            # A name may lead elsewhere the second time it is looked up.
            self._reach.must_allow([str(line.getpeername()[0])])
        return self._tls.wrap_socket(line, server_hostname=host)


def _reason(status: int, answer: dict[str, object], grant: Grant) -> str:
    """What the endpoint said, in one line and without what it was told."""
    said = " ".join(str(answer[name]) for name in ("error", "error_description") if name in answer)
    for secret in (grant.refresh_token, grant.secret):
        said = said.replace(secret, "…") if secret else said
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in said[:2_000]).split())
    return f"the token endpoint answered {status}: {line}"[:_LONGEST_REASON]
