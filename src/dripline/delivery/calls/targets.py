"""Where a call may go: nowhere inside. A name is resolved once, and the call goes to the address that was looked at."""

import asyncio
import socket
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
# NAT64 (RFC 6052) and 6to4 (RFC 3056) have an IPv4 address inside, which may be a private one.
_NAT64 = 0x0064_FF9B << 96


class NotAllowed(Exception):
    """A URL leads to where nobody may be called."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL and the address that it leads to. `host` is what the certificate must be of."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def url(self) -> str:
        """The URL by address, which is resolved no more."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{address}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """The name as the other side knows it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


async def find_target(url: str, *, private: bool, resolvers: Executor | None = None) -> Target:
    """Where a URL leads to. With `private`, inside too. Names are looked up by `resolvers`.

    Raises:
        NotAllowed: it is no web address, or one of its addresses is inside. One is enough: a name that is inside and
            outside at once is a trick.
        OSError: it cannot be resolved.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise NotAllowed("this is no web address") from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host:
        raise NotAllowed("this is no web address")
    port = port or _PORTS[scheme]
    try:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(resolvers, look_up)
    except UnicodeError:
        raise NotAllowed("this is no web address") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not private and not all(is_public(address) for address in addresses):
        raise NotAllowed("it leads to an address that is not public")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme, host, port, path, addresses[0])


def is_public(text: str) -> bool:
    """Whether an address belongs to the public internet. Pure."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(address)
    return address.is_global and not address.is_multicast and (inner is None or _is_open(inner))


def _is_open(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if int(address) >> 32 == _NAT64 >> 32:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
