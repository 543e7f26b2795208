"""A small client of the public API, for the commands and the demo."""

import asyncio
import http.client
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, TypeVar
from urllib.parse import urlsplit

import msgspec

from dripline.kernel.errors import DriplineError, Refused, Unavailable
from dripline.kernel.values import Json

Answer = TypeVar("Answer")

_LONGEST_SECONDS = 60
_PIECE = 65_536


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
            Unavailable: there was no answer.
            Refused: the answer was an error that trying again does not mend.
        """
        return msgspec.json.decode(await self.do("GET", path), type=kind)

    async def do(self, method: str, path: str, body: Mapping[str, Json] | None = None) -> bytes:
        """The body of the answer to a request.

        Raises:
            Unavailable, Refused: as for `read`.
        """
        content = msgspec.json.encode(body) if body is not None else None
        return await asyncio.to_thread(self.ask, method, path, content)

    def ask(
        self, method: str, path: str, content: bytes | BinaryIO | None = None, *, kind: str = "application/json"
    ) -> bytes:
        """The same for a body of any kind; a file is sent as it is read. Waits.

        Raises:
            Unavailable, Refused: as for `read`.
        """
        with self._exchange(method, path, content, kind) as response:
            return response.read()

    def fetch(self, path: str) -> Iterator[bytes]:
        """What GET gives, piece by piece. Waits.

        Raises:
            Unavailable, Refused: as for `read`.
        """
        with self._exchange("GET", path, None, "") as response:
            while piece := response.read(_PIECE):
                yield piece

    @contextmanager
    def _exchange(
        self, method: str, path: str, content: bytes | BinaryIO | None, kind: str
    ) -> Iterator[http.client.HTTPResponse]:
        place = urlsplit(self.url)
        connect = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        try:
            with closing(connect(place.netloc, timeout=_LONGEST_SECONDS)) as connection:
                # Who refuses a body may do so before having read it, and has answered then.
                with suppress(BrokenPipeError, ConnectionResetError):
                    connection.request(method, place.path + path, content, headers)
                response = connection.getresponse()
                if response.status >= 300:
                    raise _refusal(method, path, response.status, response.read())
                yield response
        except (OSError, http.client.HTTPException) as error:
            said = str(error) or type(error).__name__
            raise Unavailable(
                f"{self.url} got no answer to {method} {path}: {said}. Does the product run there?"
            ) from error


def _refusal(method: str, path: str, status: int, answer: bytes) -> DriplineError:
    kind = Refused if 400 <= status < 500 else Unavailable
    return kind(f"{method} {path} was answered with {status}: {_message(answer)}")


def _message(answer: bytes) -> str:
    try:
        error = msgspec.json.decode(answer, type=_Error)
    except msgspec.MsgspecError:
        return answer.decode(errors="replace")[:200]
    return f"{error.code}: {error.message}"
