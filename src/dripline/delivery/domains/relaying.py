"""What can be seen of the relays that mail leaves by: whether they offer encryption, and whether their addresses have
names that lead back to them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address

from dripline.delivery.domains.dns import Dns, Found, Unknown
from dripline.delivery.domains.model import Finding, Standing
from dripline.delivery.domains.records import Place
from dripline.delivery.transports.contract import Phase
from dripline.delivery.transports.replies import Unusable
from dripline.delivery.transports.smtp_limits import Limits
from dripline.delivery.transports.smtp_opening import Door, default_tls, open_wire
from dripline.kernel.relays import Relay, Security

TLS, REVERSE_DNS = "tls", "reverse_dns"

_DIALOGUE_SECONDS = 10.0
_MOST_ADDRESSES = 8
# The first of these that is found among several relays is what is said of all.
_WORST_FIRST = (Standing.WRONG, Standing.MISSING, Standing.UNKNOWN, Standing.VERIFIED)


async def look_at_relays(place: Place, dns: Dns) -> Mapping[str, Finding]:
    """What is seen now, by the names of the findings. Never in a transaction: it talks to the relays."""
    unsure = [relay for relay in place.relays if relay.security is Security.OPPORTUNISTIC]
    tls, names = await asyncio.gather(
        asyncio.gather(*(_encryption(relay) for relay in unsure)),
        asyncio.gather(*(_names(relay.host, dns) for relay in place.relays)),
    )
    worst = {TLS: _worst(tls), REVERSE_DNS: _worst(names)}
    return {name: finding for name, finding in worst.items() if finding is not None}


async def _encryption(relay: Relay) -> Finding:
    """Whether a relay that may be used either way offers encryption. Says EHLO and STARTTLS and goodbye."""
    asked = replace(relay, security=Security.REQUIRED, credentials=None)
    door = Door(asked, Limits.of(_DIALOGUE_SECONDS), "localhost", default_tls(Security.OPPORTUNISTIC))
    try:
        wire = await open_wire(door)
    except Unusable as fault:
        standing = Standing.WRONG if fault.reply.phase is Phase.TLS else Standing.UNKNOWN
        return Finding(standing, fault.reply.text, (str(relay),))
    await wire.leave()
    return Finding(Standing.VERIFIED, None, (str(relay),))


async def _names(host: str, dns: Dns) -> Finding:
    """Whether every address of a host has a name that leads back to it."""
    addresses = await _addresses(host, dns)
    if isinstance(addresses, Finding):
        return addresses
    judged = await asyncio.gather(*(_name(address, dns) for address in addresses[:_MOST_ADDRESSES]))
    return _worst(judged) or Finding(Standing.MISSING, f"{host} has no address")


async def _addresses(host: str, dns: Dns) -> Sequence[str] | Finding:
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    answers = [await dns.look_up(host, "A"), await dns.look_up(host, "AAAA")]
    if unknown := next((each for each in answers if isinstance(each, Unknown)), None):
        return Finding(Standing.UNKNOWN, f"{host}: {unknown.reason}")
    return [address for each in answers if isinstance(each, Found) for address in each.values]


async def _name(address: str, dns: Dns) -> Finding:
    pointer = await dns.look_up(ip_address(address).reverse_pointer, "PTR")
    if isinstance(pointer, Unknown):
        return Finding(Standing.UNKNOWN, f"{address}: {pointer.reason}")
    names = pointer.values[:_MOST_ADDRESSES] if isinstance(pointer, Found) else ()
    if not names:
        return Finding(Standing.MISSING, f"{address} has no name")
    kind = "AAAA" if ":" in address else "A"
    for name in names:
        back = await dns.look_up(name, "AAAA" if kind == "AAAA" else "A")
        if isinstance(back, Unknown):
            return Finding(Standing.UNKNOWN, f"{name}: {back.reason}")
        if isinstance(back, Found) and address in {str(ip_address(each)) for each in back.values}:
            return Finding(Standing.VERIFIED, None, (f"{address} is {name}",))
    return Finding(Standing.WRONG, f"{address} is called {names[0]}, which does not lead back to it")


def _worst(findings: Sequence[Finding]) -> Finding | None:
    found = [each for standing in _WORST_FIRST for each in findings if each.standing is standing]
    return found[0] if found else None
