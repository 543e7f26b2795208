"""An SMTP server that misbehaves as it is told, and a witness: what it took is on disk before it says so.

In a test `async with SmtpServer(file) as server`; beside processes that are killed, as a process of its own:
`python -m tests.makers.smtp_server --file F --port-file P`. `smtp_script` lists what it can be told.
Each letter taken is one JSON line: message_id, recipient, sender, raw (base64), at.
"""

import argparse
import asyncio
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.makers.smtp_session import Gone, Options, Session
from tests.makers.smtp_witness import Witness

__all__ = ["Options", "SmtpServer"]


class SmtpServer(Witness):
    """Listens on 127.0.0.1. `sessions` and `most_at_once` count connections."""

    def __init__(self, file: Path, options: Options | None = None, port: int = 0) -> None:
        super().__init__(file)
        self.options = options or Options()
        self.port = port
        self.sessions = 0
        self.open = 0
        self.most_at_once = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        tls = self.options.tls if self.options.implicit else None
        self._server = await asyncio.start_server(self._session, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self.leave()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.sessions += 1
        self.open += 1
        self.most_at_once = max(self.most_at_once, self.open)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, Gone):
                await Session(self, self.options, reader, writer).run()
        except asyncio.CancelledError:
            pass
        finally:
            self.open -= 1
            writer.transport.abort()


async def _serve(arguments: argparse.Namespace) -> None:
    options = Options(delay=arguments.delay, late=arguments.late)
    async with SmtpServer(arguments.file, options, arguments.port) as server:
        # Renamed into place, so that whoever waits for the file never reads half a number.
        draft = arguments.port_file.with_suffix(".draft")
        draft.write_text(str(server.port))
        draft.replace(arguments.port_file)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--late", type=float, default=0.2)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
