"""A small client of the public API."""

import asyncio
import http.client
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from dripline.kernel.errors import Unavailable
from dripline.kernel.values import Json

Answer = TypeVar("Answer")

_LONGEST_SECONDS = 60


class _Error(msgspec.Struct, frozen=True):
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks to a Dripline at `url` with an API key."""

    url: str
    key: str

    async def read(self, path: str, kind: type[Answer]) -> Answer:
        """What GET gives, as `kind`. Fields that `kind` does not have are passed over.

        Raises:
            Unavailable: there was no answer, or an error.
        """
        return msgspec.json.decode(await self.do("GET", path), type=kind)

    async def do(self, method: str, path: str, body: Mapping[str, Json] | None = None) -> bytes:
        """The body of the answer to a request.

        Raises:
            Unavailable: there was no answer, or an error.
        """
        content = msgspec.json.encode(body) if body is not None else None
        try:
            status, answer = await asyncio.to_thread(self._exchange, method, path, content)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"{method} {path} got no answer: {error}.") from error
        if status >= 300:
            raise Unavailable(f"{method} {path} was answered with {status}: {_message(answer)}")
        return answer

    def _exchange(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        place = urlsplit(self.url)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection(place.netloc, timeout=_LONGEST_SECONDS)) as connection:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return response.status, response.read()


def _message(answer: bytes) -> str:
    try:
        error = msgspec.json.decode(answer, type=_Error)
    except msgspec.MsgspecError:
        return answer.decode(errors="replace")[:200]
    return f"{error.code}: {error.message}"
