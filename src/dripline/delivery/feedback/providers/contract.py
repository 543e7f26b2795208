"""What every provider's webhook is read into."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from dripline.accounts.connections.model import Connection, Provider
from dripline.delivery.feedback.applying import Heard, News
from dripline.delivery.feedback.finding import Traces
from dripline.delivery.feedback.model import BounceClass
from dripline.delivery.feedback.reasons import classify, is_specific
from dripline.kernel.values import Json

AGE = timedelta(seconds=300)
"""How far the time in a signature may be from ours, both ways."""
LONGEST_REASON = 500

Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Gets the bytes behind a URL whose host has been checked. Raises OSError when it cannot."""


class Unreadable(Exception):
    """It is not what the provider sends; the text says why."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came, and when (real time). Header names are in lower case; signatures are about the raw body."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """One report of a request: what makes it the same when it comes again, and its bytes."""

    key: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What one report says of one mail. Without news it is kept and changes nothing."""

    traces: Traces
    news: News | None


class Reporter(Protocol):
    """A provider that reports."""

    @property
    def connected_as(self) -> Provider:
        """Whose connections have the keys of its signatures."""

    async def verify(self, incoming: Incoming, connections: Sequence[Connection]) -> bool:
        """Whether the provider sent this. Never raises for what is in the request."""

    def split(self, body: bytes) -> tuple[list[Piece], int]:
        """The reports in a body that was verified, and how many could not be read.

        Raises:
            Unreadable: none can be told from another.
        """

    def read(self, content: bytes) -> Told:
        """What one report says.

        Raises:
            Unreadable: it is not what the provider sends.
        """


def decoded(content: bytes) -> Json:
    """The JSON in a body.

    Raises:
        Unreadable: it is none.
    """
    try:
        value: Json = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is no JSON: {error}"[:LONGEST_REASON]) from None
    return value


def mapping(value: Json) -> Mapping[str, Json]:
    """The value when it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: Json) -> list[Json]:
    """The value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Json) -> str:
    """The value as one bounded line; empty when it is neither text nor number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).replace("\x00", "").split())[:LONGEST_REASON]


def named(value: Json) -> tuple[str, ...]:
    """What a provider calls a message, without angle brackets, where it says so."""
    identity = text(value).strip("<>")
    return (identity,) if identity else ()


def is_fresh(seconds: str, now: datetime) -> bool:
    """Whether a time in seconds since 1970 is close to now."""
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 12:
        return False
    return abs(now.timestamp() - int(seconds)) <= AGE.total_seconds()


def bounced(said: str, code: str, otherwise: BounceClass) -> News:
    """A bounce, by the words of the server where they name a reason, else by what the provider made of it."""
    klass = classify(said, code) if is_specific(said) else otherwise
    return News(Heard.BOUNCED, klass, code, said)
