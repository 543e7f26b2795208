"""What happened to whom: events as they come in, as they are kept, and the facts that the engine reacts to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from dripline.kernel.ids import ContactId, EventId, SequenceId
from dripline.kernel.values import Json

# A message of a queue or a replay that is older than this is history: it is recorded and starts nothing.
STARTS_NOTHING_AFTER = timedelta(hours=1)
# A clock that runs ahead by more than this is wrong.
FUTURE_TOLERATED = timedelta(minutes=5)
# How long an event id or Idempotency-Key is remembered.
KEYS_KEPT = timedelta(days=14)
# A chain of more automatic causes than this is a loop.
DEEPEST_CHAIN = 8


class Origin(StrEnum):
    """Who caused an event: a client, the delivery of mail, or a step of a sequence."""

    API = "api"
    DELIVERY = "delivery"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a contact."""

    id: EventId
    contact_id: ContactId
    name: str
    properties: Mapping[str, Json]
    occurred_at: datetime
    recorded_at: datetime
    origin: Origin
    depth: int = 0

    @property
    def starts_something(self) -> bool:
        """Whether it is fresh enough to trigger sequences."""
        return self.recorded_at - self.occurred_at <= STARTS_NOTHING_AFTER


@dataclass(frozen=True, slots=True)
class Seen:
    """How many events pass a test, and when the first of them was recorded."""

    count: int
    first_at: datetime | None


class Happened(msgspec.Struct, frozen=True, tag="happened"):
    """An event was recorded."""

    event: Event


class ContactAdded(msgspec.Struct, frozen=True, tag="contact_added"):
    """A contact was made. `depth` counts the automatic causes behind a fact, here and below."""

    contact_id: ContactId
    depth: int = 0


class ContactChanged(msgspec.Struct, frozen=True, tag="contact_changed"):
    """A contact was changed: the names of their properties, and of their other fields, that are not as they were."""

    contact_id: ContactId
    properties: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    depth: int = 0


class Tagged(msgspec.Struct, frozen=True, tag="tagged"):
    """A contact got a tag that they did not have."""

    contact_id: ContactId
    name: str
    depth: int = 0


class Untagged(msgspec.Struct, frozen=True, tag="untagged"):
    """A contact lost a tag."""

    contact_id: ContactId
    name: str
    depth: int = 0


class ListJoined(msgspec.Struct, frozen=True, tag="list_joined"):
    """A contact came on a list that they were not on."""

    contact_id: ContactId
    list_id: UUID
    depth: int = 0


class ListLeft(msgspec.Struct, frozen=True, tag="list_left"):
    """A contact went off a list."""

    contact_id: ContactId
    list_id: UUID
    depth: int = 0


class SegmentEntered(msgspec.Struct, frozen=True, tag="segment_entered"):
    """The rules of a segment began to hold for a contact."""

    contact_id: ContactId
    segment_id: UUID
    depth: int = 0


class SegmentLeft(msgspec.Struct, frozen=True, tag="segment_left"):
    """The rules of a segment ceased to hold for a contact."""

    contact_id: ContactId
    segment_id: UUID
    depth: int = 0


class SegmentsTouched(msgspec.Struct, frozen=True, tag="segments_touched"):
    """Something changed that the rules of these segments look at: whether they hold is to be looked at again."""

    contact_id: ContactId
    segment_ids: tuple[UUID, ...]
    depth: int = 0


class FellSilent(msgspec.Struct, frozen=True, tag="fell_silent"):
    """A contact has not had an event for as long as a sequence waits for."""

    contact_id: ContactId
    sequence_id: SequenceId
    depth: int = 0


class OptedOut(msgspec.Struct, frozen=True, tag="opted_out"):
    """A contact wants no more mail."""

    contact_id: ContactId


class AddressSuppressed(msgspec.Struct, frozen=True, tag="address_suppressed"):
    """The address of a contact must not be mailed any more: `bounced`, `complained` or `suppressed`."""

    contact_id: ContactId
    exit_reason: str


class ContactDeleted(msgspec.Struct, frozen=True, tag="contact_deleted"):
    """A contact is about to go."""

    contact_id: ContactId


Fact = (
    Happened
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


def contact_of(fact: Fact) -> ContactId:
    """Whom a fact is about."""
    return fact.event.contact_id if isinstance(fact, Happened) else fact.contact_id


def depth_of(fact: Fact) -> int:
    """How many automatic causes lie behind a fact."""
    match fact:
        case Happened(event):
            return event.depth
        case OptedOut() | AddressSuppressed() | ContactDeleted():
            return 0
        case _:
            return fact.depth


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """A place in the live feed: the writing transaction, then the id. Order is commit order."""

    tx: int
    event_id: EventId

    def __str__(self) -> str:
        return f"{self.tx}-{self.event_id.hex}"


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An event of the live feed, with its place and the address it belongs to."""

    position: FeedPosition
    event: Event
    email: str | None = field(default=None)
