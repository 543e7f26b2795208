"""Effects that were asked for and are still to be carried out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId, EnrollmentId, SequenceId, WorkspaceId
from dripline.sequences.interpreter.model import CallWebhook, CreateDiscount

_sql = queries(__package__)

_COLUMNS = ("workspace_id", "source_id", "visit", "contact_id", "sequence_id", "step", "lane", "asked_at", "due_at")


class Lane(StrEnum):
    """Who carries it out."""

    STRIPE = "stripe"
    SHOPIFY = "shopify"
    POOL = "pool"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class NewEffect:
    """What an enrollment asks for."""

    source_id: EnrollmentId
    contact_id: ContactId
    sequence_id: SequenceId
    effect: CreateDiscount | CallWebhook
    at: datetime


@dataclass(frozen=True, slots=True)
class LaneState:
    """A lane with something to carry out, now or later: when the first of it is due, in the workspace's time."""

    workspace_id: WorkspaceId
    lane: Lane
    due_at: datetime
    mode: str
    frozen_at: datetime | None


async def enqueue(tx: Tx, workspace: WorkspaceId, effects: Sequence[NewEffect]) -> None:
    """Queue effects, in the transaction that asks for them. A second one under the same key is refused loudly."""
    if effects:
        rows = [
            (
                workspace,
                each.source_id,
                each.effect.visit,
                each.contact_id,
                each.sequence_id,
                each.effect.step,
                lane_of(each.effect),
                each.at,
                each.at,
            )
            for each in effects
        ]
        await tx.copy("effect", _COLUMNS, rows)


def lane_of(effect: CreateDiscount | CallWebhook) -> Lane:
    """Who carries an effect out."""
    return Lane.WEBHOOK if isinstance(effect, CallWebhook) else Lane(effect.offer.provider)


async def lanes(tx: Tx, workspaces: Sequence[WorkspaceId] | None = None) -> list[LaneState]:
    """The lanes with something to carry out, due now or later. Costs one look-up a lane."""
    return [_lane(**dict(row)) for row in await tx.rows(_sql["lanes"], workspaces)]


async def all_lanes(database: Database) -> list[LaneState]:
    """The lanes of all workspaces, as a worker looks at them to plan."""
    return [_lane(**dict(row)) for row in await database.look(_sql["lanes"], None)]


def _lane(workspace_id: WorkspaceId, lane: str, due_at: datetime, mode: str, frozen_at: datetime | None) -> LaneState:
    return LaneState(workspace_id, Lane(lane), due_at, mode, frozen_at)


async def is_leased(tx: Tx, workspace: WorkspaceId) -> bool:
    """Whether some worker has an effect of this workspace in its hands."""
    found: bool = await tx.value(_sql["is_leased"], workspace)
    return found


async def hurry(tx: Tx, workspace: WorkspaceId, lane: Lane, *, now: datetime) -> int:
    """Let everything of a lane that waits to be tried again be tried now: what kept it from going has changed."""
    return await tx.run(_sql["hurry"], workspace, lane, now)


async def forget_effects(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Blank what effects know of a contact."""
    await tx.run(_sql["forget"], workspace, contact)
