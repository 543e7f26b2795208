"""What a mail that came back says."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a received mail is. Only `bounce` and `complaint` are bad news."""

    BOUNCE = "bounce"
    DELAY = "delay"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    DELIVERED = "delivered"
    NONE = "none"


class BounceClass(StrEnum):
    """Why it was not delivered, by what can be concluded.

    hard: there is no such mailbox or host, or no longer. soft: full, slow, busy, away for now. block: the server has
    something against the sender or the content. other: nothing that could be recognised.
    """

    HARD = "hard"
    SOFT = "soft"
    BLOCK = "block"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address that a report is about. `status` is an enhanced code (RFC 3463) or empty; `reason` is bounded."""

    address: str
    klass: BounceClass
    status: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one received mail says, and by what our own message can be found.

    `envelope` are the addresses that it was sent to, as far as its header tells. `message_ids` are those of the
    returned message, without angle brackets; `links` are its List-Unsubscribe URLs. `feedback` is the type of a
    complaint (RFC 5965, section 7.3). `fault` says why the mail could not be read.
    """

    kind: Kind
    recipients: tuple[Recipient, ...] = ()
    envelope: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    feedback: str = ""
    fault: str = ""
