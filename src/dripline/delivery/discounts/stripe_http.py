"""How Stripe's own client talks HTTP here. Loaded where it is used: it brings the whole client along."""

from collections.abc import Mapping

import httpx2
import stripe


class StripeHttp(stripe.HTTPClient):
    """One pool of connections, and no repetition by itself."""

    name = "httpx2"

    def __init__(self, *, timeout: float) -> None:
        super().__init__()
        self._pool = httpx2.AsyncClient(timeout=timeout, follow_redirects=False)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """The answer: its content, its status, its headers.

        Raises:
            APIConnectionError: there is none.
        """
        try:
            response = await self._pool.request(method, url, headers=dict(headers), content=post_data)
        except httpx2.TimeoutException as error:
            raise _unreachable("no answer in time") from error
        except httpx2.HTTPError as error:
            raise _unreachable(f"cannot be reached ({type(error).__name__})") from error
        return response.content, response.status_code, response.headers

    async def close_async(self) -> None:
        """Let go of the connections."""
        await self._pool.aclose()


def _unreachable(words: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(words)  # type: ignore[no-untyped-call]  # it has no annotations
