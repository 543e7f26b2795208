"""Posting JSON to an address that somebody else named: looked at before, never redirected, read only so far."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from dripline.delivery.calls.targets import Target, find_target

TIMEOUT_SECONDS = 15.0
_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_ANSWER = 500
_RESOLVERS = 64


class NoAnswer(Exception):
    """Nobody answered, or not in time: it may have been heard. Says why; `reason` is `timeout` or `unreachable`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: the status, how long `Retry-After` asks to wait, and the beginning of the text."""

    status: int
    after: timedelta | None
    words: str

    @property
    def said(self) -> str:
        """The answer in one line."""
        return f"answered {self.status}" + (f": {' '.join(self.words.split())}" if self.words.strip() else "")


class Poster:
    """Posts. `private` lets it call addresses that are not public."""

    def __init__(self, *, private: bool, timeout: float = TIMEOUT_SECONDS) -> None:
        self._private = private
        self._timeout = timeout
        self._client: httpx2.AsyncClient | None = None
        # Of its own: a name server that keeps silent must not keep others of this process from looking up names.
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolving")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post a body, once.

        Raises:
            NotAllowed: the URL leads to where nobody may be called; nobody was.
            NoAnswer: nobody answered.
        """
        try:
            async with asyncio.timeout(self._timeout):
                target = await find_target(url, private=self._private, resolvers=self._resolvers)
                return await self._post(target, body, headers)
        except (TimeoutError, httpx2.TimeoutException):
            raise NoAnswer("timeout", f"no answer within {self._timeout:g} seconds") from None
        except (OSError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            words = f"cannot be reached: {str(error) or type(error).__name__}"
            raise NoAnswer("unreachable", words[:300]) from None

    async def close(self) -> None:
        """Let go of the connections."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            await self._client.aclose()

    async def _post(self, target: Target, body: bytes, headers: Mapping[str, str]) -> Reply:
        if self._client is None:
            # Not through a proxy of the environment. A connection is known by its address and not by the name that its
            # certificate is of, so none is used twice; and nobody waits for a connection that somebody slow holds.
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
            self._client = httpx2.AsyncClient(
                trust_env=False, follow_redirects=False, timeout=self._timeout, limits=limits
            )
        # No cookies of one workspace for another.
        self._client.cookies.clear()
        all_headers = {
            "host": target.host_header,
            "content-type": "application/json",
            "user-agent": "Dripline",
            **headers,
        }
        extensions: dict[str, Any] = {"sni_hostname": target.host}
        async with self._client.stream(
            "POST", target.url, content=body, headers=all_headers, extensions=extensions
        ) as response:
            read = b""
            async for chunk in response.aiter_raw():
                read += chunk
                if len(read) >= _LONGEST_ANSWER:
                    break
            words = read[:_LONGEST_ANSWER].decode(errors="replace").replace("\0", "")
            return Reply(response.status_code, _wait_of(response.headers), words)


def _wait_of(headers: Mapping[str, str]) -> timedelta | None:
    """What `Retry-After` asks for in seconds, at most an hour."""
    text = headers.get("retry-after", "")
    return min(timedelta(seconds=int(text)), _LONGEST_WAIT) if text.isdecimal() and len(text) < 7 else None
