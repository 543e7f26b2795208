"""People who set out while something breaks: who was told so is remembered, and must be found afterwards."""

import asyncio
from dataclasses import dataclass, field

from dripline.database.pool import Database, is_out_of_reach
from dripline.database.queries import Query
from dripline.kernel.errors import Unavailable
from dripline.kernel.ids import EventId
from tests.crash.walks import Walk

_KEPT = Query(
    "kept", "Gives the ids of events.", "SELECT id FROM event WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
)
_ENROLLED = Query(
    "enrolled",
    "Gives the events that enrolled somebody.",
    "SELECT entered_by AS id FROM enrollment WHERE workspace_id = $1 AND entered_by = ANY($2::uuid[])",
)
_AT_ONCE = 4


@dataclass(slots=True)
class Load:
    """Events that are being tracked for one walk, by a few clients at a time, and those that were acknowledged."""

    walk: Walk
    acknowledged: list[EventId] = field(default_factory=list)
    failed: int = 0
    _next: int = 0

    async def run(self, acknowledgements: int) -> None:
        """Track until so many have been acknowledged. Who is refused by a database that is away is somebody else's."""
        await asyncio.gather(*(self._client(acknowledgements) for _ in range(_AT_ONCE)))

    async def _client(self, acknowledgements: int) -> None:
        while len(self.acknowledged) < acknowledgements:
            self._next += 1
            try:
                tracked = await self.walk.start(self._next)
            except Exception as error:
                if not is_out_of_reach(error) and not isinstance(error, Unavailable):
                    raise
                self.failed += 1
                await asyncio.sleep(0.01)  # what a client does that is told to try again
                continue
            self.acknowledged.append(tracked.event.id)

    async def reached(self, acknowledgements: int) -> bool:
        return len(self.acknowledged) >= acknowledgements


async def missing(database: Database, walk: Walk, acknowledged: list[EventId]) -> tuple[set[EventId], set[EventId]]:
    """Which of these events are not there, and which of them enrolled nobody."""
    async with database.work() as tx:
        kept = {row["id"] for row in await tx.rows(_KEPT, walk.id, acknowledged)}
        enrolled = {row["id"] for row in await tx.rows(_ENROLLED, walk.id, acknowledged)}
    return set(acknowledged) - kept, set(acknowledged) - enrolled
