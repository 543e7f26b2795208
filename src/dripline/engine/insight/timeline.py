"""The timeline of a contact: events, steps, messages, effects and changes in one order.

It never changes behind a reader. Each source gives at most a page, by its own index; they are merged here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from dripline.contacts.changes import KeptChange, changes_before
from dripline.contacts.model import Contact
from dripline.database.work import Tx
from dripline.delivery.effects.standing import Shown, effects_before
from dripline.delivery.sends import Sent, messages_before
from dripline.events.model import Event
from dripline.events.reading import events_before
from dripline.kernel.ids import WorkspaceId
from dripline.sequences.enrollments.history import Walked, walked_before

_END = datetime(9999, 12, 31, tzinfo=UTC)
_LOWEST, _HIGHEST = (UUID(int=0), -2), (UUID(int=(1 << 128) - 1), (1 << 31) - 1)


class Kind(StrEnum):
    """What an item is. At one and the same time the order is that of the names."""

    CHANGE = "change"
    EFFECT = "effect"
    EVENT = "event"
    MESSAGE = "message"
    STEP = "step"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an item stands. `number` tells apart what belongs to one run."""

    at: datetime
    kind: Kind
    id: UUID
    number: int = 0

    def bound(self, kind: Kind) -> tuple[datetime, UUID, int]:
        """What the items of one kind that stand before this place are less than."""
        if kind is self.kind:
            return self.at, self.id, self.number
        return self.at, *(_HIGHEST if kind < self.kind else _LOWEST)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened, and where it stands."""

    place: Place
    what: Event | Walked | Sent | Shown | KeptChange


END = Place(_END, Kind.STEP, *_HIGHEST)
"""Behind everything."""


async def timeline(
    tx: Tx, workspace: WorkspaceId, contact: Contact, *, before: Place = END, limit: int
) -> Sequence[Item]:
    """At most `limit` items of a contact before a place, newest first."""
    changes = await changes_before(tx, workspace, contact.id, before.bound(Kind.CHANGE)[:2], limit=limit)
    effects = await effects_before(tx, workspace, contact.id, before.bound(Kind.EFFECT), limit=limit)
    events = await events_before(tx, workspace, contact.id, before.bound(Kind.EVENT)[:2], limit=limit)
    messages = await messages_before(tx, workspace, contact.id, before.bound(Kind.MESSAGE)[:2], limit=limit)
    steps = await walked_before(tx, workspace, contact.id, before.bound(Kind.STEP), limit=limit)
    items = [
        *(Item(Place(each.at, Kind.CHANGE, each.id), each) for each in changes),
        *(Item(Place(each.at, Kind.EFFECT, each.source_id, each.visit), each) for each in effects),
        *(Item(Place(each.occurred_at, Kind.EVENT, each.id), each) for each in events),
        *(Item(Place(each.at, Kind.MESSAGE, each.id), each) for each in messages),
        *(Item(Place(each.at, Kind.STEP, each.id, each.number), each) for each in steps),
        *_beginning(contact, before),
    ]
    return sorted(items, key=lambda item: item.place, reverse=True)[:limit]


def _beginning(contact: Contact, before: Place) -> Sequence[Item]:
    """That the contact was made: no row says so, the contact does."""
    place = Place(contact.created_at, Kind.CHANGE, contact.id)
    return [Item(place, KeptChange(contact.id, "created", {}, contact.created_at))] if place < before else []
