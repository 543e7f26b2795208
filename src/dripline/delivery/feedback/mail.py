"""Reading a received mail into parts. Bytes of the outside world: anything may be missing, wrong or endless.

Parsed with the old policy of the standard library: the modern one raises on real mail.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser, Parser
from html import unescape
from itertools import islice
from typing import AnyStr

LONGEST = 25_000_000
# What is read of a mail: reports stand at its head, and some at its foot. The rest is what it brings back.
_HEAD, _FOOT = 1_000_000, 100_000
_MOST_LINES = 20_000
_LONGEST_RAW_LINE = 8_000
_LONGEST_FIELD = 16_000
_LONGEST_TEXT = 100_000
_LONGEST_LINE = 2_000
_LONGEST_HEADER = 8_000
_MOST_PARTS = 200
# Fields and no message: the parser takes them for messages all the same.
_FIELDS = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/feedback-report"}
) | frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_TAG = re.compile(r"<(?![^\s<>@]{1,64}@)[^<>]{0,500}>")
_BOUNDARY = re.compile(r"^--(?!-)([^\s\"]{1,120})[ \t]*$", re.MULTILINE)
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/?pre|/?blockquote)\b[^<>]{0,500}>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(style|script|title)\b[^<>]{0,500}>[^<]{0,20000}</\1", re.IGNORECASE)


class Unreadable(Exception):
    """It is no mail that can be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of a mail, decoded as well as it can be. Lines of `text` end with a line feed."""

    type: str
    text: str
    depth: int


@dataclass(frozen=True, slots=True)
class Mail:
    """A received mail: its own header by lower-case name, and its leaves in order.

    `returned` is the header of the message that it brings back, where it brings one as a part of its own.
    """

    header: Mapping[str, tuple[str, ...]]
    type: str
    parts: tuple[Part, ...]
    returned: Mapping[str, tuple[str, ...]]

    def first(self, name: str) -> str:
        """The first value of a header, or an empty text."""
        return self.header.get(name, ("",))[0]

    @property
    def own_text(self) -> str:
        """What the mail itself says for people: not what it brings back."""
        own = [part for part in self.parts if part.type in ("text/plain", "text/html")]
        plain = [part for part in own if part.type == "text/plain" and part.text.strip()]
        return "\n".join(part.text for part in (plain or own)[:3])[:_LONGEST_TEXT]


def read_mail(raw: bytes) -> Mail:
    """Read one mail.

    Raises:
        Unreadable: it is too large, or the parser gives up.
    """
    if len(raw) > LONGEST:
        raise Unreadable(f"it is {len(raw)} octets long; at most {LONGEST} are read")
    if not raw.strip():
        raise Unreadable("it is empty")
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(_read_part(raw.lstrip(b"\r\n")))
        parts: list[Part] = []
        returned: dict[str, tuple[str, ...]] = {}
        for leaf, depth in _leaves(_whole(message), 0):
            if leaf.get_content_type() == "message/rfc822":
                inner = _inner(leaf)
                returned = returned or header_of(inner)
                # Some put a disclaimer around a whole report.
                if inner.get_content_type() == "multipart/report" != message.get_content_type():
                    parts.extend(Part(_kind(each), _text(each), deeper) for each, deeper in _leaves(inner, depth))
            else:
                parts.append(Part(_kind(leaf), _text(leaf), depth))
        header = header_of(message)
        return Mail(header, message.get_content_type(), tuple(parts), returned)
    except (RecursionError, MemoryError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}"[:500]) from None


def _read_part(raw: bytes) -> bytes:
    """What of a mail is parsed: so much that any report is in it, and so little that it takes no time.

    The parser takes half a minute for a mail of nothing but boundaries, and for ever for one of endless fields.
    """
    if b"\n" not in raw[:_HEAD]:
        raw = raw.replace(b"\r", b"\n")
    lines = raw[:_HEAD].split(b"\n", _MOST_LINES)[:_MOST_LINES]
    size = sum(len(line) + 1 for line in lines)
    foot = raw[max(size, len(raw) - _FOOT) :].rsplit(b"\n", _MOST_LINES)
    kept: list[bytes] = []
    field = 0
    for piece in (piece for line in (*lines, *foot[1:]) for piece in _pieces(line, _LONGEST_RAW_LINE)):
        field = field + len(piece) if piece[:1] in (b" ", b"\t") else len(piece)
        if field <= _LONGEST_FIELD:
            kept.append(piece)
    return b"\n".join(kept)


def header_of(message: "Message[str, str]") -> dict[str, tuple[str, ...]]:
    """The header of a message by lower-case name, encoded words decoded, each value one bounded line."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in islice(message.raw_items(), 500):
        key = name.lower()
        found[key] = (*found.get(key, ()), _decoded(_as_written(str(value)[:_LONGEST_HEADER])))
    return found


def _as_written(value: str) -> str:
    """The value with its octets beyond ASCII read as what they most likely are."""
    if value.isascii():
        return value
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def header_in(text: str) -> dict[str, tuple[str, ...]]:
    """The header that a text begins with."""
    found: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in text.lstrip().splitlines()[:500]:
        if line[:1] in " \t" and name:
            found[name] = (*found[name][:-1], f"{found[name][-1]} {line.strip()}"[:_LONGEST_HEADER])
            continue
        before, colon, value = line.partition(":")
        if not colon or not before or " " in before.strip():
            break
        name = before.strip().lower()
        found[name] = (*found.get(name, ()), _decoded(value.strip()[:_LONGEST_HEADER]))
    return found


def _leaves(message: "Message[str, str]", depth: int) -> Iterator[tuple["Message[str, str]", int]]:
    """The leaves of a mail; a message that it brings back is one leaf, whatever is in it."""
    kind = message.get_content_type()
    content = message.get_payload()
    if kind in _FIELDS or kind == "message/rfc822" or not isinstance(content, list):
        yield message, depth
        return
    for part in content[:_MOST_PARTS]:
        if isinstance(part, Message):
            yield from _leaves(part, depth + 1)


def _whole(message: "Message[str, str]") -> "Message[str, str]":
    """The message in its parts, even where it names another boundary than the one that stands between them."""
    content = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(content, str):
        return message
    found = _BOUNDARY.search(content)
    if found is None:
        return message
    header = f'Content-Type: {message.get_content_type()}; boundary="{found[1]}"'
    mended = Parser(policy=policy.compat32).parsestr(f"{header}\n\n{content}")
    return mended if mended.is_multipart() else message


def _kind(leaf: "Message[str, str]") -> str:
    """The type of a leaf. What calls itself several parts and is one text is that text."""
    kind = leaf.get_content_type().split()[0]
    return "text/plain" if kind.startswith("multipart/") else kind


def _inner(message: "Message[str, str]") -> "Message[str, str]":
    content = message.get_payload()
    if isinstance(content, list) and content and isinstance(content[0], Message):
        return content[0]
    return Message()


def _text(leaf: "Message[str, str]") -> str:
    if leaf.get_content_type() in _FIELDS:
        return _bounded(_fields_text(leaf))
    data = leaf.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    text = _as_text(data[: 4 * _LONGEST_TEXT], leaf)
    return _bounded(_without_tags(text) if leaf.get_content_type() == "text/html" else text)


def _fields_text(leaf: "Message[str, str]") -> str:
    """Fields as they were written: the parser has already cut them at their empty lines."""
    blocks = leaf.get_payload()
    if not isinstance(blocks, list):
        return str(blocks)
    found = []
    for block in blocks[:_MOST_PARTS]:
        if not isinstance(block, Message):
            continue
        lines = [f"{name}: {_as_written(str(value))}" for name, value in block.raw_items()]
        said = block.get_payload()
        found.append("\n".join([*lines, "", said if isinstance(said, str) else ""]))
    text = "\n\n".join(found)
    if str(leaf.get("content-transfer-encoding", "")).strip().lower() == "base64":
        try:
            return binascii.a2b_base64("".join(text.split())).decode("utf-8", "replace")
        except binascii.Error:
            return text
    return text


def _as_text(data: bytes, leaf: "Message[str, str]") -> str:
    try:
        return data.decode(leaf.get_content_charset() or "utf-8")
    except (LookupError, UnicodeError, ValueError):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("latin-1")


def _bounded(text: str) -> str:
    lines = text[: 2 * _LONGEST_TEXT].replace("\x00", "").splitlines()
    return "\n".join(piece for line in lines for piece in _pieces(line, _LONGEST_LINE))[:_LONGEST_TEXT]


def _pieces(line: AnyStr, length: int) -> list[AnyStr]:
    return [line[at : at + length] for at in range(0, len(line), length)] or [line]


def _without_tags(text: str) -> str:
    text = _HIDDEN.sub(" ", text[: 2 * _LONGEST_TEXT])
    text = _TAG.sub(" ", _BREAK.sub("\n", text.replace("\r", "")))
    return unescape(text).replace("\xa0", " ")


def _decoded(value: str) -> str:
    line = " ".join(value.split())
    if "=?" not in line:
        return line
    try:
        pieces = decode_header(line)
        return "".join(_piece(piece, charset) for piece, charset in pieces)
    except (HeaderParseError, binascii.Error, ValueError, LookupError):
        return line


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        return piece.decode(charset or "ascii", "replace")
    except LookupError:
        return piece.decode("latin-1")
