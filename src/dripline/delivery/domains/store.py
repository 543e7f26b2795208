"""Domains as they are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dripline.accounts.resealing import Place, Resealed
from dripline.accounts.sealing import Sealer, Unsealable
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.delivery.domains.judging import next_check
from dripline.delivery.domains.keys import PrivateKey, private_bytes, public_record
from dripline.delivery.domains.model import Domain, Findings, Key, Status
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import DomainId, WorkspaceId, base32, new_uuid, read

_sql = queries(__package__)
_RESEALED_TOGETHER = 200


@dataclass(frozen=True, slots=True)
class DueCheck:
    """A domain that is to be looked at again."""

    workspace: WorkspaceId
    domain: DomainId
    mode: str


async def add_domain(
    tx: Tx, workspace: WorkspaceId, name: str, keys: Sequence[PrivateKey], *, sealer: Sealer, now: datetime
) -> Domain:
    """A new domain with these keys. `now` is the real time.

    Raises:
        Conflict: the workspace has it already.
    """
    made = DomainId(new_uuid())
    findings = msgspec.to_builtins(Findings())
    if not await tx.run(_sql["add"], workspace, made, name, findings, now):
        raise Conflict(f"There is a domain {name!r} already.")
    await add_keys(tx, workspace, made, keys, sealer=sealer, now=now)
    return await find_domain(tx, workspace, name)


async def add_keys(
    tx: Tx, workspace: WorkspaceId, domain: DomainId, keys: Iterable[PrivateKey], *, sealer: Sealer, now: datetime
) -> None:
    """Keep keys of a domain, their private halves sealed. Nothing is signed with them before they are proved."""
    for key in keys:
        selector = f"dl{base32(new_uuid())[-8:]}"
        public = public_record(key)
        sealed = sealer.seal(private_bytes(key), about(workspace, selector))
        algorithm = "rsa" if "k=rsa" in public else "ed25519"
        await tx.run(_sql["add_key"], workspace, domain, selector, algorithm, public, sealed, now)


def about(workspace: UUID, selector: str) -> str:
    """What the private half of a key is sealed for."""
    return f"domain_key/{workspace}/{selector}"


async def find_domain(tx: Tx, workspace: WorkspaceId, ref: str) -> Domain:
    """The domain of an id or a name.

    Raises:
        NotFound: there is none.
    """
    row = await tx.row(_sql["find"], workspace, read("domain", ref), ref.strip().rstrip(".").lower())
    if row is None:
        raise NotFound.of("domain", ref)
    return (await _with_keys(tx, workspace, [row]))[0]


async def lock_domain(tx: Tx, workspace: WorkspaceId, ref: str) -> Domain:
    """The same, and nobody else changes it until the transaction ends."""
    found = await find_domain(tx, workspace, ref)
    await tx.rows(_sql["lock"], workspace, found.id)
    return await find_domain(tx, workspace, found.name)


async def list_domains(
    tx: Tx, workspace: WorkspaceId, *, limit: int | None = None, after: str | None = None
) -> list[Domain]:
    """Domains by name: all of them, or at most `limit`, those behind the name `after`."""
    return await _with_keys(tx, workspace, await tx.rows(_sql["domains"], workspace, after, None, limit))


async def domains_named(tx: Tx, workspace: WorkspaceId, names: Iterable[str]) -> dict[str, Domain]:
    """Those that the workspace has, by name."""
    rows = await tx.rows(_sql["domains"], workspace, None, sorted(names), None)
    return {domain.name: domain for domain in await _with_keys(tx, workspace, rows)}


async def save_domain(tx: Tx, workspace: WorkspaceId, domain: Domain) -> None:
    """Write what a check has changed, and when the next one is due. Keys that the domain has no more are erased."""
    checked = domain.checked_at or domain.updated_at
    await tx.run(
        _sql["save"],
        *(workspace, domain.id, domain.status.value, msgspec.to_builtins(domain.findings), domain.checked_at),
        *(domain.verified_at, domain.failing_since, checked + next_check(domain), domain.updated_at),
    )
    selectors = [key.selector for key in domain.keys]
    await tx.run(
        _sql["save_keys"],
        *(workspace, domain.id, selectors),
        *([key.proved_at for key in domain.keys], [key.retired_at for key in domain.keys]),
    )
    await tx.run(_sql["keep_keys"], workspace, domain.id, selectors)


async def delete_domain(tx: Tx, workspace: WorkspaceId, domain: DomainId) -> None:
    """Erase a domain, and its keys with it."""
    await tx.run(_sql["keep_keys"], workspace, domain, [])
    await tx.run(_sql["remove"], workspace, domain)


async def claim_checks(tx: Tx, *, limit: int, now: datetime, put_off: timedelta) -> list[DueCheck]:
    """Domains of all workspaces whose check is due; who takes them has `put_off` for it before another may."""
    rows = await tx.rows(_sql["claim_checks"], now, now + put_off, limit)
    return [DueCheck(row["workspace_id"], row["id"], row["mode"]) for row in rows]


async def uses_environment(tx: Tx, workspace: WorkspaceId) -> bool:
    """Whether the sender in the environment is this workspace's."""
    return bool(await tx.value(_sql["uses_environment"], workspace))


async def reseal(tx: Tx, sealer: Sealer, after: Place) -> Resealed:
    """Seal a page of keys behind `after` with the current secret key."""
    rows = await tx.rows(_sql["sealed_keys"], *after, _RESEALED_TOGETHER)
    done = lost = 0
    for row in rows:
        if sealer.is_current(row["sealed"]):
            continue
        what = about(row["workspace_id"], row["selector"])
        try:
            sealed = sealer.seal(sealer.open(row["sealed"], what), what)
        except Unsealable:
            lost += 1
            continue
        await tx.run(_sql["reseal_key"], row["workspace_id"], row["selector"], sealed)
        done += 1
    behind = (rows[-1]["workspace_id"], rows[-1]["selector"]) if len(rows) == _RESEALED_TOGETHER else None
    return Resealed(behind, done, lost)


async def _with_keys(tx: Tx, workspace: WorkspaceId, rows: Sequence[Row]) -> list[Domain]:
    if not rows:
        return []
    keys: dict[UUID, list[Key]] = {row["id"]: [] for row in rows}
    for row in await tx.rows(_sql["keys"], workspace, list(keys)):
        keys[row["domain_id"]].append(_key(row))
    return [_domain(row, keys[row["id"]]) for row in rows]


def _key(row: Row) -> Key:
    return Key(
        selector=row["selector"],
        algorithm=row["algorithm"],
        public=row["public"],
        sealed=row["sealed"],
        created_at=row["created_at"],
        proved_at=row["proved_at"],
        retired_at=row["retired_at"],
    )


def _domain(row: Row, keys: Sequence[Key]) -> Domain:
    return Domain(
        id=DomainId(row["id"]),
        name=row["name"],
        status=Status(row["status"]),
        keys=tuple(keys),
        findings=msgspec.convert(row["findings"], Findings),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        checked_at=row["checked_at"],
        verified_at=row["verified_at"],
        failing_since=row["failing_since"],
    )
