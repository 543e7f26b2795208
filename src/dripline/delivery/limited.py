"""Which mail goes into a lane of its own because the family of its recipient has a rate: known by each worker."""

import asyncio
from collections.abc import Iterable, Mapping

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.families import Family, family_of
from dripline.delivery.lanes import RATES, lane_of
from dripline.kernel.ids import WorkspaceId

_sql = queries(__package__)

_FRESH_SECONDS = 5.0


class Families:
    """The families that have a rate, by workspace, as of some seconds ago; and who belongs to them."""

    def __init__(self) -> None:
        self._limited: Mapping[WorkspaceId, frozenset[Family]] = {}
        self._looked_at: float | None = None

    async def lanes(
        self, tx: Tx, workspace: WorkspaceId, mails: Iterable[tuple[str, str]]
    ) -> Mapping[tuple[str, str], str]:
        """The lane of each mail, given as the domain that it is from and the one that it goes to.

        A recipient's domain that nobody has looked up yet is noted, to be looked up.
        """
        await self._refresh(tx)
        limited = self._limited.get(workspace)
        pairs = set(mails)
        if limited is None:
            return {(sender, to): sender for sender, to in pairs}
        families = await _families(tx, workspace, {to for _, to in pairs})
        found = {to: family if family in limited else None for to, family in families.items()}
        return {(sender, to): lane_of(sender, found[to]) for sender, to in pairs}

    async def _refresh(self, tx: Tx) -> None:
        now = asyncio.get_running_loop().time()
        if self._looked_at is not None and now - self._looked_at < _FRESH_SECONDS:
            return
        self._looked_at = now
        limited: dict[WorkspaceId, frozenset[Family]] = {}
        for row in await tx.rows(_sql["limited_families"], RATES, [f"{RATES}{family}" for family in Family]):
            family = Family(row["name"].removeprefix(RATES))
            limited[row["workspace_id"]] = limited.get(row["workspace_id"], frozenset()) | {family}
        for workspace, families in limited.items():
            if families - self._limited.get(workspace, frozenset()):
                await _move(tx, workspace, families)
        self._limited = limited


async def _families(tx: Tx, workspace: WorkspaceId, domains: set[str]) -> dict[str, Family | None]:
    known = {domain: family_of(domain) for domain in domains}
    others = sorted(domain for domain, family in known.items() if family is None)
    if others:
        rows = await tx.rows(_sql["families_of_hosts"], workspace, others)
        known |= {row["domain"]: Family(row["family"]) for row in rows if row["family"] is not None}
        await tx.run(_sql["note_hosts"], workspace, sorted(set(others) - {row["domain"] for row in rows}))
    return known


async def _move(tx: Tx, workspace: WorkspaceId, families: frozenset[Family]) -> None:
    """Give mail that was queued before its family had a rate the lane that it would have now."""
    rows = await tx.rows(_sql["recipients_queued"], workspace)
    found = await _families(tx, workspace, {row["domain"] for row in rows})
    moved = {domain: family for domain, family in found.items() if family in families and family is not None}
    await tx.run(_sql["move_lanes"], workspace, list(moved), [str(family) for family in moved.values()])
