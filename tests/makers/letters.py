"""Letters and envelopes that are fine as they are; a test changes what it is about."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from dripline.delivery.message.composing import Letter
from dripline.delivery.transports.contract import Envelope
from dripline.kernel.addresses import Address, Mailbox, parse_address

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
URL = "https://mail.example.com/u/0123456789abcdef"


def a_mailbox(name: str = "Ann", address: str = "hello@example.com") -> Mailbox:
    return Mailbox(parse_address(address), name)


def a_letter(
    *,
    sender: Mailbox | None = None,
    to: Address | None = None,
    subject: str = "Your trial ends soon",
    html: str | None = "<p>Hello</p>\n",
    text: str = "Hello\n",
    message_id: str = "0123456789abcdef@example.com",
    date: datetime = AT,
    unsubscribe_url: str | None = URL,
    reply_to: Mailbox | None = None,
    headers: Mapping[str, str] | None = None,
) -> Letter:
    return Letter(
        sender=sender or a_mailbox(),
        to=to or parse_address("bob@example.net"),
        subject=subject,
        html=html,
        text=text,
        message_id=message_id,
        date=date,
        unsubscribe_url=unsubscribe_url,
        reply_to=reply_to,
        headers=headers or {},
    )


CONTENT = b"Message-ID: <1@example.com>\r\nSubject: Hello\r\n\r\nHello\r\n"


def a_key(visit: int = 1) -> str:
    """A send key as text: workspace, source, visit."""
    return f"{UUID(int=1)}/{UUID(int=2)}/{visit}"


def an_envelope(
    recipient: str = "ok@example.test",
    *,
    sender: str = "bounces@example.com",
    content: bytes = CONTENT,
    visit: int = 1,
) -> Envelope:
    """An envelope for an address that need not be valid: transports guard themselves."""
    return Envelope(sender, Address(recipient, recipient.lower()), content, a_key(visit))
