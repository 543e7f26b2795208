"""The listener for mail that comes back: SMTP or LMTP, for our own addresses only, kept before it is answered.

Never a relay: whoever is not written here by a signed bounce address, or by an address that the settings name, is
unknown. Nothing is ever sent from here, so that no loop of bounces can arise (RFC 5321, section 4.5.5).
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from dripline.database.pool import Database
from dripline.delivery.feedback.finding import Finder
from dripline.delivery.feedback.inbound import UNKNOWN, Received, Source, keep, mail_key
from dripline.kernel.clock import real_now

_log = structlog.get_logger()

_MOST_RECIPIENTS = 100
_IDLE_SECONDS = 300.0
# Real mail has longer lines than RFC 5321 allows.
_LONGEST_LINE = 100_000
# What the library says of each session names addresses.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how to listen. `addresses` are taken besides bounce addresses, in any case."""

    host: str
    port: int
    lmtp: bool = False
    hostname: str = "localhost"
    addresses: Collection[str] = ()
    most_bytes: int = 10_000_000
    connections: int = 100


class Listener:
    """Takes mail in. One bad mail costs its own session."""

    def __init__(self, database: Database, finder: Finder, place: Place) -> None:
        self._database = database
        self._finder = finder
        self._place = place
        self._ours = {address.lower() for address in place.addresses}
        self._open = 0

    async def start(self) -> asyncio.Server:
        """Listen; ends when the server that it gives is closed."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(self._session, self._place.host, self._place.port)

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient of ours, and no other."""
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if address.lower() not in self._ours and self._finder.envelope_of([address]) is None:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 (the library's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail for each of its recipients; say so when it is safe."""
        raw = bytes(envelope.original_content or b"")
        try:
            for address in envelope.rcpt_tos:
                await self._keep(address, raw)
        except Exception as error:
            _log.warning("inbound_not_kept", error=f"{type(error).__name__}: {error}"[:500])
            answer = "451 4.3.0 Not kept, try again later"
        else:
            answer = "250 2.0.0 Kept"
        # LMTP answers for each recipient (RFC 2033, section 4.2).
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if self._place.lmtp else answer

    async def handle_exception(self, error: Exception) -> str:
        """Whatever a client says, the next one is served."""
        _log.warning("inbound_session_failed", error=f"{type(error).__name__}: {error}"[:500])
        return "451 4.3.0 That cannot be worked with"

    async def _keep(self, address: str, raw: bytes) -> None:
        owner = self._finder.envelope_of([address])
        workspace = owner[0] if owner is not None else UNKNOWN
        received = [Received(mail_key(raw, [address]), raw)]
        async with self._database.work() as tx:
            await keep(tx, workspace, Source.MAIL, received, envelope=[address], now=real_now())

    def _session(self) -> SMTP:
        kind = _Lmtp if self._place.lmtp else _Smtp
        return kind(
            self,
            data_size_limit=self._place.most_bytes,
            enable_SMTPUTF8=True,
            hostname=self._place.hostname,
            ident="Dripline",
            timeout=_IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )

    def opened(self) -> bool:
        """Count a session that begins; False when there are too many."""
        self._open += 1
        return self._open <= self._place.connections

    def closed(self) -> None:
        """Count a session that ended."""
        self._open -= 1


class _Counted(SMTP):
    """A session that counts itself, so that nobody can take all there is."""

    line_length_limit = _LONGEST_LINE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        listener: Listener = self.event_handler
        if listener.opened():
            super().connection_made(transport)
            return
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
        transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        listener: Listener = self.event_handler
        listener.closed()
        if self.transport is not None:
            super().connection_lost(error)


class _Smtp(_Counted):
    pass


class _Lmtp(_Counted, LMTP):
    pass
