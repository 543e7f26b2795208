"""Asking a model only where it may be: its name is looked up once, and asked at the address that was looked at."""

import asyncio

import httpx2

from dripline.delivery.calls.reaching import Reach, addresses_of


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Connects to no address that `reach` does not allow."""

    def __init__(self, reach: Reach) -> None:
        super().__init__()
        self._reach = reach

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer.

        Raises:
            NotAllowed: the name leads to where nobody may be asked; nobody was.
            OSError: it cannot be resolved.
        """
        host = request.url.host
        addresses = await asyncio.to_thread(addresses_of, host)
        self._reach.must_allow(addresses)
        # The header Host was written with the name; the certificate must be of that too.
        request.url = request.url.copy_with(host=addresses[0])
        request.extensions = {**request.extensions, "sni_hostname": host}
        return await super().handle_async_request(request)
