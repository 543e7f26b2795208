"""What contacts belong to, read at once for many: tags, lists and segments."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dripline.contacts.facts import Company
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId, SegmentId, WorkspaceId

_sql = queries(__package__)


class Kind(StrEnum):
    """What contacts belong to."""

    TAG = "tag"
    LIST = "list"
    SEGMENT = "segment"


async def companies(
    tx: Tx, workspace: WorkspaceId, contacts: Iterable[ContactId], *, kinds: Collection[Kind] = frozenset(Kind)
) -> dict[ContactId, Company]:
    """What each of these contacts belongs to, of these kinds, in one statement; who belongs to nothing, too."""
    tags: dict[ContactId, set[str]] = {contact: set() for contact in contacts}
    lists: dict[ContactId, set[UUID]] = {}
    segments: dict[ContactId, set[UUID]] = {}
    if not tags:
        return {}
    for row in await tx.rows(_sql["companies"], workspace, list(tags), list(kinds)):
        contact = ContactId(row["contact_id"])
        match Kind(row["kind"]):
            case Kind.TAG:
                tags[contact].add(row["tag"])
            case Kind.LIST:
                lists.setdefault(contact, set()).add(row["id"])
            case Kind.SEGMENT:
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
