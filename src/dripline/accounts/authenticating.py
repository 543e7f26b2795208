"""Which workspace a key opens: asked with each request, so good answers are remembered for a moment."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dripline.accounts import store
from dripline.accounts.keys import digest_key
from dripline.accounts.model import Workspace
from dripline.accounts.workspaces import find_workspace
from dripline.database.pool import Database
from dripline.kernel.errors import Unauthorised

# A revoked key must be refused within two seconds. After the first of these somebody asks again; until the second,
# those who come meanwhile need not wait for the answer.
FRESH_SECONDS = 1.0
REMEMBERED_SECONDS = 1.9


@dataclass(frozen=True, slots=True)
class _Remembered:
    workspace: Workspace
    asked: float


class Authenticator:
    """Finds workspaces by key. One for each process. Keys given out under a `former` master key stay good.

    Only good keys are remembered, so the memory is no larger than the number of keys. `seconds` is a monotonic clock:
    how long something is remembered here, never what is decided.
    """

    def __init__(
        self,
        database: Database,
        secret: str,
        former: Sequence[str] = (),
        *,
        seconds: Callable[[], float] = time.monotonic,  # allow: wall-clock (ages of memories, not times)
    ) -> None:
        self._database = database
        self._secret = secret
        self._former = tuple(former)
        self._seconds = seconds
        self._remembered: dict[bytes, _Remembered] = {}
        self._asking: dict[bytes, asyncio.Task[Workspace]] = {}

    async def authenticate(self, key: str) -> Workspace:
        """The workspace that `key` opens, as it was up to two seconds ago: who needs its clock reads it again.

        Raises:
            Unauthorised: the key is unknown or revoked.
        """
        digest = digest_key(key, self._secret)
        if (remembered := self._remembered.get(digest)) is not None:
            age = self._seconds() - remembered.asked
            if age < FRESH_SECONDS or (digest in self._asking and age < REMEMBERED_SECONDS):
                return remembered.workspace
        return await self._ask(digest, [digest_key(key, secret) for secret in self._former])

    async def _ask(self, digest: bytes, former: Sequence[bytes]) -> Workspace:
        """Look a key up, once for all who want to know at the same time."""
        asking = self._asking.get(digest)
        if asking is None:
            asking = self._asking[digest] = asyncio.create_task(self._look_up(digest, former))
            asking.add_done_callback(lambda _: self._asking.pop(digest, None))
        return await asyncio.shield(asking)

    async def _look_up(self, digest: bytes, former: Sequence[bytes]) -> Workspace:
        # The moment is taken before the query: what is remembered must not outlive a revocation by the query's time.
        asked = self._seconds()
        async with self._database.work() as tx:
            found = await store.find_workspace_of_key(tx, [digest, *former])
        if found is None:
            self._remembered.pop(digest, None)
            raise Unauthorised("The API key is unknown or revoked.")
        async with self._database.front_door(found) as tx:
            workspace = await find_workspace(tx, found)
        self._remembered[digest] = _Remembered(workspace, asked)
        return workspace
