"""Who asks: the workspace behind the key of a request, its time, and the one way to its rows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from dripline.accounts.model import Mode, Workspace
from dripline.accounts.workspaces import find_workspace
from dripline.api.services import Services
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Forbidden
from dripline.kernel.ids import WorkspaceId

Result = TypeVar("Result")


@dataclass(slots=True)
class Caller:
    """One request with a good key. `workspace` is as the last transaction of the request found it."""

    workspace: Workspace
    services: Services

    @property
    def id(self) -> WorkspaceId:
        return self.workspace.id

    def now(self) -> datetime:
        """The time of the workspace. To be asked inside a transaction: the clock of a test workspace is moved."""
        return self.workspace.now(real_now())

    async def transact(self, act: Callable[[Tx], Awaitable[Result]]) -> Result:
        """Run `act` in one transaction that sees this workspace only. It may be run again from the start."""

        async def with_its_clock(tx: Tx) -> Result:
            if self.workspace.mode is Mode.TEST:
                self.workspace = await find_workspace(tx, self.id)
            return await act(tx)

        return await self.services.database.transact(with_its_clock, workspace=self.id)

    def wake_workers(self, hint: Hint = Hint.DUE) -> None:
        """Say that there may be something to do. After the commit; a lost word costs a second, not a mail."""
        self.services.hints.send(hint, self.id)

    def must_be_test(self) -> None:
        """Refuse the key of a live workspace.

        Raises:
            Forbidden: it is one.
        """
        if self.workspace.mode is not Mode.TEST:
            raise Forbidden("Only a test workspace has this: use its key.")
