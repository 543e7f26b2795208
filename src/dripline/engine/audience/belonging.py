"""The verbs about what contacts belong to: tags and lists. See `people`, which has them too."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts import lists, tags
from dripline.contacts.changes import Change, What, append_changes
from dripline.contacts.lists import ContactList
from dripline.contacts.store import find_contacts, lock_contacts
from dripline.database.work import Tx
from dripline.engine.facts.reacting import Reaction, react
from dripline.events.listening import Role, listeners
from dripline.events.model import Fact, ListJoined, ListLeft, Tagged, Untagged
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import ContactId, ListId, WorkspaceId, show
from dripline.kernel.tags import normal_tag
from dripline.kernel.values import Json
from dripline.segments.store import find_segments
from dripline.sequences.store import uses_of_list


@dataclass(frozen=True, slots=True)
class Tagging:
    """How many contacts got or lost a tag, and how many enrollments that started."""

    changed: int
    enrolled: int


@dataclass(frozen=True, slots=True)
class Joining:
    """How many contacts came on a list, how many enrollments that started, and how many were on it or are unknown."""

    added: int
    enrolled: int
    skipped: int


async def tag(
    tx: Tx,
    workspace: WorkspaceId,
    contacts: Collection[ContactId],
    names: Collection[str],
    *,
    now: datetime,
    depth: int = 0,
    enroll: bool = True,
) -> Tagging:
    """Give contacts tags, whatever form they are written in. A tag that is there already is nothing new."""
    if not names:
        return Tagging(0, 0)
    present = await lock_contacts(tx, workspace, set(contacts))
    added = await tags.add_tags(tx, workspace, present, _normal(names), now=now)
    news = [(Tagged(contact, name, depth), Change(contact, What.TAGGED, {"tag": name}, now)) for contact, name in added]
    reaction = await _tell(tx, workspace, news, now=now, enroll=enroll)
    return Tagging(len({contact for contact, _ in added}), len(reaction.enrolled))


async def untag(
    tx: Tx,
    workspace: WorkspaceId,
    contacts: Collection[ContactId],
    names: Collection[str],
    *,
    now: datetime,
    depth: int = 0,
    enroll: bool = True,
) -> Tagging:
    """Take tags from contacts. A tag that is not there is nothing new."""
    present = await lock_contacts(tx, workspace, set(contacts))
    removed = await tags.remove_tags(tx, workspace, present, _normal(names))
    news = [
        (Untagged(contact, name, depth), Change(contact, What.UNTAGGED, {"tag": name}, now))
        for contact, name in removed
    ]
    reaction = await _tell(tx, workspace, news, now=now, enroll=enroll)
    return Tagging(len({contact for contact, _ in removed}), len(reaction.enrolled))


async def add_to_list(
    tx: Tx,
    workspace: WorkspaceId,
    list_id: UUID,
    contacts: Collection[ContactId],
    *,
    now: datetime,
    depth: int = 0,
    enroll: bool = True,
    source: Mapping[str, Json] | None = None,
) -> Joining:
    """Put contacts on a list. Who is on it already is not added, and so enters no sequence again.

    A list that is gone takes nobody. `source` is kept with it: where it was asked for.
    """
    found = await lists.keep_list(tx, workspace, ListId(list_id))
    if found is None:
        return Joining(0, 0, len(contacts))
    present = await lock_contacts(tx, workspace, set(contacts))
    added = await lists.add_members(tx, workspace, found.id, present, now=now)
    news = [
        (
            ListJoined(contact, list_id, depth),
            Change(contact, What.LIST_JOINED, {**named(found), **(source or {})}, now),
        )
        for contact in sorted(added)
    ]
    reaction = await _tell(tx, workspace, news, now=now, enroll=enroll)
    return Joining(len(added), len(reaction.enrolled), len(contacts) - len(added))


async def remove_from_list(
    tx: Tx,
    workspace: WorkspaceId,
    list_id: UUID,
    contacts: Collection[ContactId],
    *,
    now: datetime,
    depth: int = 0,
    enroll: bool = True,
    source: Mapping[str, Json] | None = None,
) -> int:
    """Take contacts off a list; gives how many were on it. Their runs go on, but for those that stop on this.

    `source` is kept with it: where it was asked for.
    """
    found = await lists.keep_list(tx, workspace, ListId(list_id))
    if found is None:
        return 0
    present = await lock_contacts(tx, workspace, set(contacts))
    removed = await lists.remove_members(tx, workspace, found.id, present)
    news = [
        (ListLeft(contact, list_id, depth), Change(contact, What.LIST_LEFT, {**named(found), **(source or {})}, now))
        for contact in sorted(removed)
    ]
    await _tell(tx, workspace, news, now=now, enroll=enroll)
    return len(removed)


async def delete_list(tx: Tx, workspace: WorkspaceId, found: ContactList) -> None:
    """Erase a list. Who was on it stays, and so do their runs: nothing is told of their leaving.

    Raises:
        Conflict: a sequence that is not archived names it, or a segment.
    """
    await lists.delete_list(tx, workspace, found.id)
    uses = [f"the sequence {slug}" for slug in await uses_of_list(tx, workspace, found.id, _names(found))]
    listening = await listeners(tx, workspace, [(kind, str(found.id)) for kind in ("list", "unlist")])
    targets = {each.target_id for heard in listening.values() for each in heard if each.role is Role.SEGMENT}
    uses += [f"the segment {each.slug}" for each in (await find_segments(tx, workspace, targets)).values()]
    if uses:
        raise Conflict(f"The list {found.slug!r} is named by {', '.join(uses)}. Change them first.")


def _names(found: ContactList) -> tuple[str, ...]:
    return show("list", found.id), found.slug, found.name


async def _tell(
    tx: Tx, workspace: WorkspaceId, news: Sequence[tuple[Fact, Change]], *, now: datetime, enroll: bool
) -> Reaction:
    """Keep the changes, and let the engine react to the facts."""
    if not news:
        return Reaction()
    await append_changes(tx, workspace, [change for _, change in news])
    people = await find_contacts(tx, workspace, {change.contact_id for _, change in news})
    return await react(tx, workspace, [fact for fact, _ in news], people, now=now, enroll=enroll)


def _normal(names: Collection[str]) -> set[str]:
    return {name for text in names if (name := normal_tag(text))}


def named(found: ContactList) -> Mapping[str, Json]:
    """What a change says about the list that it is about."""
    return {"list": found.slug, "listId": show("list", found.id), "name": found.name}
