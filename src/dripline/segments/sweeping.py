"""Time rules: who crosses a boundary as time goes on, found without a timer for anybody.

`in the last 7 days` is left by those whose date, or event, is 7 days old now. A sweep from one time to another finds
all dates and events that lie between the two, each moved by its boundary, and leaves word to look at their contacts.
"""

from datetime import datetime, timedelta
from uuid import UUID

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.events.model import SegmentsTouched
from dripline.events.store import leave_reactions
from dripline.kernel.ids import ContactId, SegmentId, WorkspaceId
from dripline.predicates.boundaries import Boundary, DateBoundary, EventBoundary, boundaries
from dripline.predicates.model import ANY
from dripline.segments.locking import own_segments
from dripline.segments.model import Segment
from dripline.segments.statements import CREATED_AT
from dripline.segments.store import find_segments

_sql = queries(__package__)

_AT_ONCE = 10_000
_NOBODY = UUID(int=0)
_MILLISECOND, _MICROSECOND = timedelta(milliseconds=1), timedelta(microseconds=1)


async def workspaces_to_sweep(database: Database, *, real: datetime) -> list[tuple[WorkspaceId, datetime]]:
    """Where time rules have to be moved, and to which time: that of the workspace."""
    return [(row["workspace_id"], row["now"]) for row in await database.look(_sql["workspaces_to_sweep"], real)]


async def sweep(database: Database, workspace: WorkspaceId, *, now: datetime) -> int:
    """Leave word to look at all who cross a boundary until `now`; gives how many, segment by segment.

    May be repeated, and two may do it at once: who has been looked at is not moved a second time.
    """
    if not await database.look(_sql["is_to_sweep"], workspace, now):
        return 0
    async with database.work() as tx:
        # Whoever looks at a contact from here on looks at this time or later, so that nobody is moved back.
        await own_segments(tx, workspace)
        segments = [row["id"] for row in await tx.rows(_sql["sweep_to"], workspace, now)]
    return sum([await _sweep_segment(database, workspace, segment, now=now) for segment in segments])


async def next_crossing(tx: Tx, workspace: WorkspaceId) -> datetime | None:
    """The next time at which somebody crosses a boundary of time that has not been moved over them yet."""
    timed = [row["id"] for row in await tx.rows(_sql["segments_with_time"], workspace)]
    times = [
        at
        for segment in (await find_segments(tx, workspace, timed)).values()
        for boundary in boundaries(segment.whole)
        if (at := await _next(tx, workspace, segment, boundary)) is not None
    ]
    return min(times, default=None)


async def catch_up(tx: Tx, workspace: WorkspaceId, segment: Segment, *, now: datetime) -> None:
    """Move the time rules of one segment within a transaction that has the lock of the segments alone."""
    if segment.swept_until is None or segment.swept_until >= now:
        return
    after, is_all = _NOBODY, False
    while not is_all:
        crossing, is_all = await _leave_word(tx, workspace, segment, after, until=now)
        after = crossing[-1] if crossing else after
    await tx.run(_sql["begin_sweeping"], workspace, segment.id, now)


async def _sweep_segment(database: Database, workspace: WorkspaceId, id_: SegmentId, *, now: datetime) -> int:
    left, after = 0, _NOBODY
    while True:
        async with database.work() as tx:
            segment = (await find_segments(tx, workspace, [id_])).get(id_)
            if segment is None or segment.swept_until is None or segment.swept_until >= now:
                return left
            crossing, is_all = await _leave_word(tx, workspace, segment, after, until=now)
            if is_all:
                await tx.run(_sql["swept_to"], workspace, segment.id, now, segment.swept_until)
        left += len(crossing)
        if is_all:
            return left
        after = crossing[-1]


async def _leave_word(
    tx: Tx, workspace: WorkspaceId, segment: Segment, after: UUID, *, until: datetime
) -> tuple[list[ContactId], bool]:
    """Leave word of contacts who cross a boundary, in order, behind one; who they are, and whether that is all."""
    crossing, is_all = await _crossing(tx, workspace, segment, after, until=until)
    await leave_reactions(tx, workspace, [SegmentsTouched(contact, (segment.id,)) for contact in crossing])
    return crossing, is_all


async def _crossing(
    tx: Tx, workspace: WorkspaceId, segment: Segment, after: UUID, *, until: datetime
) -> tuple[list[ContactId], bool]:
    assert segment.swept_until is not None
    found: set[ContactId] = set()
    ends: list[ContactId] = []
    for boundary in boundaries(segment.whole):
        begin, end = _from(boundary, segment.swept_until), _from(boundary, until)
        query, about = _about(segment, boundary)
        rows = await tx.rows(_sql[f"{query}_crossing"], workspace, begin, end, after, _AT_ONCE, *about)
        found.update(row["contact_id"] for row in rows)
        if len(rows) == _AT_ONCE:
            ends.append(rows[-1]["contact_id"])
    last = min(ends, default=None)
    return sorted(contact for contact in found if last is None or contact <= last), last is None


async def _next(tx: Tx, workspace: WorkspaceId, segment: Segment, boundary: Boundary) -> datetime | None:
    assert segment.swept_until is not None
    query, about = _about(segment, boundary)
    at = await tx.value(_sql[f"next_{query}"], workspace, _from(boundary, segment.swept_until), *about)
    if at is None:
        return None
    return (_whole_milliseconds(at) if _is_of_contact(boundary) else at) + boundary.shift


def _about(segment: Segment, boundary: Boundary) -> tuple[str, tuple[object, ...]]:
    """Where its dates lie, and the arguments that say which."""
    match boundary:
        case DateBoundary(path) if path == CREATED_AT:
            return "created", ()
        case DateBoundary(path):
            return "dates", (segment.id, path)
        case EventBoundary(event, shift):
            return "events", (event if event != ANY else None, shift == timedelta())


def _from(boundary: Boundary, time: datetime) -> datetime:
    """The first date that crosses the boundary after a time: one that crosses it then has done so."""
    date = time - boundary.shift
    return _whole_milliseconds(date) + _MILLISECOND if _is_of_contact(boundary) else date + _MICROSECOND


def _is_of_contact(boundary: Boundary) -> bool:
    """Whether it is seen with whole milliseconds though it is kept with finer ones."""
    return isinstance(boundary, DateBoundary) and boundary.path == CREATED_AT


def _whole_milliseconds(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
