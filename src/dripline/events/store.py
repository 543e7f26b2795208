"""Events and waiting facts as rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.events.model import (
    KEYS_KEPT,
    AddressSuppressed,
    ContactAdded,
    ContactChanged,
    ContactDeleted,
    Event,
    Fact,
    FellSilent,
    Happened,
    ListJoined,
    ListLeft,
    OptedOut,
    Origin,
    SegmentEntered,
    SegmentLeft,
    SegmentsTouched,
    Tagged,
    Untagged,
    contact_of,
)
from dripline.kernel.ids import ContactId, EventId, WorkspaceId, new_uuid

_sql = queries(__package__)


async def take_keys(tx: Tx, workspace: WorkspaceId, keys: Mapping[str, EventId], *, now: datetime) -> dict[str, Event]:
    """Claim idempotency keys for new events; gives the events of those keys that were taken before.

    Waits for a transaction that is claiming the same key just now.
    """
    wanted = sorted(keys)
    free = await tx.rows(_sql["take_keys"], workspace, wanted, [keys[key] for key in wanted], now, now - KEYS_KEPT)
    taken = set(wanted) - {row["key"] for row in free}
    if not taken:
        return {}
    known = {row["key"]: event_of(row) for row in await tx.rows(_sql["events_of_keys"], workspace, list(taken))}
    if orphans := sorted(taken - known.keys()):
        # Their events went with a contact that was deleted.
        await tx.run(_sql["reassign_keys"], workspace, orphans, [keys[key] for key in orphans], now)
    return known


async def forget_keys(tx: Tx, *, now: datetime) -> int:
    """Delete keys that are older than they are kept, in all workspaces; gives how many."""
    return await tx.run(_sql["forget_keys"], now - KEYS_KEPT)


async def record(tx: Tx, workspace: WorkspaceId, events: Sequence[Event]) -> None:
    """Append events."""
    columns = (
        [event.id for event in events],
        [event.contact_id for event in events],
        [event.name for event in events],
        [event.properties for event in events],
        [event.occurred_at for event in events],
        [event.recorded_at for event in events],
        [event.origin for event in events],
        [event.depth for event in events],
    )
    await tx.run(_sql["record"], workspace, *columns)


async def leave_reactions(tx: Tx, workspace: WorkspaceId, facts: Sequence[Fact]) -> None:
    """Leave facts for the engine, in this transaction: the way by which news travels up."""
    if facts:
        await tx.run(
            _sql["leave_reactions"],
            workspace,
            [new_uuid() for _ in facts],
            [contact_of(fact) for fact in facts],
            [_kept(fact) for fact in facts],
        )


async def workspaces_with_reactions(database: Database) -> list[WorkspaceId]:
    """Where facts wait, as a worker looks at it to plan."""
    return [row["workspace_id"] for row in await database.look(_sql["workspaces_with_reactions"])]


async def pending_contacts(tx: Tx, workspace: WorkspaceId, *, limit: int) -> list[ContactId]:
    """Contacts with facts waiting."""
    rows = await tx.rows(_sql["pending_contacts"], workspace, limit)
    return sorted({row["contact_id"] for row in rows})


async def stick_reactions(tx: Tx, workspace: WorkspaceId, contact: ContactId, *, reason: str) -> None:
    """Set the facts about a contact aside, so that they stop nobody else."""
    await tx.run(_sql["stick_reactions"], workspace, contact, reason[:500])


async def take_reactions(tx: Tx, workspace: WorkspaceId, contacts: Sequence[ContactId]) -> list[Fact]:
    """Take the facts that wait about these contacts, whom the caller has locked, in the order in which they came."""
    rows = await tx.rows(_sql["take_reactions"], workspace, contacts)
    kept = [msgspec.convert(row["fact"], _Kept) for row in rows]
    ids = [fact.event_id for fact in kept if isinstance(fact, _KeptEvent)]
    events = {row["id"]: event_of(row) for row in await tx.rows(_sql["events_by_id"], workspace, ids)} if ids else {}
    return [
        Happened(events[fact.event_id]) if isinstance(fact, _KeptEvent) else fact
        for fact in kept
        if not isinstance(fact, _KeptEvent) or fact.event_id in events
    ]


async def arrivals(
    tx: Tx, workspace: WorkspaceId, events: Sequence[EventId], *, within: timedelta
) -> dict[EventId, int]:
    """For each of these events, the how-many-eth of its name it is for its contact, in the span that ends with it."""
    rows = await tx.rows(_sql["arrivals"], workspace, events, within)
    return {row["id"]: row["number"] for row in rows}


async def forget_events(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Erase the events of a contact."""
    await tx.run(_sql["forget_events"], workspace, contact)


def event_of(row: Row) -> Event:
    """The event in a row that has its columns."""
    return Event(
        id=row["id"],
        contact_id=row["contact_id"],
        name=row["name"],
        properties=row["properties"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        origin=Origin(row["origin"]),
        depth=row["depth"],
    )


class _KeptEvent(msgspec.Struct, frozen=True, tag="happened"):
    """An event that waits for its reaction is named, not copied."""

    event_id: UUID


_Kept = (
    _KeptEvent
    | ContactAdded
    | ContactChanged
    | Tagged
    | Untagged
    | ListJoined
    | ListLeft
    | SegmentEntered
    | SegmentLeft
    | SegmentsTouched
    | FellSilent
    | OptedOut
    | AddressSuppressed
    | ContactDeleted
)


def _kept(fact: Fact) -> object:
    return msgspec.to_builtins(_KeptEvent(fact.event.id) if isinstance(fact, Happened) else fact)
