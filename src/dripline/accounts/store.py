"""Runs the queries of workspaces and their keys."""

from collections.abc import Sequence
from datetime import datetime

from dripline.accounts.model import Mode, Workspace
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.ids import WorkspaceId, new_uuid

_sql = queries(__package__)


async def insert_workspace(tx: Tx, workspace: Workspace, now: datetime, *, uses_environment: bool) -> None:
    await tx.run(_sql["insert_workspace"], workspace.id, workspace.name, workspace.mode, now, uses_environment)


async def find_workspace(tx: Tx, workspace: WorkspaceId) -> Workspace | None:
    row = await tx.row(_sql["find_workspace"], workspace)
    return _workspace(row) if row else None


async def list_workspaces(tx: Tx) -> list[Workspace]:
    return [_workspace(row) for row in await tx.rows(_sql["list_workspaces"])]


async def any_workspace(tx: Tx) -> bool:
    return bool(await tx.value(_sql["any_workspace"]))


async def lock_first_start(tx: Tx, number: int) -> None:
    await tx.row(_sql["lock_first_start"], number)


async def insert_key(tx: Tx, workspace: WorkspaceId, *, digest: bytes, hint: str, now: datetime) -> None:
    await tx.run(_sql["insert_key"], workspace, new_uuid(), digest, hint, now)


async def revoke_key(tx: Tx, workspace: WorkspaceId, *, digest: bytes, now: datetime) -> bool:
    return bool(await tx.run(_sql["revoke_key"], workspace, digest, now))


async def list_keys(tx: Tx) -> list[Row]:
    return await tx.rows(_sql["list_keys"])


async def find_workspace_of_key(tx: Tx, digests: Sequence[bytes]) -> WorkspaceId | None:
    found = await tx.value(_sql["find_workspace_of_key"], digests)
    return WorkspaceId(found) if found else None


def _workspace(row: Row) -> Workspace:
    return Workspace(WorkspaceId(row["id"]), row["name"], Mode(row["mode"]), row["frozen_at"])
