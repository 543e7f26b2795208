"""A composed letter taken apart again, for providers whose APIs take fields instead of bytes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

from dripline.delivery.message.addressing import Unmailable, wire_address
from dripline.delivery.transports.contract import Envelope

# What has a field of its own, or is written by the provider.
_NOT_PASSED_ON = frozenset(
    {"bcc", "cc", "date", "dkim-signature", "from", "message-id", "mime-version", "received", "reply-to"}
    | {"return-path", "sender", "subject", "to"}
)


@dataclass(frozen=True, slots=True)
class Party:
    """An address as it goes on the wire, and the name before it."""

    address: str
    name: str

    def __str__(self) -> str:
        if not self.name:
            return self.address
        quoted = self.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{self.address}>'


@dataclass(frozen=True, slots=True)
class Fields:
    """What a letter says. `message_id` has its angle brackets; `headers` are all that no other field holds."""

    sender: Party
    to: str
    reply_to: Party | None
    subject: str
    text: str | None
    html: str | None
    message_id: str | None
    headers: dict[str, str]


def unpacked(envelope: Envelope) -> Fields:
    """The fields of a letter. Its signature is left out: the provider writes other bytes, and signs those.

    Raises:
        Unmailable: an address cannot be written, or it has no sender.
    """
    to = wire_address(envelope.recipient.text)
    # As text: what is not ASCII in it stands in headers, as UTF-8 (RFC 6532); the bodies are encoded.
    letter = message_from_string(envelope.content.decode("utf-8", "surrogateescape"), policy=default)
    sender = _party(letter, "from")
    if sender is None:
        raise Unmailable("The mail names nobody in From.")
    return Fields(
        sender=sender,
        to=to,
        reply_to=_party(letter, "reply-to"),
        subject=str(letter.get("subject", "")),
        text=_body(letter, "plain"),
        html=_body(letter, "html"),
        message_id=str(letter["message-id"]) if "message-id" in letter else None,
        headers=dict(_others(letter)),
    )


def _party(letter: EmailMessage, header: str) -> Party | None:
    name, address = parseaddr(str(letter.get(header, "")))
    return Party(wire_address(address), name) if address else None


def _body(letter: EmailMessage, kind: str) -> str | None:
    part = letter.get_body((kind,))
    return part.get_content() if part is not None else None


def _others(letter: EmailMessage) -> Iterator[tuple[str, str]]:
    for name, value in letter.items():
        if name.lower() not in _NOT_PASSED_ON and not name.lower().startswith("content-"):
            yield name, "".join(str(value).splitlines())
