"""What runs asked for besides mail: what they wait for, and what came of it, read and told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.effects.queue import Lane
from dripline.kernel.ids import ContactId, WorkspaceId
from dripline.kernel.values import Json

_sql = queries(__package__)

_WHOM: Mapping[Lane, str] = {
    Lane.STRIPE: "Stripe",
    Lane.SHOPIFY: "Shopify",
    Lane.POOL: "a code from the pool",
    Lane.WEBHOOK: "an answer to the webhook",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """An effect that was asked for and is not settled. `next_attempt_at` is None while it is held or in hand."""

    source_id: UUID
    visit: int
    step: str
    lane: Lane
    phase: str
    held: str | None
    reason: str | None
    detail: str | None
    attempts: int
    asked_at: datetime
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An effect as it stands in the timeline of its contact, at the time when it was asked for.

    `status` is what came of it (`done`, `skipped`, `failed`), or else `queued`, `deferred`, `held` or `running`;
    `result` is the code, or the answer to the call.
    """

    source_id: UUID
    visit: int
    at: datetime
    lane: Lane
    step: str
    sequence_id: UUID
    sequence: str
    status: str
    reason: str | None
    detail: str | None
    attempts: int
    result: Mapping[str, Json] | None
    settled_at: datetime | None
    next_attempt_at: datetime | None


async def effects_before(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, before: tuple[datetime, UUID, int], *, limit: int
) -> list[Shown]:
    """The effects for a contact before a time (and a run and visit, among those of that very time), newest first."""
    rows = await tx.rows(_sql["effects_before"], workspace, contact, *before, limit)
    return [Shown(**{**dict(row), "lane": Lane(row["lane"])}) for row in rows]


async def standing(tx: Tx, workspace: WorkspaceId, runs: Sequence[UUID]) -> dict[UUID, Standing]:
    """What each of these runs waits for, by run, where it waits for something."""
    rows = await tx.rows(_sql["standing"], workspace, list(runs)) if runs else []
    return {row["source_id"]: Standing(**{**dict(row), "lane": Lane(row["lane"])}) for row in rows}


def tell(effect: Standing) -> str:
    """What a run waits for, why, and how often it was tried: `waits for Stripe: 503 …, tried 3 times`."""
    if effect.held is not None:
        return f"waits for {_WHOM[effect.lane]}: the sequence is paused"
    if effect.phase == "carrying":
        return f"waits for {_WHOM[effect.lane]}, which is being asked at this moment"
    whom = _WHOM[effect.lane]
    said = (effect.detail or "").removeprefix(f"{whom}: ").rstrip(".")
    why = f": {said}" if said else ""
    tried = {0: "", 1: ", tried once"}.get(effect.attempts, f", tried {effect.attempts} times")
    return f"waits for {whom}{why}{tried}"


def next_try(effect: Standing) -> str:
    """When it is tried again, as a sentence; empty when that is not known."""
    if effect.next_attempt_at is None or not effect.reason:
        return ""
    return f"The next try is at {effect.next_attempt_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
