"""Addresses inside reports: found by shape, in fields and in prose.

By shape alone: servers report addresses that nobody could register today, and some that never could be.
"""

import re

from dripline.kernel.addresses import parse_address

_SHAPE = (
    r"(?:\"[^\"\s\\]{1,62}\"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64})"
    r"@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,252}[A-Za-z0-9])?"
)
ADDRESS = re.compile(_SHAPE)
# Some put three dots in the place of what is private.
_MASKED = re.compile(r"(?<!\.)\.{3}@|\*@|@\*")
_HOST = re.compile(r"@(?:[A-Za-z0-9_-]{1,63}\.){1,10}[A-Za-z][A-Za-z0-9-]{0,62}$")
_TYPED = re.compile(r"\s*(?:rfc822|utf-8|lmtp|smtp|local|unknown|dns)?\s*;?\s*(.{0,400})", re.IGNORECASE)
_BRACKETED = re.compile(rf"<({_SHAPE})>")


def address_in_field(value: str) -> str | None:
    """The address of a field such as `rfc822; <user@example.com>`, or None when it has none (X.400, masked)."""
    found = _TYPED.match(value)
    rest = (found[1] if found else value).strip()
    bracketed = _BRACKETED.search(rest)
    return valid(bracketed[1] if bracketed else rest.strip("<> ")) or _international(rest.strip("<>\"' "))


def valid(text: str) -> str | None:
    """The text without what stands around it when it has the shape of an address, else None."""
    text = text.strip().removeprefix("mailto:")
    for each in (text, text.strip("'\"`.")):
        if ADDRESS.fullmatch(each) and _HOST.search(each) and not _MASKED.search(each):
            return each
    return None


def addresses_in(text: str) -> list[str]:
    """All addresses of a header field, in order."""
    return [address for found in ADDRESS.findall(text[:8_000]) if (address := valid(found))]


def _international(text: str) -> str | None:
    """An address with letters beyond ASCII (RFC 6531), which only fields are searched for: prose has them anywhere."""
    if text.isascii() or " " in text:
        return None
    try:
        return parse_address(text).text
    except ValueError:
        return None
