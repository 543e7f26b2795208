"""The statements of a turn without the turn: the floor under everything that Python does between them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import repeat
from uuid import UUID

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.kernel.clock import real_now
from dripline.kernel.ids import new_uuid
from dripline.sequences.enrollments.store import LaneState

_RUNS = queries("dripline.sequences.enrollments")
_MAIL = queries("dripline.delivery")
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
        workspace, now, limit = state.workspace_id, real_now(), self._limit
        lane = [state.sequence_id], [_LONG_AGO], [now], [limit]
        async with self._database.work() as tx:
            claimed = await tx.rows(_RUNS["claim_due"], workspace, *lane, limit)
            due = await tx.rows(_RUNS["load_due"], workspace, [row[0] for row in claimed], now)
            count = len(due)
            if not count:
                return 0
            runs, contacts, sequences = [row[0] for row in due], [row[2] for row in due], [row[1] for row in due]

            def all_of(value: object) -> list[object]:
                return list(repeat(value, count))

            nothing, at, one, two = all_of(None), all_of(now), all_of(1), all_of(2)
            cursor = all_of("active"), nothing, all_of("mail"), at, two, nothing, nothing
            await tx.run(_RUNS["move"], workspace, runs, *cursor)
            visit = one, all_of("decide"), all_of("condition"), all_of("false"), all_of("no"), at
            await tx.run(_RUNS["add_visits"], workspace, runs, *visit)
            ids = [next(self._ids) for _ in due]
            mail = ids, contacts, sequences, all_of("mail"), all_of(_NOBODY), all_of("ann@example.com"), at
            await tx.run(_MAIL["add_messages"], workspace, runs, two, *mail)
            lane_of = all_of("example.com"), 1, at
            await tx.run(_MAIL["add_to_outbox"], workspace, runs, two, contacts, sequences, *lane_of)
        return count

    @staticmethod
    def _new_ids() -> Iterator[UUID]:
        while True:
            yield from [new_uuid() for _ in range(_IDS_AT_ONCE)]
