"""An SMTP server that takes everything at once, and remembers to whom and when.

It counts what came in, so that what was lost and what came twice can be told; it keeps nothing on disk, so that it
costs little. A letter is timed when its 250 is written, on the clock that all processes of this machine share.
"""

import asyncio
import time
from typing import cast

from bench.talking import hear, order, run, say, write_json

_END = b"\r\n.\r\n"
_HELLO = b"250-sink\r\n250-SIZE 35882577\r\n250 8BITMIME\r\n"
_OK = b"250 2.0.0 OK\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    taken: list[tuple[str, float]]
    size = 0

    def __init__(self, taken: list[tuple[str, float]]) -> None:
        self.taken = taken
        self._buffer = bytearray()
        self._recipient = ""
        self._in_letter = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._take():
            pass

    def _take(self) -> bool:
        """Answer the next command or letter, when it is whole."""
        buffer = self._buffer
        end = buffer.find(_END if self._in_letter else b"\r\n")
        if end < 0:
            return False
        if self._in_letter:
            self._in_letter = False
            Sink.size += end + len(_END)
            del buffer[: end + len(_END)]
            self._transport.write(_OK)
            self.taken.append((self._recipient, time.monotonic()))
        else:
            line = bytes(buffer[:end])
            del buffer[: end + 2]
            self._transport.write(self._answer(line))
        return True

    def _answer(self, line: bytes) -> bytes:
        match line[:4].upper():
            case b"EHLO":
                return _HELLO
            case b"RCPT":
                self._recipient = line[line.index(b"<") + 1 : line.rindex(b">")].decode()
                return _OK
            case b"DATA":
                self._in_letter = True
                return b"354 Go ahead\r\n"
            case b"QUIT":
                return b"221 2.0.0 Bye\r\n"
            case _:
                return _OK


async def main() -> None:
    """Answer `count` with the number of letters so far, and `report` with a file that names them all."""
    asked = order()
    taken: list[tuple[str, float]] = []
    server = await asyncio.get_running_loop().create_server(lambda: Sink(taken), "127.0.0.1", 0)
    say("ready", port=server.sockets[0].getsockname()[1])
    while (told := await hear()) is not None:
        if "report" in told:
            write_json(asked["file"], taken)
        say("taken", letters=len(taken), size=Sink.size)
    server.close()


if __name__ == "__main__":
    run(main())
