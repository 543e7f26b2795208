"""Making and finding workspaces."""

from datetime import datetime

from dripline.accounts import store
from dripline.accounts.model import Mode, Workspace
from dripline.database.work import Tx
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import WorkspaceId, new_uuid, show


async def create_workspace(
    tx: Tx, *, name: str, mode: Mode, now: datetime, uses_environment: bool = False
) -> Workspace:
    """A new workspace on real time. `now` is the real time; the transaction is one of the owner.

    `uses_environment`: the connections of the environment are its own where it has none.
    """
    workspace = Workspace(WorkspaceId(new_uuid()), name, mode, frozen_at=None)
    await store.insert_workspace(tx, workspace, now, uses_environment=uses_environment)
    return workspace


async def find_workspace(tx: Tx, workspace: WorkspaceId) -> Workspace:
    """The workspace as it is now, its clock included.

    Raises:
        NotFound: there is none, or this transaction may not see it.
    """
    found = await store.find_workspace(tx, workspace)
    if found is None:
        raise NotFound.of("workspace", show("workspace", workspace))
    return found


async def list_workspaces(tx: Tx) -> list[Workspace]:
    """Every workspace, oldest first. A front-door transaction sees only its own."""
    return await store.list_workspaces(tx)
