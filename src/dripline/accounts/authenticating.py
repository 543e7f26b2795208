"""Which workspace a key opens: asked with each request, so good answers are remembered for a moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from dripline.accounts import store
from dripline.accounts.keys import digest_key
from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import find_workspace
from dripline.database.pool import Database
from dripline.kernel.errors import Unauthorised
from dripline.kernel.ids import WorkspaceId

# A revoked key must be refused within two seconds.
REMEMBERED_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Remembered:
    workspace: Workspace
    until: float


class Authenticator:
    """Finds workspaces by key. One for each process.

    Only good keys are remembered, so the memory is no larger than the number of keys. The clock of a test workspace
    moves between two requests, so a test workspace itself is read each time. `seconds` is a monotonic clock: how long
    something is remembered here, never what is decided.
    """

    def __init__(self, database: Database, secret: str, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._secret = secret
        self._seconds = seconds
        self._remembered: dict[bytes, _Remembered] = {}

    async def authenticate(self, key: str) -> Workspace:
        """The workspace that `key` opens.

        Raises:
            Unauthorised: the key is unknown or revoked.
        """
        digest = digest_key(key, self._secret)
        remembered = self._remembered.get(digest)
        if remembered is None or remembered.until < self._seconds():
            return await self._look_up(digest)
        if remembered.workspace.mode is Mode.TEST:
            return await self._read(remembered.workspace.id)
        return remembered.workspace

    async def _look_up(self, digest: bytes) -> Workspace:
        # The moment is taken before the query: what is remembered must not outlive a revocation by the query's time.
        asked = self._seconds()
        async with self._database.work() as tx:
            found = await store.find_workspace_of_key(tx, digest)
        if found is None:
            self._remembered.pop(digest, None)
            raise Unauthorised("The API key is unknown or revoked.")
        workspace = await self._read(found)
        self._remembered[digest] = _Remembered(workspace, asked + REMEMBERED_SECONDS)
        return workspace

    async def _read(self, workspace: WorkspaceId) -> Workspace:
        async with self._database.front_door(workspace) as tx:
            return await find_workspace(tx, workspace)
