"""What runs wait for besides mail, read and told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.effects.queue import Lane
from dripline.kernel.ids import WorkspaceId

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
