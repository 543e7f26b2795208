"""A small HTTP server on a real socket that speaks the wire format of a provider, and misbehaves when told to."""

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read whole. Names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Fault(Enum):
    """What can go wrong. Those AFTER let the provider take the letter first."""

    RESET_IN_BODY = auto()
    RESET_AFTER = auto()
    CLOSE_AFTER = auto()
    STALL_AFTER = auto()
    STALL_BEFORE = auto()
    NOISE_AFTER = auto()
    HALF_ANSWER_AFTER = auto()


Handle: TypeAlias = Callable[[Asked], Said]
_BEFORE = frozenset({Fault.STALL_BEFORE})


class ApiServer:
    """Answers with `handle`, but for the next requests as `script` says: a fault, or an answer of its own."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.script: list[Fault | Said] = []
        self.asked: list[Asked] = []
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "ApiServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        step = self.script.pop(0) if self.script else None
        if step is Fault.RESET_IN_BODY:
            _reset(writer)
            return False
        asked = Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))
        self.asked.append(asked)
        if isinstance(step, Fault) and step in _BEFORE:
            await asyncio.sleep(3600)
        said = step if isinstance(step, Said) else self.handle(asked)
        match step:
            case Fault.RESET_AFTER:
                _reset(writer)
                return False
            case Fault.CLOSE_AFTER:
                return False
            case Fault.STALL_AFTER:
                await asyncio.sleep(3600)
            case Fault.NOISE_AFTER:
                writer.write(b"250 2.0.0 Ok: queued\r\n\r\n")
                await writer.drain()
                return False
            case Fault.HALF_ANSWER_AFTER:
                writer.write(_written(said)[:-5])
                await writer.drain()
                return False
        writer.write(_written(said))
        await writer.drain()
        return True


def _written(said: Said) -> bytes:
    lines = [f"HTTP/1.1 {said.status} Said", *(f"{name}: {value}" for name, value in said.headers.items())]
    lines.append(f"Content-Length: {len(said.body)}")
    return "\r\n".join([*lines, "", ""]).encode() + said.body


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close so that the other side sees a reset, whatever it still sends."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
