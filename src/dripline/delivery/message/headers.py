"""Header lines: encoded where they must be (RFC 2047), folded where they can be (RFC 5322, section 2.2.3).

Every function gives lines that end with CRLF. Values are cleaned here, so that none of them can add a line.
"""

import re
from binascii import b2a_base64
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from dripline.delivery.message.addressing import Unmailable, wire_address
from dripline.delivery.message.cleaning import clean_name, clean_text
from dripline.kernel.addresses import Mailbox

CRLF = "\r\n"
LINE = 78
LONGEST_LINE = 998
_ENCODED_LINE = 76
_ENCODED_WORD = 75
_FRAME = len("=?utf-8?q??=")
_LEAST_ROOM = _FRAME + len("=F0=9F=98=80")

# What may stand for itself in an encoded-word of a phrase, the narrowest place of all (RFC 2047, section 5, 3).
_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_QUOTED = {byte: chr(byte) if chr(byte) in _PLAIN else f"={byte:02X}" for byte in range(256)} | {0x20: "_"}
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+")
_NAME = re.compile(r"[!-9;-~]{1,60}")
_URL = re.compile(r"https?://[!-;=?-~]+")
_IDENTITY = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
_OURS = frozenset(
    {"bcc", "cc", "date", "dkim-signature", "from", "list-unsubscribe", "list-unsubscribe-post", "message-id"}
    | {"mime-version", "received", "reply-to", "return-path", "sender", "subject", "to"}
)


def text_line(name: str, value: str) -> str:
    """A header whose value is free text, such as Subject."""
    return _text_line(name, clean_text(value), longest_word=LINE - len(name) - 2)


@lru_cache(maxsize=1024)
def further_line(name: str, value: str) -> str:
    """A header that a caller named. What is ASCII stays as it is, however long, because it may be a URL.

    Raises:
        Unmailable: the name cannot be one, or is that of a header which is written here.
    """
    known = name.lower()
    if not _NAME.fullmatch(name) or known in _OURS or known.startswith(("content-", "resent-")):
        raise Unmailable(f"{name!r} cannot be set as a header of a mail.")
    return _text_line(name, clean_text(value), longest_word=LONGEST_LINE - len(name) - 2)


def mailbox_line(name: str, mailbox: Mailbox) -> str:
    """A header with one mailbox. The name never changes which address is read from it.

    Raises:
        Unmailable: the address cannot be written.
    """
    address = wire_address(mailbox.address.text)
    shown = clean_name(mailbox.name)
    if not shown:
        return f"{name}: {address}{CRLF}"
    start = f"{name}: {_phrase(shown, len(name) + 2)}"
    last = len(start) - start.rfind("\n") - 1
    return f"{start}{' ' if last + len(address) + 3 <= LINE else CRLF + ' '}<{address}>{CRLF}"


sender_line = lru_cache(maxsize=1024)(mailbox_line)
"""The same for those who write many mails."""


def date_line(at: datetime) -> str:
    """The Date header, in UTC."""
    return _date_line(at.replace(microsecond=0))


# The mails of a batch go out in the same second.
@lru_cache(maxsize=64)
def _date_line(at: datetime) -> str:
    return f"Date: {format_datetime(at.astimezone(UTC))}{CRLF}"


def identity_line(identity: str) -> str:
    """The Message-ID header.

    Raises:
        Unmailable: it is no Message-ID.
    """
    if not _IDENTITY.fullmatch(identity) or len(identity) > LONGEST_LINE - 14:
        raise Unmailable(f"{identity!r} is no Message-ID.")
    return f"Message-ID: <{identity}>{CRLF}"


def unsubscribe_lines(url: str) -> str:
    """One-click unsubscription (RFC 8058). The URL is neither encoded nor broken.

    Raises:
        Unmailable: it is no URL in ASCII, or does not fit into one line.
    """
    line = f"List-Unsubscribe: <{url}>"
    if not _URL.fullmatch(url) or len(line) > LONGEST_LINE:
        raise Unmailable(f"{url[:200]!r} cannot be a link to unsubscribe.")
    return f"{line}{CRLF}List-Unsubscribe-Post: List-Unsubscribe=One-Click{CRLF}"


def _text_line(name: str, value: str, *, longest_word: int) -> str:
    if len(name) + 2 + len(value) <= LINE and value.isascii() and "=?" not in value:
        return f"{name}: {value}{CRLF}"
    words = value.split(" ")
    if not value.isascii() or "=?" in value or max(map(len, words)) > longest_word:
        return f"{name}: {_encoded(value, len(name) + 2)}{CRLF}"
    return f"{name}:{_folded(words, len(name) + 1)}{CRLF}"


def _folded(words: list[str], column: int) -> str:
    out: list[str] = []
    for word in words:
        # A line of only a name, or of only spaces, is not allowed to arise: the first word never starts a new one.
        new_line = out and column + 1 + len(word) > LINE
        out.append(f"{CRLF} {word}" if new_line else f" {word}")
        column = 1 + len(word) if new_line else column + 1 + len(word)
    return "".join(out)


def _phrase(name: str, column: int) -> str:
    if not name.isascii() or "=?" in name:
        return _encoded(name, column)
    if column + len(name) <= LINE and _ATOMS.fullmatch(name):
        return name
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return quoted if column + len(quoted) <= LINE else _encoded(name, column)


def _encoded(value: str, column: int) -> str:
    """Encoded-words, one a line. Blanks between them do not count, so that they read back as the very same text."""
    data = value.encode()
    cut = _quoted_words if 2 * (len(data) - len(value)) < len(value) else _base64_words
    room, start = _ENCODED_LINE - column, ""
    if room < _LEAST_ROOM:
        room, start = _ENCODED_WORD, f"{CRLF} "
    return start + f"{CRLF} ".join(cut(data, room))


def _quoted_words(data: bytes, room: int) -> list[str]:
    text = data.decode("latin-1").translate(_QUOTED)
    words, start = [], 0
    while start < len(text):
        end = _character_end(text, start, start + room - _FRAME)
        words.append(f"=?utf-8?q?{text[start:end]}?=")
        start, room = end, _ENCODED_WORD
    return words


def _character_end(text: str, start: int, end: int) -> int:
    """The last place up to `end` where a character ends in quoted text."""
    if end >= len(text):
        return len(text)
    while end > start and _inside(text, end):
        end -= 1
    return end


def _inside(text: str, at: int) -> bool:
    # "=XX" may not be cut, nor the bytes of one character parted: those after the first are 80 to BF.
    if "=" in text[at - 2 : at]:
        return True
    return text[at] == "=" and text[at + 1] in "89AB"


def _base64_words(data: bytes, room: int) -> list[str]:
    words, start = [], 0
    while start < len(data):
        end = min(start + (room - _FRAME) // 4 * 3, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{b2a_base64(data[start:end], newline=False).decode()}?=")
        start, room = end, _ENCODED_WORD
    return words
