"""Which enrollments may move now: the lanes of a turn, and the permits of sequences that drain after a pause."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dripline.database.work import Tx
from dripline.durable.budgets import Grant, close_budget, give_back, reserve
from dripline.kernel.ids import WorkspaceId
from dripline.sequences.enrollments.store import Claimed, Lane, LaneState, waiting_behind
from dripline.sequences.lifecycle import drain_budget
from dripline.sequences.store import end_drain

MOST_LANES = 8
"""Lanes of one turn. The others of the workspace have theirs in the next turns."""
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenLanes:
    """Lanes to claim from, and the permits reserved for those of them that drain."""

    lanes: Sequence[Lane]
    grants: Sequence[tuple[LaneState, Grant]] = field(default=())


async def open_lanes(
    tx: Tx, workspace: WorkspaceId, states: Sequence[LaneState], *, limit: int, now: datetime
) -> OpenLanes:
    """The lanes that may move. What was overdue when a drain began moves by permit; everything else freely."""
    # More than a fair share, because another worker may have locked the first of a lane; not so much more that
    # the claim has to sort what it will not take.
    most = max(2 * limit // len(states), limit // 4, 1)
    lanes: list[Lane] = []
    grants: list[tuple[LaneState, Grant]] = []
    for state in states:
        if state.draining_since is None:
            lanes.append(Lane(state.sequence_id, _LONG_AGO, now, most))
            continue
        grant = await reserve(tx, workspace, [drain_budget(state.sequence_id)], limit, now=now)
        grants.append((state, grant))
        lanes.append(Lane(state.sequence_id, _LONG_AGO, state.draining_since, grant.permits))
        lanes.append(Lane(state.sequence_id, state.draining_since, now, most))
    return OpenLanes(lanes, grants)


async def close_lanes(tx: Tx, workspace: WorkspaceId, opened: OpenLanes, claimed: Sequence[Claimed]) -> None:
    """Give back permits that nobody used, and end drains that are through."""
    for state, grant in opened.grants:
        assert state.draining_since is not None
        used = sum(each.sequence_id == state.sequence_id and each.due_at <= state.draining_since for each in claimed)
        await give_back(tx, workspace, grant, grant.permits - used)
        if used < grant.permits and not await waiting_behind(tx, workspace, state.sequence_id, state.draining_since):
            await end_drain(tx, workspace, state.sequence_id, since=state.draining_since)
            await close_budget(tx, workspace, drain_budget(state.sequence_id))
