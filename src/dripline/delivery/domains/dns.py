"""What the DNS says: found, not there, or not known, which is neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

RecordType: TypeAlias = Literal["TXT", "MX", "CNAME", "A", "AAAA", "PTR"]

_LIFETIME_SECONDS = 5.0
# Larger answers come over TCP (DNS Flag Day 2020).
_LARGEST_DATAGRAM = 1232


@dataclass(frozen=True, slots=True)
class Found:
    """The records of a name: texts whole, hosts without the dot at the end, mail exchangers as `10 host`."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The DNS knows that there is none."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer that says anything. Asking later may help."""

    reason: str


Answer: TypeAlias = Found | Absent | Unknown


class Dns(Protocol):
    """Whoever can be asked."""

    async def look_up(self, name: str, kind: RecordType) -> Answer:
        """The records of a name and type, aliases followed."""
        ...


class Resolvers:
    """Asks name servers: these, by address and port, or those that the machine asks."""

    def __init__(self, servers: Sequence[tuple[str, int]] = ()) -> None:
        self._servers = tuple(servers)
        self._made: Resolver | None = None

    async def look_up(self, name: str, kind: RecordType) -> Answer:
        """The records of a name and type, aliases followed. Takes five seconds at most."""
        import dns.exception
        import dns.name
        import dns.resolver

        try:
            answer = await self._resolver().resolve(dns.name.from_text(name), kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return Absent()
        except dns.resolver.LifetimeTimeout:
            return Unknown("the name servers did not answer in time")
        except dns.resolver.NoNameservers:
            return Unknown("no name server could answer")
        except dns.resolver.NoResolverConfiguration:
            return Unknown("this machine has no name servers; set DRIPLINE_DNS_SERVERS")
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Unknown(f"the answer cannot be read ({type(error).__name__})")
        # Their order means nothing, and differs from answer to answer.
        return Found(tuple(sorted(_text(kind, each) for each in answer)))

    def _resolver(self) -> "Resolver":
        if self._made is None:
            self._made = _make(self._servers)
        return self._made


def _make(servers: Sequence[tuple[str, int]]) -> "Resolver":
    from dns.asyncresolver import Resolver
    from dns.nameserver import Do53Nameserver

    resolver = Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [Do53Nameserver(address, port) for address, port in servers]
    resolver.lifetime = _LIFETIME_SECONDS
    resolver.use_edns(0, 0, _LARGEST_DATAGRAM)
    return resolver


def _text(kind: RecordType, record: object) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]  # of this type only
    return " ".join(word.rstrip(".").lower() for word in str(record).split())
