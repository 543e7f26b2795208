"""Tags of contacts as rows. Tags come in their normal form; whoever writes has locked the contacts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.kernel.ids import ContactId, WorkspaceId

_sql = queries(__package__)


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, and how many contacts have it."""

    name: str
    count: int


async def add_tags(
    tx: Tx, workspace: WorkspaceId, contacts: Sequence[ContactId], tags: Collection[str], *, now: datetime
) -> list[tuple[ContactId, str]]:
    """Give every one of these contacts every one of these tags; gives what was new."""
    rows = await tx.rows(_sql["add_tags"], workspace, contacts, sorted(set(tags)), now)
    return [(ContactId(row["contact_id"]), row["tag"]) for row in rows]


async def add_own_tags(
    tx: Tx, workspace: WorkspaceId, owns: Collection[tuple[ContactId, str]], *, now: datetime
) -> list[tuple[ContactId, str]]:
    """Give each of these contacts the tag beside them; gives what was new."""
    if not owns:
        return []
    contacts, tags = zip(*sorted(owns), strict=True)
    rows = await tx.rows(_sql["add_own_tags"], workspace, contacts, tags, now)
    return [(ContactId(row["contact_id"]), row["tag"]) for row in rows]


async def remove_tags(
    tx: Tx, workspace: WorkspaceId, contacts: Sequence[ContactId], tags: Collection[str]
) -> list[tuple[ContactId, str]]:
    """Take these tags from these contacts; gives what was there."""
    rows = await tx.rows(_sql["remove_tags"], workspace, contacts, sorted(set(tags)))
    return [(ContactId(row["contact_id"]), row["tag"]) for row in rows]


async def tags_of(tx: Tx, workspace: WorkspaceId, contacts: Iterable[ContactId]) -> dict[ContactId, list[str]]:
    """The tags of each of these contacts, in order."""
    found: dict[ContactId, list[str]] = {contact: [] for contact in contacts}
    if found:
        for row in await tx.rows(_sql["tags_of"], workspace, list(found)):
            found[ContactId(row["contact_id"])].append(row["tag"])
    return found


async def list_tags(tx: Tx, workspace: WorkspaceId, *, limit: int, after: str | None) -> list[TagCount]:
    """At most `limit` tags that somebody has, in order, those behind `after`."""
    rows = await tx.rows(_sql["list_tags"], workspace, after or "", limit)
    return [TagCount(row["tag"], row["count"]) for row in rows]


async def forget_tags(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Erase the tags of a contact."""
    await tx.run(_sql["forget_tags"], workspace, contact)
