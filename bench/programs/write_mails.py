"""Writes mails as bytes: by the composer or by the standard library, unsigned or signed in one of two ways."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import dkim  # type: ignore[import-untyped]

from bench.talking import hear, order, run, say
from dripline.delivery.domains.keys import make_rsa_key, private_bytes
from dripline.delivery.message.composing import Letter, compose
from dripline.delivery.message.labels import stream_labels
from dripline.delivery.message.signing import read_key, sign
from dripline.kernel.addresses import Mailbox, parse_address

_DOMAIN, _SELECTOR = "example.com", "bench"
_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_LINE = (
    '<p style="margin:0 0 16px;font:16px/24px sans-serif">Hi Ada, your trial ends in three days → here is what you can '
    "do, and what it costs: nothing until then.</p>\n"
)
_HTML = f"<html><body>\n{_LINE * 30}<p>Mail {{}} of many.</p>\n</body></html>\n"
_TEXT = (
    "Hi Ada, your trial ends in three days → here is what you can do, and what it costs.\n" * 10 + "Mail {} of many.\n"
)
# The standard library breaks a long List-Unsubscribe into encoded-words unless its lines may be long.
_POLICY = policy.SMTP.clone(max_line_length=998)

Write = Callable[[int], bytes]


async def main() -> None:
    asked = order()
    write = _WAYS[asked["how"]]()
    _compare(write(1))
    say("ready")
    await hear()
    start = time.perf_counter()
    octets = sum(len(write(number)) for number in range(asked["mails"]))
    say("done", seconds=time.perf_counter() - start, octets=octets)
    await hear()


def _letter(number: int) -> Letter:
    return Letter(
        sender=Mailbox(parse_address(f"ann@{_DOMAIN}"), "Ann of Example"),
        to=parse_address(f"ada{number}@example.net"),
        subject=f"Your trial ends soon, Ada {number} → a reminder",
        html=_HTML.format(number),
        text=_TEXT.format(number),
        message_id=f"{number:032x}@{_DOMAIN}",
        date=_AT,
        unsubscribe_url=f"https://mail.example.com/u/{number:0128x}",
        headers=stream_labels(UUID(int=1), "trial", "welcome", domain=_DOMAIN),
    )


def _by_product() -> Write:
    return lambda number: compose(_letter(number))


def _by_product_signed() -> Write:
    keys = [read_key(_DOMAIN, _SELECTOR, private_bytes(make_rsa_key()))]
    return lambda number: sign(compose(_letter(number)), keys)


def _by_dkimpy() -> Write:
    key = make_rsa_key()
    pem = _as_pem(private_bytes(key))

    def write(number: int) -> bytes:
        content = compose(_letter(number))
        signature: bytes = dkim.sign(content, _SELECTOR.encode(), _DOMAIN.encode(), pem, canonicalize=_RELAXED)
        return signature + content

    return write


_RELAXED = (b"relaxed", b"relaxed")


def _as_pem(der: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_der_private_key,
    )

    return load_der_private_key(der, None).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _by_library() -> Write:
    return lambda number: _message(_letter(number)).as_bytes()


def _message(letter: Letter) -> EmailMessage:
    message = EmailMessage(_POLICY)
    message["Message-ID"] = f"<{letter.message_id}>"
    message["Date"] = letter.date
    message["From"] = str(letter.sender)
    message["To"] = letter.to.text
    message["Subject"] = letter.subject
    message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for name, value in letter.headers.items():
        message[name] = value
    assert letter.html is not None
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


_WAYS: dict[str, Callable[[], Write]] = {
    "dripline": _by_product,
    "EmailMessage": _by_library,
    "dripline, signed": _by_product_signed,
    "dripline, signed by dkimpy": _by_dkimpy,
}


def _compare(content: bytes) -> None:
    """Every way writes a mail that reads the same: the same headers, the same parts."""
    expected, found = _read(_message(_letter(1)).as_bytes()), _read(content)
    if found != expected:
        raise AssertionError(f"the mails differ: {found} and {expected}")


def _read(content: bytes) -> tuple[dict[str, str], list[tuple[str, str]]]:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    left_out = {"dkim-signature", "content-type", "mime-version"}
    headers = {name.lower(): str(value) for name, value in message.items() if name.lower() not in left_out}
    parts = [(part.get_content_type(), part.get_content().replace("\r\n", "\n")) for part in message.iter_parts()]
    return headers, parts


if __name__ == "__main__":
    run(main())
