"""A small token endpoint (OAuth 2.0) with a script: what it takes, what it gives, what it says otherwise."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass
class TokenServer:
    """Gives `token` for what is in `takes`, with a new refresh token where `renewed` is one. `says`: raw instead."""

    takes: dict[str, str]
    token: str = "access-1"
    renewed: str = ""
    lasts: int = 3600
    says: bytes = b""
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            size = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            form = dict(parse_qsl((await reader.readexactly(size)).decode()))
            self.asked.append(form)
            writer.write(self.says or self._answer(form))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, form: dict[str, str]) -> bytes:
        if form != self.takes:
            return _http(400, {"error": "invalid_grant", "error_description": f"not {form.get('refresh_token')}"})
        renewed = {"refresh_token": self.renewed} if self.renewed else {}
        return _http(200, {"access_token": self.token, "token_type": "Bearer", "expires_in": self.lasts, **renewed})


def _http(status: int, answer: dict[str, object]) -> bytes:
    body = json.dumps(answer).encode()
    return f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def giving(server: TokenServer, tls: ssl.SSLContext) -> AsyncIterator[TokenServer]:
    """The endpoint on a port of this machine."""
    listening = await asyncio.start_server(server.answer, "localhost", 0, ssl=tls)
    server.url = f"https://localhost:{listening.sockets[0].getsockname()[1]}/token"
    try:
        yield server
    finally:
        listening.close()
