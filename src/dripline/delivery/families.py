"""Families of mailbox providers: recipients whose mail the same company takes, and limits together. Pure."""

from collections.abc import Iterable
from enum import StrEnum


class Family(StrEnum):
    """A company that takes mail for many domains."""

    GMAIL = "gmail"
    OUTLOOK = "outlook"
    YAHOO = "yahoo"


_DOMAINS = {
    Family.GMAIL: {"gmail.com", "googlemail.com"},
    Family.OUTLOOK: {
        *("outlook.com", "hotmail.com", "live.com", "msn.com", "passport.com", "windowslive.com"),
        *("hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it", "hotmail.es", "live.co.uk", "live.fr", "live.de"),
        *("live.nl", "live.it", "outlook.fr", "outlook.de", "outlook.es", "outlook.it", "outlook.jp", "outlook.com.br"),
    },
    Family.YAHOO: {
        *("yahoo.com", "ymail.com", "rocketmail.com", "aol.com", "aim.com", "verizon.net", "myyahoo.com"),
        *("yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.it", "yahoo.es", "yahoo.ca", "yahoo.com.br", "yahoo.co.in"),
    },
}
_BY_DOMAIN = {domain: family for family, domains in _DOMAINS.items() for domain in domains}

# What the names of the hosts end with that take the mail of customers' own domains.
_HOSTS = {
    "google.com": Family.GMAIL,
    "googlemail.com": Family.GMAIL,
    "protection.outlook.com": Family.OUTLOOK,
    "olc.protection.outlook.com": Family.OUTLOOK,
    "mx.microsoft": Family.OUTLOOK,
    "yahoodns.net": Family.YAHOO,
}


def family_of(domain: str) -> Family | None:
    """The family of a recipient's domain, for those that are known by name."""
    return _BY_DOMAIN.get(domain.lower())


def family_of_hosts(hosts: Iterable[str]) -> Family | None:
    """The family that takes the mail of a domain with these MX hosts, the most preferred first."""
    for host in hosts:
        name = host.rstrip(".").lower()
        for ending, family in _HOSTS.items():
            if name == ending or name.endswith(f".{ending}"):
                return family
    return None
