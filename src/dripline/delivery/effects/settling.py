"""Settling effects: what came of them is written down, and the runs that waited for them go on, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.discounts.model import Plan
from dripline.delivery.effects.asked import Asked
from dripline.delivery.going_on import Ending, go_on
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.interpreter.model import Settlement

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of one effect. `says` is what its visit says; `exits` ends the run instead of letting it go on."""

    asked: Asked
    settlement: Settlement
    reason: str | None
    says: str | None
    detail: str | None = None
    tried: int = 0
    result: Mapping[str, Json] | None = None
    discount: Mapping[str, Json] | None = None
    exits: ExitReason | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """An effect that is asked for again: when (None: as it was due), or why it is held; and with what."""

    asked: Asked
    plan: Plan | None
    due_at: datetime | None = None
    held: str | None = None
    tried: int = 0
    reason: str | None = None
    detail: str | None = None


async def settle(tx: Tx, workspace: WorkspaceId, token: UUID, outcomes: Sequence[Settled], *, now: datetime) -> int:
    """Write outcomes under the lease `token`, the contacts locked; gives how many were still under it."""
    if not outcomes:
        return 0
    rows = await tx.rows(
        _sql["settle"],
        workspace,
        token,
        now,
        [each.asked.source_id for each in outcomes],
        [each.asked.visit for each in outcomes],
        [str(each.settlement) for each in outcomes],
        [each.reason for each in outcomes],
        [each.detail for each in outcomes],
        [each.tried for each in outcomes],
        [each.result for each in outcomes],
    )
    ours = {(row["source_id"], row["visit"]) for row in rows}
    outcomes = [each for each in outcomes if each.asked.key in ours]
    made = [each for each in outcomes if each.discount is not None]
    if made:
        runs = [each.asked.source_id for each in made]
        await tx.run(_sql["give_discounts"], workspace, runs, [each.discount for each in made])
    await go_on(tx, workspace, [_ending(each) for each in outcomes], now=now)
    return len(outcomes)


async def put_back(tx: Tx, workspace: WorkspaceId, token: UUID, back: Sequence[PutBack]) -> int:
    """Return effects under the lease `token` to their lane; gives how many were still under it."""
    if not back:
        return 0
    return await tx.run(
        _sql["put_back"],
        workspace,
        token,
        [each.asked.source_id for each in back],
        [each.asked.visit for each in back],
        [each.due_at for each in back],
        [each.held for each in back],
        [each.tried for each in back],
        [each.reason for each in back],
        [each.detail for each in back],
        [as_json(each.plan) for each in back],
    )


def as_json(plan: Plan | None) -> Json:
    """A plan as it is kept."""
    kept: Json = msgspec.to_builtins(plan) if plan is not None else None
    return kept


def _ending(settled: Settled) -> Ending:
    asked = settled.asked
    return Ending(asked.source_id, asked.visit, settled.settlement, settled.says, settled.exits)
