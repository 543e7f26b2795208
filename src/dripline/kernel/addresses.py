"""Email addresses: checked once at the door, compared by one rule.

The case of the local part is kept for the wire (RFC 5321, section 2.4). Two addresses are the same person when they
are equal without regard to case; dots and plus signs count.
"""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache

import email_validator
from email_validator import EmailNotValidError, validate_email

# The plain addresses that nearly all are: what the library says of them is known, and it takes fifty times as long.
_PLAIN = re.compile(
    r"(?P<local>[A-Za-z0-9_+-]{1,32}(?:\.[A-Za-z0-9_+-]{1,15}){0,2})"
    r"@(?P<domain>(?:[A-Za-z0-9]{1,62}\.){1,3}(?P<top>[A-Za-z]{2,62}))",
    re.ASCII,
)
_SPECIAL_USE = frozenset(label.rpartition(".")[2] for label in email_validator.SPECIAL_USE_DOMAIN_NAMES)
# What a name must be quoted for (RFC 5322, section 3.2.3).
_SPECIALS = frozenset('()<>[]:;@\\,."')


@dataclass(frozen=True, slots=True)
class Address:
    """A valid address. `text` goes on the wire, `key` is what it is found and suppressed by."""

    text: str
    key: str

    @property
    def domain(self) -> str:
        return self.text.rpartition("@")[2]


def parse_address(text: str) -> Address:
    """Read one address, without looking anything up.

    Stray spaces around it go, the domain becomes lower case, Unicode is normalised (NFC).

    Raises:
        ValueError: it is not a valid address, or is longer than RFC 5321, section 4.5.3.1, allows. Says why.
    """
    text = text.strip()
    if (plain := _PLAIN.fullmatch(text)) and len(text) <= 254 and plain["top"].lower() not in _SPECIAL_USE:
        text = f"{plain['local']}@{plain['domain'].lower()}"
        return Address(text, text.lower())
    try:
        valid = validate_email(
            text,
            check_deliverability=False,
            allow_smtputf8=True,
            allow_quoted_local=True,
            test_environment=True,
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    _check_lengths(valid.normalized)
    return Address(valid.normalized, valid.normalized.lower())


def _check_lengths(text: str) -> None:
    local, _, domain = text.rpartition("@")
    for part, name, most in ((local, "part before the @", 64), (domain, "domain", 255), (text, "address", 254)):
        if len(part.encode()) > most:
            raise ValueError(f"The {name} is {len(part.encode())} octets long; at most {most} are allowed.")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with a name to show: `Name <address>`."""

    address: Address
    name: str = ""

    def __str__(self) -> str:
        if not self.name:
            return self.address.text
        if _SPECIALS.isdisjoint(self.name):
            return f"{self.name} <{self.address.text}>"
        quoted = self.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{self.address.text}>'


@lru_cache(maxsize=1024)
def parse_mailbox(text: str) -> Mailbox:
    """Read `Name <address>` or a bare address.

    Raises:
        ValueError: the address in it is not valid.
    """
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValueError("a mailbox may not contain control characters")
    name, address = parseaddr(text)
    return Mailbox(parse_address(address or text), name.strip())
