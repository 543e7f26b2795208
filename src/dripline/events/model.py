"""What happened to whom: events as they come in, as they are kept, and the facts that the engine reacts to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from dripline.kernel.ids import ContactId, EventId
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


class Happened(msgspec.Struct, frozen=True, tag="happened"):
    """An event was recorded."""

    event: Event


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


Fact = Happened | OptedOut | AddressSuppressed | ContactDeleted


def contact_of(fact: Fact) -> ContactId:
    """Whom a fact is about."""
    return fact.event.contact_id if isinstance(fact, Happened) else fact.contact_id


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
