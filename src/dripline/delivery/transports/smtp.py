"""Mail over SMTP through one relay, on connections that are kept and shared.

The promise (RFC 5321, section 6.1): a letter is accepted when the final dot was answered with 2xx, whatever happens to
the connection afterwards; in doubt when the dot has left and no such answer came; in every other case it was not taken,
and the reply says whether to try again. SMTP knows no key, so that handing over twice would send twice.
"""

import asyncio
import ssl

from dripline.delivery.calls.reaching import Reach
from dripline.delivery.message.addressing import wire_domain
from dripline.delivery.transports.contract import Envelope, Phase, Reply
from dripline.delivery.transports.replies import Unusable
from dripline.delivery.transports.smtp_limits import Limits
from dripline.delivery.transports.smtp_opening import Door, default_tls, open_wire
from dripline.delivery.transports.smtp_pool import Pool
from dripline.delivery.transports.smtp_transaction import Parcel, hand_over, packed
from dripline.delivery.transports.smtp_wire import Wire
from dripline.kernel.relays import Relay


class SmtpTransport:
    """Carries up to `connections` letters at once. One per transaction, so that each recipient has its own answer.

    `timeout` (seconds) is one limit for every phase instead of those of RFC 5321, section 4.5.3.2: shorter ones after
    the final dot leave more letters in doubt. `ehlo_name` is how we introduce ourselves: a host name or an address
    literal. `tls` replaces the default context, which verifies the certificate unless TLS is opportunistic. `reach`:
    where the relay may be; None for anywhere.
    """

    idempotent = False

    def __init__(
        self,
        relay: Relay,
        *,
        connections: int = 20,
        timeout: float | None = None,
        ehlo_name: str = "localhost",
        tls: ssl.SSLContext | None = None,
        letters_per_connection: int = 100,
        idle_seconds: float = 30,
        reach: Reach | None = None,
    ) -> None:
        self.slots = connections
        self._free = asyncio.Semaphore(connections)
        tls = tls or default_tls(relay.security)
        self._door = Door(relay, Limits.of(timeout), wire_domain(ehlo_name), tls, reach)
        self._pool = Pool(
            self._door,
            size=connections,
            letters_per_connection=letters_per_connection,
            idle_seconds=idle_seconds,
        )

    async def send(self, envelope: Envelope) -> Reply:
        """Hand one letter over. Never raises for anything the relay does.

        Raises:
            Unmailable: an address of the envelope cannot go on the wire; nothing was sent, nothing connected.
        """
        parcel = packed(envelope)
        async with self._free:
            try:
                return await self._carried(parcel)
            except Unusable as fault:
                return fault.reply

    async def check(self) -> str | None:
        """What keeps the relay from being used; None when MAIL could follow now."""
        try:
            wire = await open_wire(self._door)
        except Unusable as fault:
            return fault.reply.text
        await wire.leave()
        return None

    async def close(self) -> None:
        """Wait for the letters under way, then say goodbye on every connection. May be called twice."""
        for _ in range(self.slots):
            await self._free.acquire()
        await self._pool.close()
        for _ in range(self.slots):
            self._free.release()

    async def _carried(self, parcel: Parcel) -> Reply:
        while True:
            wire = await self._pool.take()
            was_used = wire.carried > 0
            reply = await self._tried(wire, parcel)
            if not (was_used and _had_gone(wire, reply)):
                return reply

    async def _tried(self, wire: Wire, parcel: Parcel) -> Reply:
        try:
            reply = await hand_over(wire, parcel)
        except BaseException:
            self._pool.drop(wire)
            raise
        self._pool.give_back(wire)
        return reply


def _had_gone(wire: Wire, reply: Reply) -> bool:
    """Whether a kept connection turned out to be over before the letter began: nothing was said about it yet."""
    return reply.phase is Phase.MAIL and not wire.is_connected
