"""What a connection is: an account with a provider, as one workspace uses it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Provider(StrEnum):
    """Who is connected to."""

    STRIPE = "stripe"
    SHOPIFY = "shopify"
    SMTP = "smtp"
    POSTMARK = "postmark"
    SENDGRID = "sendgrid"
    MAILGUN = "mailgun"
    RESEND = "resend"
    FILE = "file"
    LLM = "llm"
    IMAP = "imap"


CARRIERS = frozenset(
    {Provider.SMTP, Provider.POSTMARK, Provider.SENDGRID, Provider.MAILGUN, Provider.RESEND, Provider.FILE}
)
"""Those that can take mail to hand over."""
MAKERS = frozenset({Provider.STRIPE, Provider.SHOPIFY})
"""Those that can make discount codes."""


class Status(StrEnum):
    """What is known of a connection.

    `unreadable`: its secrets were sealed under a key that is not known here; they must be given again.
    """

    UNCHECKED = "unchecked"
    OK = "ok"
    FAILED = "failed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Route:
    """When a carrier is used: the lowest priority first, and only for mail from `domains`, where some are named."""

    priority: int = 10
    domains: tuple[str, ...] = ()

    def serves(self, domain: str) -> bool:
        return not self.domains or domain in self.domains


@dataclass(frozen=True, slots=True)
class Connection:
    """An account. `settings` and `secrets` have the names that `FIELDS` declares for its provider.

    One of the environment has no times, and nobody can change it but who runs the installation.
    """

    provider: Provider
    name: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    status: Status = Status.UNCHECKED
    reason: str | None = None
    checked_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    route: Route = Route()

    @property
    def is_of_environment(self) -> bool:
        return self.created_at is None

    def get(self, name: str) -> str | None:
        """A setting or a secret, by the name of its field."""
        return self.secrets.get(name) or self.settings.get(name)


_SHOWN = 4
# Of a short secret the last four letters would tell too much.
_LONG_ENOUGH = 12


def hint_of(secret: str) -> str:
    """The end of a secret: enough to tell it from others, too little to use it."""
    return f"…{secret[-_SHOWN:]}" if len(secret) >= _LONG_ENOUGH else "…"
