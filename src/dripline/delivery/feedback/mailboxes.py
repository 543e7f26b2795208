"""What a mailbox is, and how far it was read. Pure; the library that reads it is loaded with the first one."""

from dataclasses import dataclass, field

from dripline.accounts.connections.model import Connection
from dripline.delivery.feedback.oauth import Grant


class Trouble(Exception):
    """The mailbox cannot be read now; the text says why, without secrets. `uid`: the mail at which it happened."""

    def __init__(self, text: str, uid: int | None = None) -> None:
        super().__init__(text)
        self.uid = uid


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder on a server, and how to come to it: by a password, or by a `grant` of tokens.

    Mail goes to `processed` once it is kept, where that is named.
    """

    host: str
    port: int
    is_implicit: bool
    username: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    processed: str | None = None
    grant: Grant | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may read in what is said of it."""
        granted = (self.grant.secret, self.grant.refresh_token) if self.grant is not None else ()
        return tuple(secret for secret in (self.password, *granted) if secret)

    @property
    def place(self) -> str:
        """What tells it from every other mailbox."""
        return f"{self.username}@{self.host}:{self.port}/{self.folder}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder was read: the last UID, which means something only as long as the validity is the same."""

    validity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Mail behind a cursor, and where it ends. `withheld`: UIDs that the server would not give, and its words.

    `has_more`: there is more behind it.
    """

    end: Cursor
    mails: tuple[tuple[int, bytes], ...] = ()
    withheld: tuple[tuple[int, str], ...] = ()
    has_more: bool = False


def mailbox_of(connection: Connection) -> Mailbox:
    """The mailbox that a connection names."""
    told = connection.settings
    is_implicit = told.get("security", "implicit") == "implicit"
    return Mailbox(
        host=told["host"],
        port=int(told.get("port", 993 if is_implicit else 143)),
        is_implicit=is_implicit,
        username=told["username"],
        password=connection.secrets.get("password", ""),
        folder=told.get("folder", "INBOX"),
        processed=told.get("processed"),
        grant=_grant_of(connection),
    )


def _grant_of(connection: Connection) -> Grant | None:
    told, secrets = connection.settings, connection.secrets
    if "tokenUrl" not in told:
        return None
    return Grant(
        told["tokenUrl"],
        told["clientId"],
        secrets.get("clientSecret", ""),
        secrets.get("refreshToken", ""),
        told.get("scope", ""),
    )
