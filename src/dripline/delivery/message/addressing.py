"""Addresses as they go on the wire: the domain in ASCII, nothing in them that could end a line or a path."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from dripline.kernel.errors import Refused

# Controls, line separators and lone surrogates; spaces and angle brackets only inside a quoted local part.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LOOSE = re.compile(r"[\s<>]")
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.)*"(?=@)')


class Unmailable(Refused):
    """This mail can never go out as it stands."""

    code = "UNPROCESSABLE_ENTITY"


def wire_address(address: str) -> str:
    """The address with its domain as A-label. The local part stays as it is, also when it is not ASCII.

    Raises:
        Unmailable: it has no domain, or holds what would break out of a header or a command.
    """
    local, at, domain = address.rpartition("@")
    loose = _QUOTED_LOCAL.sub("", address, count=1)
    if not at or not local or _FORBIDDEN.search(address) or _LOOSE.search(loose):
        raise Unmailable(f"The address {address!r} cannot be written in a mail.")
    return f"{local}@{wire_domain(domain)}"


def wire_domain(domain: str) -> str:
    """The domain in ASCII (RFC 5891).

    Raises:
        Unmailable: it is no domain.
    """
    if domain.isascii() and not _LOOSE.search(domain) and not _FORBIDDEN.search(domain) and domain:
        return domain
    return _to_ascii(domain)


@lru_cache(maxsize=1024)
def _to_ascii(domain: str) -> str:
    try:
        valid = validate_email(f"x@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Unmailable(f"{domain!r} is no domain: {error}") from None
    assert valid.ascii_domain is not None
    return valid.ascii_domain
