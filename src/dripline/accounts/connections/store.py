"""Connections as they are kept: secrets sealed, each to its workspace, provider and name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from dripline.accounts.connections.environment import Environment
from dripline.accounts.connections.model import CARRIERS, Connection, Provider, Route, Status
from dripline.accounts.connections.reading import Told
from dripline.accounts.resealing import Place, Resealed
from dripline.accounts.sealing import Sealer, Unsealable
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)
_PAGE = 200


async def find_connection(
    tx: Tx, workspace: WorkspaceId, provider: Provider, *, sealer: Sealer, environment: Environment
) -> Connection | None:
    """The connection to a provider: the oldest of the workspace that works, as far as is known; where it has none of
    its own, the one of the environment. One that is unreadable is none."""
    if own := await _own(tx, workspace, sealer, provider=provider):
        readable = [each for each in own if each.status is not Status.UNREADABLE]
        working = [each for each in readable if each.status is not Status.FAILED]
        return next((_with_base(each, environment) for each in [*working, *readable]), None)
    found = environment.connections.get(provider)
    if found is None or not await tx.value(_sql["uses_environment"], workspace):
        return None
    return _with_base(found, environment)


async def list_connections(
    tx: Tx, workspace: WorkspaceId, *, sealer: Sealer, environment: Environment
) -> list[Connection]:
    """All connections, oldest first, then those of the environment that are in use."""
    own = await _own(tx, workspace, sealer)
    found = [_with_base(each, environment) for each in own]
    if await tx.value(_sql["uses_environment"], workspace):
        known = {each.provider for each in own}
        found += [
            _with_base(each, environment) for provider, each in environment.connections.items() if provider not in known
        ]
    return found


async def named_connection(tx: Tx, workspace: WorkspaceId, name: str, *, sealer: Sealer) -> Connection | None:
    """The workspace's own connection of that name."""
    return next(iter(await _own(tx, workspace, sealer, name=name)), None)


async def connections_that_carry(
    tx: Tx, workspaces: Sequence[WorkspaceId], *, sealer: Sealer
) -> dict[WorkspaceId, list[Connection]]:
    """The readable connections of workspaces that can take mail to hand over, in no order."""
    found: dict[WorkspaceId, list[Connection]] = {}
    for row in await tx.rows(_sql["of_workspaces"], workspaces, sorted(CARRIERS)):
        connection = _connection(row["workspace_id"], row, sealer)
        if connection.status is not Status.UNREADABLE:
            found.setdefault(row["workspace_id"], []).append(connection)
    return found


async def has_carrier(tx: Tx, workspace: WorkspaceId) -> bool:
    """Whether a workspace has a connection of its own that takes mail."""
    found: bool = await tx.value(_sql["has_provider"], workspace, sorted(CARRIERS))
    return found


async def save_connection(
    tx: Tx,
    workspace: WorkspaceId,
    provider: Provider,
    name: str,
    told: Told,
    *,
    sealer: Sealer,
    now: datetime,
    route: Route | None = None,
) -> Connection:
    """Write a connection: a new one, or another state of the one that goes by that name.

    Raises:
        Conflict: the name is taken by a connection to another provider.
    """
    route = route or Route()
    sealed = sealer.seal(msgspec.json.encode(dict(told.secrets)), _about(workspace, provider, name))
    written = await tx.run(
        _sql["save"],
        *(workspace, name, provider.value, dict(told.settings), sealed, route.priority, list(route.domains), now),
    )
    if not written:
        raise Conflict(f"The name {name!r} is taken by a connection to another provider.")
    saved = await named_connection(tx, workspace, name, sealer=sealer)
    assert saved is not None
    return saved


async def delete_connection(tx: Tx, workspace: WorkspaceId, name: str) -> None:
    """Erase a connection and its secrets.

    Raises:
        NotFound: there is none of that name.
    """
    if not await tx.run(_sql["remove"], workspace, name):
        raise NotFound.of("connection", name)


async def note_check(
    tx: Tx, workspace: WorkspaceId, connection: Connection, reason: str | None, *, now: datetime
) -> Connection:
    """Write down what a check found: nothing wrong, or a reason. `now` is the real time."""
    status = Status.OK if reason is None else Status.FAILED
    await tx.run(_sql["note"], workspace, connection.name, status.value, reason, now, connection.updated_at)
    return replace(connection, status=status, reason=reason, checked_at=now)


async def renew_secrets(
    tx: Tx, workspace: WorkspaceId, connection: Connection, secrets: Mapping[str, str], *, sealer: Sealer
) -> bool:
    """Write secrets that a provider gave in the place of others; False where the connection has changed since."""
    sealed = sealer.seal(msgspec.json.encode(dict(secrets)), _about(workspace, connection.provider, connection.name))
    return bool(await tx.run(_sql["renew_secrets"], workspace, connection.name, sealed, connection.updated_at))


async def reseal(tx: Tx, sealer: Sealer, place: Place) -> Resealed:
    """Seal the secrets of connections behind a place with the current key, a page of them."""
    rows = await tx.rows(_sql["sealed"], *place, _PAGE)
    sealed = unreadable = 0
    for row in rows:
        if sealer.is_current(row["secrets"]):
            continue
        about = _about(row["workspace_id"], row["provider"], row["name"])
        try:
            plain = sealer.open(row["secrets"], about)
        except Unsealable:
            unreadable += 1
            continue
        await tx.run(_sql["reseal"], row["workspace_id"], row["name"], sealer.seal(plain, about))
        sealed += 1
    behind = (rows[-1]["workspace_id"], rows[-1]["name"]) if len(rows) == _PAGE else None
    return Resealed(behind, sealed, unreadable)


async def _own(
    tx: Tx, workspace: WorkspaceId, sealer: Sealer, *, provider: Provider | None = None, name: str | None = None
) -> Sequence[Connection]:
    rows = await tx.rows(_sql["connections"], workspace, provider.value if provider is not None else None, name)
    return [_connection(workspace, row, sealer) for row in rows]


def _connection(workspace: WorkspaceId, row: Row, sealer: Sealer) -> Connection:
    provider, status, reason = Provider(row["provider"]), Status(row["status"]), row["reason"]
    try:
        plain = sealer.open(row["secrets"], _about(workspace, provider, row["name"]))
        secrets = msgspec.json.decode(plain, type=dict[str, str])
    except Unsealable as error:
        secrets, status, reason = {}, Status.UNREADABLE, f"the secret {error}"
    return Connection(
        provider=provider,
        name=row["name"],
        settings=row["settings"],
        secrets=secrets,
        status=status,
        reason=reason,
        checked_at=row["checked_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        route=Route(row["priority"], tuple(row["domains"])),
    )


def _about(workspace: UUID, provider: str, name: str) -> str:
    return f"connection/{workspace}/{provider}/{name}"


def _with_base(connection: Connection, environment: Environment) -> Connection:
    base = environment.bases.get(connection.provider)
    return replace(connection, settings={**connection.settings, "apiBase": base}) if base else connection
