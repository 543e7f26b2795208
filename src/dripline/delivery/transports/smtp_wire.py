"""One connection to an SMTP server: a question, an answer, and certainty about which bytes have left.

Built on aiosmtplib's protocol, which reads replies and upgrades to TLS. Its client is not used: it has one time limit
for everything and raises the same error before and after the final dot.
"""

import asyncio
from typing import cast

from aiosmtplib.errors import SMTPException, SMTPResponseException, SMTPTimeoutError
from aiosmtplib.protocol import SMTPProtocol, normalize_message_line_endings
from aiosmtplib.response import SMTPResponse

from dripline.delivery.transports.replies import Answer, Broken
from dripline.delivery.transports.smtp_limits import Limits

BLOCK = 65_536
_CLOSING = 421


class Wire(SMTPProtocol):
    """One connection. `carried` counts letters begun, `is_dirty` says that a transaction must be reset first."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(asyncio.get_running_loop())
        self.limits = limits
        self.extensions: dict[str, str] = {}
        self.carried = 0
        self.is_dirty = False
        self.idle_since = 0.0

    @property
    def is_encrypted(self) -> bool:
        return self._over_ssl

    async def greeting(self) -> Answer:
        """What the server says first.

        Raises:
            Broken: nothing that can be read came in time.
        """
        return await self._answer(self.limits.greeting)

    async def ask(self, command: bytes, limit: float) -> Answer:
        """The answer to one command. After 421, or anything but exactly one reply, the connection is closed.

        Raises:
            Broken: no answer that can be read came in time.
        """
        self._begin(command + b"\r\n")
        return await self._answer(limit)

    async def transmit(self, content: bytes) -> None:
        """Send the content and the final dot, as composed. Returns when the last byte has left this process.

        Raises:
            Broken: it has not, and never will: the final dot was not sent.
        """
        data = dotted(content)
        # Writing pauses as soon as anything stays in this process, so that it is known when nothing does.
        if self.transport is not None:
            cast("asyncio.WriteTransport", self.transport).set_write_buffer_limits(high=1, low=0)
        for start in range(0, len(data), BLOCK):
            self._begin(data[start : start + BLOCK])
            await self._left()

    async def final_answer(self) -> Answer:
        """The answer to the final dot.

        Raises:
            Broken: none that can be read came in time: the letter may have been taken.
        """
        return await self._answer(self.limits.dot)

    async def leave(self) -> None:
        """Say goodbye and close. Whatever the server makes of it changes nothing."""
        try:
            if self.is_connected:
                await self.ask(b"QUIT", self.limits.leave)
        except Broken:
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """Close at once. What has not left yet, never will."""
        if self.transport is not None:
            cast("asyncio.WriteTransport", self.transport).abort()

    def _begin(self, data: bytes) -> None:
        # An answer within the letter is no answer to it: the final dot must not follow one.
        waiter = self._response_waiter
        if waiter is not None and waiter.done():
            raise self._gave_up(f"The server did not wait for the end: {waiter.exception() or waiter.result()}")
        self._response_pending = True
        try:
            self.write(data)
        except (OSError, SMTPException) as error:
            raise self._gave_up(f"The connection was lost: {error}") from error
        if not self.is_connected:
            raise self._gave_up("The connection was lost.")

    async def _answer(self, limit: float) -> Answer:
        try:
            response = await self.read_response(limit)
        except SMTPTimeoutError as error:
            raise self._gave_up(f"No answer within {limit:g} seconds.") from error
        except SMTPResponseException as error:
            raise self._gave_up(f"The answer cannot be read: {error.message}") from error
        except (OSError, SMTPException) as error:
            raise self._gave_up(f"The connection was lost: {error}") from error
        return self._checked(response)

    def _checked(self, response: SMTPResponse) -> Answer:
        if not 200 <= response.code <= 599:
            raise self._gave_up(f"The answer cannot be read: {response.code} {response.message}")
        # A second reply would be taken for the answer to the next command, and all that follow.
        if response.code == _CLOSING or self._buffer:
            self.abort()
        return Answer(response.code, response.message)

    async def _left(self) -> None:
        if not self._paused:
            return
        try:
            await asyncio.wait_for(self._drain_helper(), self.limits.block)
        except (OSError, TimeoutError) as error:
            raise self._gave_up("The connection was lost or stood still within the letter.") from error
        # Lost while bytes were held back here: they are gone. Lost after they had left: the answer will tell.
        if self._paused:
            raise self._gave_up("The connection was lost within the letter.")

    def _gave_up(self, reason: str) -> Broken:
        # Never a polite close, which would first send what is held back, the final dot included.
        self.abort()
        return Broken(reason)


def dotted(content: bytes) -> bytes:
    """The content as it goes on the wire: every line ends with CRLF, leading dots doubled, the final dot at its end."""
    ends = content.count(b"\r\n")
    if content.count(b"\r") != ends or content.count(b"\n") != ends or not content.endswith(b"\r\n"):
        content = normalize_message_line_endings(content)
    first = b"." if content.startswith(b".") else b""
    return first + content.replace(b"\n.", b"\n..") + b".\r\n"
