"""What every transport promises: one reply to one envelope, and never a guess about what became of it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from dripline.kernel.addresses import Address


class Verdict(StrEnum):
    """What a reply means for the letter.

    DEFERRED: not taken now; safe to hand over again; counts as an attempt.
    REFUSED: not taken, and never will be.
    IN_DOUBT: all of it went out and no answer came. It may have been taken, so it is never handed over again.
    UNAVAILABLE: the transport itself cannot be used. Says nothing about the recipient; the attempt is given back.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    UNAVAILABLE = "unavailable"


class Phase(StrEnum):
    """How far the conversation got. BODY is before the final dot, DOT is after it.

    A request over HTTP is at DOT when its last byte has left.
    """

    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One letter for one recipient. `sender` takes the bounces (empty: the null sender); `key` is its send key.

    `is_bulk` is false for what one person waits for: some providers send that another way.
    """

    sender: str
    recipient: Address
    content: bytes
    key: str
    is_bulk: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one envelope.

    `code` (RFC 5321; of an API the status of HTTP) and `enhanced` (RFC 3463) are None when nobody said them. `text` is
    the far side's words, or ours where it said nothing: printable, one line, at most 500 characters. `provider_id` is
    what the provider calls an accepted letter, and `again_after` how long it asks us to wait, where it says so.
    """

    verdict: Verdict
    phase: Phase
    code: int | None
    enhanced: str | None
    text: str
    provider_id: str | None = None
    again_after: timedelta | None = None


class Transport(Protocol):
    """A way to hand letters over.

    `idempotent`: handing the same key over twice leaves one copy. `slots`: how many letters it carries at once.
    """

    @property
    def idempotent(self) -> bool: ...

    @property
    def slots(self) -> int: ...

    async def send(self, envelope: Envelope) -> Reply:
        """Hand one letter over. Never raises for anything the far side does.

        Raises:
            Unmailable: the envelope itself cannot go out; nothing was sent.
        """
        ...

    async def close(self) -> None:
        """Let go of what it holds. Letters under way are finished first. May be called twice."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """A transport whose provider can be asked about letters of before."""

    async def find(self, key: str, message_id: str) -> str | None:
        """What the provider calls the letter with this send key and Message-ID (without angle brackets).

        None: it knows of none, which may change, or it cannot be asked now.
        """
        ...


_ABOUT_THE_MAILBOX = frozenset({550, 551, 553})
# RFC 3463, section 3.2: bad sender's mailbox, bad sender's system. Some servers say so when they hear the recipient;
# taken for a word about the recipient, a broken sender would suppress everybody.
_ABOUT_THE_SENDER = frozenset({"5.1.7", "5.1.8"})


def is_dead_mailbox(reply: Reply) -> bool:
    """Whether the reply says that this address does not exist, so that nothing more should go to it.

    Any other refusal (policy, content, size, reputation) is about the mail or the sender, not about the address.
    """
    if reply.verdict is not Verdict.REFUSED or reply.phase is not Phase.RCPT:
        return False
    if reply.enhanced is not None:
        return reply.enhanced.startswith("5.1.") and reply.enhanced not in _ABOUT_THE_SENDER
    return reply.code in _ABOUT_THE_MAILBOX
