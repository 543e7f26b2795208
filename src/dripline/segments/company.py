"""What contacts belong to, read at once for many: tags, lists and segments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.facts import Company
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId, SegmentId, WorkspaceId

_sql = queries(__package__)


async def companies(tx: Tx, workspace: WorkspaceId, contacts: Iterable[ContactId]) -> dict[ContactId, Company]:
    """The company of each of these contacts, in one statement. Who belongs to nothing has an empty one."""
    tags: dict[ContactId, set[str]] = {contact: set() for contact in contacts}
    lists: dict[ContactId, set[UUID]] = {}
    segments: dict[ContactId, set[UUID]] = {}
    if not tags:
        return {}
    for row in await tx.rows(_sql["companies"], workspace, list(tags)):
        contact = ContactId(row["contact_id"])
        match row["kind"]:
            case "tag":
                tags[contact].add(row["tag"])
            case "list":
                lists.setdefault(contact, set()).add(row["id"])
            case _:
                segments.setdefault(contact, set()).add(row["id"])
    return {
        contact: Company(frozenset(own), frozenset(lists.get(contact, ())), frozenset(segments.get(contact, ())))
        for contact, own in tags.items()
    }


@dataclass(frozen=True, slots=True)
class Membership:
    """A segment that a contact is in, and since when."""

    id: SegmentId
    slug: str
    name: str
    since: datetime


async def segments_of(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, *, limit: int, after: UUID | None
) -> list[Membership]:
    """At most `limit` segments that a contact is in, oldest segments first, those behind `after`."""
    rows = await tx.rows(_sql["segments_of"], workspace, contact, after, limit)
    return [Membership(**dict(row)) for row in rows]
