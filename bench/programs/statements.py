"""The statements of a turn without the turn: the floor under everything that Python does between them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import repeat
from typing import Any
from uuid import UUID

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.kernel.clock import real_now
from dripline.kernel.ids import new_uuid
from dripline.sequences.enrollments.store import LaneState

_SQL = queries("dripline.sequences.enrollments")
_VISIT = ["workspace_id", "enrollment_id", "visit", "step", "action", "outcome", "reason", "at"]
_MESSAGE = [
    *("workspace_id", "source_id", "visit", "id", "contact_id", "sequence_id", "step", "template_id"),
    *("from_address", "queued_at", "status"),
]
_OUTBOX = ["workspace_id", "source_id", "visit", "contact_id", "sequence_id", "lane", "priority", "due_at"]
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_IDS_AT_ONCE = 10_000
_NOBODY = UUID(int=0)


class Statements:
    """Moves everybody who is due from the first step of `people.STEP` to its parked email."""

    def __init__(self, database: Database, *, limit: int) -> None:
        self._database = database
        self._limit = limit
        self._ids = self._new_ids()

    async def turn(self, state: LaneState) -> int:
        """One turn; gives how many were moved."""
        space, now, limit = state.workspace_id, real_now(), self._limit
        async with self._database.work() as tx:
            lane = [state.sequence_id], [_LONG_AGO], [now], [limit]
            claimed = await tx.rows(_SQL["claim_due"], space, *lane, limit)
            due = await tx.rows(_SQL["load_due"], space, [row[0] for row in claimed], now)
            if not due:
                return 0

            def all_of(value: object) -> list[Any]:
                return list(repeat(value, len(due)))

            nothing, at = all_of(None), all_of(now)
            cursor = all_of("active"), nothing, all_of("mail"), at, all_of(2), nothing, nothing, nothing, nothing
            await tx.run(_SQL["move"], space, [row[0] for row in due], *cursor)
            visits = [(space, row[0], 1, "decide", "condition", "false", "no", now) for row in due]
            await tx.copy("visit", _VISIT, visits)
            sender = "Ann of Example <ann@example.com>"
            messages = [
                (space, row[0], 2, next(self._ids), row[2], row[1], "mail", _NOBODY, sender, now, "queued")
                for row in due
            ]
            await tx.copy("message", _MESSAGE, messages)
            await tx.copy("outbox", _OUTBOX, [(space, row[0], 2, row[2], row[1], "example.com", 1, now) for row in due])
        return len(due)

    @staticmethod
    def _new_ids() -> Iterator[UUID]:
        while True:
            yield from [new_uuid() for _ in range(_IDS_AT_ONCE)]
