"""Where the connections of workspaces may lead: whoever has a key names a host, and we are inside a network of ours."""

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address, ip_network

from dripline.delivery.calls.targets import NotAllowed, is_public

# Where a cloud tells a machine its secrets. No mail server, mailbox or model is there.
_NEVER = tuple(ip_network(each) for each in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32"))
_INSIDE = (
    "it leads to an address that is not public, and this installation connects to none (DRIPLINE_PRIVATE_CONNECTIONS)"
)
_NOWHERE = "it leads to an address that nobody may be connected to"


@dataclass(frozen=True, slots=True)
class Reach:
    """With `private`, also to addresses that are not public; to some of those never."""

    private: bool = True

    def must_allow(self, addresses: Iterable[str]) -> None:
        """Refuse addresses, all for one: a name that is inside and outside at once is a trick. Pure.

        Raises:
            NotAllowed: one of them may not be connected to.
        """
        for address in addresses:
            if not self.private and not is_public(address):
                raise NotAllowed(_INSIDE)
            if _is_never(address):
                raise NotAllowed(_NOWHERE)

    async def must_allow_host(self, host: str) -> None:
        """The same for all addresses of a host.

        Raises:
            NotAllowed: one of them may not be connected to.
            OSError: it cannot be resolved.
        """
        self.must_allow(await asyncio.get_running_loop().run_in_executor(None, partial(addresses_of, host)))


OPEN = Reach()
"""Inside and outside, but for what is never reached."""


def addresses_of(host: str) -> list[str]:
    """The addresses of a host.

    Raises:
        OSError: it cannot be resolved.
    """
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except UnicodeError:
        raise OSError(f"{host} is no name of a host") from None


def _is_never(text: str) -> bool:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return True
    inner = getattr(address, "ipv4_mapped", None)
    return any(each in network for each in (address, inner) if each is not None for network in _NEVER)
