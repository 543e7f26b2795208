"""Addresses inside reports: found by shape, in fields and in prose."""

import re

from dripline.kernel.addresses import parse_address

_SHAPE = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,252}[A-Za-z0-9])?"
ADDRESS = re.compile(_SHAPE)
_TYPED = re.compile(r"\s*(?:rfc822|utf-8|lmtp|smtp|local|unknown|dns)?\s*;?\s*(.{0,400})", re.IGNORECASE)


def address_in_field(value: str) -> str | None:
    """The address of a field such as `rfc822; <user@example.com>`, or None when it has none (X.400, masked)."""
    found = _TYPED.match(value)
    rest = (found[1] if found else value).strip().strip("<>\"' ")
    return valid(rest)


def valid(text: str) -> str | None:
    """The text when it is an address, else None."""
    text = text.strip().strip("'\"`.").removeprefix("mailto:")
    if not ADDRESS.fullmatch(text):
        return None
    try:
        parse_address(text)
    except ValueError:
        return None
    return text


def addresses_in(text: str) -> list[str]:
    """All addresses of a header field, in order."""
    return [address for found in ADDRESS.findall(text[:8_000]) if (address := valid(found))]
