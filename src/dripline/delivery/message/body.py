"""The body of a part: 7bit when every line is plain and short enough, else quoted-printable (RFC 2045, section 6)."""

import re
from binascii import b2a_qp
from functools import lru_cache

_LONGEST_PLAIN_LINE = 998
_LONGEST_KNOWN_LINE = 1024
_PLAIN = bytes([9, 10, 13, *range(32, 127)])
# A blank at the end of a line is encoded after the line was measured, which makes it longer than 76.
_OVERLONG = re.compile(rb"([^\n]{74,75})(=20|=09)\r\n")


def part(kind: str, text: str) -> bytes:
    """One part of a mail with its headers: `text/<kind>` in UTF-8. Line ends become CRLF; all else is kept.

    Half a surrogate pair becomes a question mark.
    """
    data = _with_crlf(text.encode("utf-8", "replace"))
    if text.isascii() and _is_plain(data):
        return b"%b7bit\r\n\r\n%b" % (_HEADERS[kind], data)
    return b"%bquoted-printable\r\n\r\n%b" % (_HEADERS[kind], _quoted_printable(data))


_HEADERS = {
    kind: f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: ".encode()
    for kind in ("plain", "html")
}


def _with_crlf(data: bytes) -> bytes:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.replace(b"\n", b"\r\n")


def _is_plain(data: bytes) -> bool:
    if data.translate(None, _PLAIN):
        return False
    return max(map(len, data.split(b"\r\n"))) <= _LONGEST_PLAIN_LINE


def _quoted_printable(data: bytes) -> bytes:
    return b"\r\n".join(
        [_known_line(line) if len(line) <= _LONGEST_KNOWN_LINE else _line(line) for line in data.split(b"\r\n")]
    )


def _line(line: bytes) -> bytes:
    # Soft breaks are CRLF only when the data shows a CRLF, hence one at its end.
    out = b2a_qp(line + b"\r\n", istext=True)
    if line.endswith((b" ", b"\t")):
        out = _OVERLONG.sub(rb"\1=\r\n\2\r\n", out)
    return out.removesuffix(b"\r\n")


# Most lines of a mail are those of the mail before: of the same version, to somebody else.
_known_line = lru_cache(maxsize=4096)(_line)
