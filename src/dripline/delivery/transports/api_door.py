"""One request to the API of a provider, and certainty about how far it got."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx2

from dripline.delivery.transports.contract import Phase

_CONNECT_SECONDS = 15.0
# As long as we wait before a letter is in doubt: providers answer within a second or two, or not at all.
_ANSWER_SECONDS = 60.0
# Shorter than what any of their load balancers keeps an idle connection for: none closes while we begin a request.
_IDLE_SECONDS = 15.0
_MOST_BYTES = 65_536
_NOT_BEGUN = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask. `headers` may hold secrets."""

    method: str
    path: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said. `headers` by names in lower case; `is_whole`: the body came to its end, and was not too long."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


class Unanswered(Exception):
    """No answer came. `phase`: CONNECT, nothing was said; BODY, not all of it was; DOT, all of it may have arrived."""

    def __init__(self, phase: Phase, text: str) -> None:
        super().__init__(text)
        self.phase = phase
        self.text = text


class Door:
    """The API of one provider, on connections that are kept for a while. Redirects are not followed."""

    def __init__(self, base: str, *, connections: int, timeout: float | None = None) -> None:
        self._base = base.rstrip("/")
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout or _ANSWER_SECONDS, connect=timeout or _CONNECT_SECONDS),
            limits=httpx2.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=_IDLE_SECONDS
            ),
        )

    async def ask(self, request: Request) -> Answer:
        """The answer.

        Raises:
            Unanswered: none came.
        """
        body = _Body(request.content)
        headers = (
            {**request.headers, "Content-Length": str(len(request.content))} if request.content else request.headers
        )
        answer: Answer | None = None
        try:
            async with self._client.stream(
                request.method,
                f"{self._base}{request.path}",
                content=body.chunks() if request.content else None,
                headers=headers,
            ) as response:
                answer = Answer(response.status_code, _headers(response), b"", is_whole=False)
                return await _read(answer, response)
        except _NOT_BEGUN as error:
            raise Unanswered(Phase.CONNECT, f"{self._base} cannot be reached: {_words(error)}") from error
        except httpx2.HTTPError as error:
            if answer is not None:
                return answer
            phase = Phase.DOT if body.is_out else Phase.BODY
            raise Unanswered(phase, f"{self._base} did not answer: {_words(error)}") from error

    async def close(self) -> None:
        await self._client.aclose()


class _Body:
    """The bytes of a request. The last of them is asked for only when all others have been written: as long as it has
    not been, nobody can have taken the request for a whole one."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.is_out = not content

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._content[:-1]
        self.is_out = True
        yield self._content[-1:]


async def _read(head: Answer, response: httpx2.Response) -> Answer:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _MOST_BYTES:
            return Answer(head.status, head.headers, bytes(body[:_MOST_BYTES]), is_whole=False)
    return Answer(head.status, head.headers, bytes(body), is_whole=True)


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
