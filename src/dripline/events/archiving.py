"""How long events are kept, and the archive that older ones are moved to: parts of gzip-compressed JSON lines.

The archive is in the database like everything else, so that a backup has it and every process reads it.
"""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from dripline.database.pool import Database
from dripline.database.queries import queries
from dripline.database.work import Row, Tx
from dripline.events.model import Event
from dripline.events.store import event_of
from dripline.kernel.clock import iso
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import ContactId, WorkspaceId, new_uuid, show

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class Archive:
    """A part of the archive: how many events, when the first and the last of them were recorded, and its bytes."""

    id: UUID
    first_at: datetime
    last_at: datetime
    events: int
    size: int


async def read_retention(tx: Tx, workspace: WorkspaceId) -> int | None:
    """For how many days events are kept; None for ever."""
    days: int | None = await tx.value(_sql["retention"], workspace)
    return days


async def set_retention(tx: Tx, workspace: WorkspaceId, days: int) -> None:
    """Keep events for so many days from now on."""
    await tx.run(_sql["set_retention"], workspace, days)


async def end_retention(tx: Tx, workspace: WorkspaceId) -> None:
    """Keep events for ever from now on. What is archived stays archived.

    Raises:
        NotFound: that is so already.
    """
    if not await tx.run(_sql["end_retention"], workspace):
        raise NotFound("Events are kept for ever in this workspace.")


async def workspaces_with_retention(database: Database, *, real: datetime) -> list[tuple[WorkspaceId, datetime]]:
    """Where events are kept for a time only, and before when recorded ones are too old, on the workspace's clock."""
    rows = await database.look(_sql["workspaces_with_retention"], real)
    return [(row["workspace_id"], row["before"]) for row in rows]


async def oldest_events(tx: Tx, workspace: WorkspaceId, *, before: datetime, limit: int) -> list[Event]:
    """The first events that are kept, of those that were recorded before a time."""
    found = [event_of(row) for row in await tx.rows(_sql["oldest_events"], workspace, limit)]
    return [event for event in found if event.recorded_at < before]


async def archive_events(tx: Tx, workspace: WorkspaceId, events: Sequence[Event]) -> list[Event]:
    """Move events, whose contacts the caller has locked, to a new part of the archive; gives those that were there."""
    rows = await tx.rows(_sql["take_events"], workspace, [event.id for event in events])
    if not rows:
        return []
    times = [row["recorded_at"] for row in rows]
    contacts = sorted({row["contact_id"] for row in rows})
    content = _packed([msgspec.json.encode(_line(row)) for row in rows])
    await tx.run(_sql["add_archive"], workspace, new_uuid(), min(times), max(times), len(rows), contacts, content)
    return [event_of(row) for row in rows]


async def list_archives(tx: Tx, workspace: WorkspaceId, *, limit: int, after: UUID | None = None) -> list[Archive]:
    """Parts of the archive, oldest first, behind the part `after`."""
    return [Archive(**row) for row in await tx.rows(_sql["archives"], workspace, after, limit)]


async def read_archive(tx: Tx, workspace: WorkspaceId, archive: UUID) -> bytes:
    """A part of the archive: JSON lines, compressed by gzip.

    Raises:
        NotFound: there is none.
    """
    content: bytes | None = await tx.value(_sql["archive_content"], workspace, archive)
    if content is None:
        raise NotFound.of("archive", show("archive", archive))
    return content


async def forget_archived(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Erase the archived events of a contact, whom the caller has locked."""
    rows = await tx.rows(_sql["archives_of_contact"], workspace, contact)
    if not rows:
        return
    name = show("contact", contact)
    kept = [[line for line in _lines(row["content"]) if _whose(line) != name] for row in rows]
    ids = [row["id"] for row in rows]
    contents = [_packed(lines) for lines in kept]
    await tx.run(_sql["rewrite_archives"], workspace, contact, ids, [len(lines) for lines in kept], contents)
    await tx.run(_sql["drop_empty_archives"], workspace, ids)


class _About(msgspec.Struct, rename="camel"):
    contact_id: str


_about = msgspec.json.Decoder(_About)


def _whose(line: bytes) -> str:
    return _about.decode(line).contact_id


def _line(row: Row) -> dict[str, object]:
    return {
        "id": show("event", row["id"]),
        "event": row["name"],
        "contactId": show("contact", row["contact_id"]),
        "email": row["email"],
        "properties": row["properties"],
        "timestamp": iso(row["occurred_at"]),
        "createdAt": iso(row["recorded_at"]),
    }


def _packed(lines: Sequence[bytes]) -> bytes:
    # The time of packing is left out: the same events are the same bytes.
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


def _lines(content: bytes) -> list[bytes]:
    return gzip.decompress(content).splitlines()
