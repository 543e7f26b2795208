"""A reader of mail that shares nothing with the standard library's: fields, encoded-words and parts, by the letter.

It reads only what the standards demand, and fails on anything else.
"""

import re
from base64 import b64decode
from dataclasses import dataclass

_FIELD = re.compile(r"([!-9;-~]+): ?(.*)", re.DOTALL)
_WORD = re.compile(r"=\?utf-8\?(?:q\?(?:[!-<>@-~]|=[0-9A-F]{2})*|b\?[A-Za-z0-9+/=]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t]+(?==\?utf-8\?)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its fields in order, unfolded, and its content, decoded; a part made of parts has those."""

    fields: tuple[tuple[str, str], ...]
    content: bytes
    parts: "tuple[Part, ...]" = ()

    def field(self, name: str) -> str:
        (value,) = (value for known, value in self.fields if known.lower() == name.lower())
        return value

    def text(self, name: str) -> str:
        """The value of a field with its encoded-words read (RFC 2047)."""
        return _decoded(self.field(name))

    @property
    def kind(self) -> str:
        return self.field("Content-Type").partition(";")[0].strip()


def read_mail(content: bytes) -> Part:
    """The mail behind some bytes."""
    head, _, body = content.partition(b"\r\n\r\n")
    fields = tuple(_field(line) for line in re.sub(r"\r\n(?=[ \t])", "", head.decode()).split("\r\n"))
    part = Part(fields, body)
    if not part.kind.startswith("multipart/"):
        return Part(fields, _content(part, body))
    found = re.search(r'boundary="([^"]+)"', part.field("Content-Type"))
    assert found is not None
    before, *pieces, after = (b"\r\n" + body).split(f"\r\n--{found[1]}".encode())
    assert before == b""
    assert after == b"--\r\n"
    return Part(fields, body, tuple(read_mail(piece.removeprefix(b"\r\n")) for piece in pieces))


def _field(line: str) -> tuple[str, str]:
    match = _FIELD.fullmatch(line)
    assert match is not None, line
    return match[1], match[2]


def _content(part: Part, body: bytes) -> bytes:
    encoding = part.field("Content-Transfer-Encoding")
    if encoding == "7bit":
        return body
    assert encoding == "quoted-printable"
    joined = body.replace(b"=\r\n", b"")
    assert re.search(rb"[ \t](?=\r\n|$)|=(?![0-9A-F]{2})", joined) is None
    return re.sub(rb"=([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), joined)


def _decoded(value: str) -> str:
    return _WORD.sub(lambda found: _word(found[0]), _BETWEEN_WORDS.sub(r"\1", value))


def _word(word: str) -> str:
    encoding, text = word[len("=?utf-8?")], word[len("=?utf-8?q?") : -len("?=")]
    if encoding == "b":
        return b64decode(text, validate=True).decode()
    raw = text.replace("_", " ").encode()
    return re.sub(rb"=([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), raw).decode()
