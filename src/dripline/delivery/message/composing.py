"""A letter becomes bytes, by splicing prepared parts.

The standard library's serialiser is some seventy times slower, and rewrites long List-Unsubscribe URLs as
encoded-words, which mailbox providers cannot read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dripline.delivery.message.addressing import Unmailable
from dripline.delivery.message.body import part
from dripline.delivery.message.headers import (
    date_line,
    further_line,
    identity_line,
    mailbox_line,
    sender_line,
    text_line,
    unsubscribe_lines,
)
from dripline.delivery.message.identity import boundary
from dripline.kernel.addresses import Address, Mailbox


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person, before it is bytes.

    `message_id` has no angle brackets; `date` is aware. With an `unsubscribe_url` the mail carries one-click
    unsubscription (RFC 8058). `headers` are further headers by name; those that are written here are refused there.
    """

    sender: Mailbox
    to: Address
    subject: str
    html: str | None
    text: str
    message_id: str
    date: datetime
    unsubscribe_url: str | None
    reply_to: Mailbox | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(letter: Letter) -> bytes:
    """The mail as it goes out: CRLF only, no line over 998 octets, all of it ASCII.

    Not ASCII, and so only for servers with SMTPUTF8, when the local part of an address is not.

    Raises:
        Unmailable: an address, the Message-ID, the unsubscribe URL or the name of a header cannot be written.
    """
    head = _headers(letter).encode()
    text = part("plain", letter.text)
    if letter.html is None:
        return b"%b%b\r\n" % (head, text.removesuffix(b"\r\n"))
    html = part("html", letter.html)
    mark = _boundary(letter.message_id, text, html)
    return (b'%bContent-Type: multipart/alternative; boundary="%b"\r\n\r\n--%b\r\n%b\r\n--%b\r\n%b\r\n--%b--\r\n') % (
        head,
        mark,
        mark,
        text,
        mark,
        html,
        mark,
    )


def _headers(letter: Letter) -> str:
    return "".join(
        (
            identity_line(letter.message_id),
            date_line(letter.date),
            sender_line("From", letter.sender),
            sender_line("Reply-To", letter.reply_to) if letter.reply_to else "",
            mailbox_line("To", Mailbox(letter.to)),
            text_line("Subject", letter.subject),
            unsubscribe_lines(letter.unsubscribe_url) if letter.unsubscribe_url else "",
            *(further_line(name, value) for name, value in _once(letter.headers)),
            "MIME-Version: 1.0\r\n",
        )
    )


def _once(headers: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if len({name.lower() for name in headers}) != len(headers):
        raise Unmailable("A further header is named twice, in different case.")
    return headers.items()


def _boundary(identity: str, text: bytes, html: bytes) -> bytes:
    turn = 0
    while (mark := boundary(identity, turn).encode()) in text or mark in html:
        turn += 1
    return mark
