"""What was changed about contacts, kept for their timeline, and what each change is to the engine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from dripline.contacts.model import Changed, Contact
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.events.model import ContactChanged, Fact, OptedOut
from dripline.kernel.ids import ContactId, WorkspaceId, new_uuid
from dripline.kernel.values import Json

_sql = queries(__package__)

_MOST_NAMES = 50
_LONGEST_TEXT = 100


class What(StrEnum):
    """What a change is. That a contact was made is no row: the contact says when."""

    PROPERTIES = "properties"
    UNSUBSCRIBED = "unsubscribed"
    RESUBSCRIBED = "resubscribed"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    LIST_JOINED = "list_joined"
    LIST_LEFT = "list_left"
    LIST_ASKED = "list_asked"
    SEGMENT_ENTERED = "segment_entered"
    SEGMENT_LEFT = "segment_left"
    CHAIN_STOPPED = "chain_stopped"


class Change(NamedTuple):
    """Whom, what (see `What`), more about it for people, and when."""

    contact_id: ContactId
    what: str
    detail: Mapping[str, Json]
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptChange:
    """A change as it was kept."""

    id: UUID
    what: str
    detail: Mapping[str, Json]
    at: datetime


async def append_changes(tx: Tx, workspace: WorkspaceId, changes: Sequence[Change]) -> None:
    """Keep changes, in the transaction that makes them."""
    if not changes:
        return
    contacts, whats, details, times = zip(*changes, strict=True)
    ids = [new_uuid() for _ in changes]
    await tx.run(_sql["append_changes"], workspace, contacts, ids, whats, details, times)


async def changes_before(
    tx: Tx, workspace: WorkspaceId, contact: ContactId, before: tuple[datetime, UUID], *, limit: int
) -> list[KeptChange]:
    """The changes of a contact before a time (and an id, among those of that very time), newest first."""
    rows = await tx.rows(_sql["changes_before"], workspace, contact, *before, limit)
    return [KeptChange(**dict(row)) for row in rows]


async def has_resubscribed(tx: Tx, workspace: WorkspaceId, contact: ContactId, *, since: datetime) -> bool:
    """Whether somebody wanted mail again after a time."""
    return bool(await tx.value(_sql["has_resubscribed"], workspace, contact, since))


async def forget_changes(tx: Tx, workspace: WorkspaceId, contact: ContactId) -> None:
    """Erase the changes of a contact."""
    await tx.run(_sql["forget_changes"], workspace, contact)


def rows_of(changed: Changed, *, now: datetime, source: Mapping[str, Json] | None = None) -> list[Change]:
    """What to keep of a change; nothing of one that changed nothing. `source`: where a new wish was said."""
    rows: list[Change] = []
    if differences := dict(_differences(changed)):
        rows.append(Change(changed.contact.id, What.PROPERTIES, differences, now))
    if "unsubscribed" in changed.fields:
        what = What.RESUBSCRIBED if changed.contact.unsubscribed_at is None else What.UNSUBSCRIBED
        rows.append(Change(changed.contact.id, what, source or {}, now))
    return rows


def facts_of(changed: Changed, *, depth: int = 0) -> list[Fact]:
    """What a change is to the engine: the wish first, also when it is a repeat."""
    facts: list[Fact] = [OptedOut(changed.contact.id)] if changed.opts_out else []
    if changed.fields:
        facts.append(ContactChanged(changed.contact.id, changed.properties, changed.fields, depth))
    return facts


def _differences(changed: Changed) -> Iterator[tuple[str, Json]]:
    before, after = changed.before, changed.contact
    if changed.properties:
        names = changed.properties[:_MOST_NAMES]
        yield "properties", {name: _from_to(before.properties.get(name), after.properties.get(name)) for name in names}
    for name, value in _OWN.items():
        if name in changed.fields:
            yield name, _from_to(value(before), value(after))


_OWN: Mapping[str, Callable[[Contact], Json]] = {
    "userId": lambda contact: contact.user_id,
    "timezone": lambda contact: contact.timezone,
    "tracking": lambda contact: contact.tracked,
}


def _from_to(before: Json, after: Json) -> Json:
    return {"from": _short(before), "to": _short(after)}


def _short(value: Json) -> Json:
    """A value to be read by people, not to be had back: the properties themselves may be large."""
    match value:
        case str():
            return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}…"
        case Mapping():
            return "{…}"
        case Sequence():
            return "[…]"
        case _:
            return value
