"""What may be asked about a contact: the facts that conditions are decided by, wherever they stand.

The engine's turn, the gate, segments and the dry run look things up here, so that the same question has the same
answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from dripline.contacts.model import Contact
from dripline.events.model import Seen
from dripline.kernel.clock import iso
from dripline.kernel.values import Json
from dripline.predicates.model import ANY, EventTest

Names = Mapping[str, UUID]
"""Ids by the names that a text uses for them."""


@dataclass(frozen=True, slots=True)
class Company:
    """What a contact belongs to: tags in their normal form, lists and segments by id."""

    tags: frozenset[str] = frozenset()
    lists: frozenset[UUID] = frozenset()
    segments: frozenset[UUID] = frozenset()


NO_COMPANY = Company()


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A contact as seen at `now`, with the properties of the event that enrolled them.

    `lists` and `segments` say what the names in conditions stand for. `events` has an answer for every event test
    that may be asked. `run` is what a contact draws by at a split: the sequence, so that splits of different sequences
    have nothing to do with each other.
    """

    contact: Contact
    event: Mapping[str, Json] | None
    now: datetime
    company: Company = NO_COMPANY
    lists: Names = field(default_factory=dict)
    segments: Names = field(default_factory=dict)
    events: Mapping[EventTest, Seen] = field(default_factory=dict)
    run: str = ""

    def look_up(self, path: str) -> Json:
        """The value at a path such as `contact.properties.plan` or `event.order.id`; None where there is none."""
        return _reader(path)(self)

    def has_tag(self, tag: str) -> bool:
        """Whether the contact has a tag, or any tag."""
        return tag in self.company.tags or (tag == ANY and bool(self.company.tags))

    def is_on_list(self, name: str) -> bool:
        """Whether the contact is on the list of that name, or on any list."""
        return self.lists.get(name) in self.company.lists or (name == ANY and bool(self.company.lists))

    def is_in_segment(self, name: str) -> bool:
        """Whether the contact is in the segment of that name."""
        return self.segments.get(name) in self.company.segments

    def count(self, test: EventTest) -> int:
        """How many events pass the test."""
        seen = self.events.get(test)
        return seen.count if seen is not None else 0

    def first(self, test: EventTest) -> datetime | None:
        """When the first event that passes the test was recorded, or None."""
        seen = self.events.get(test)
        return seen.first_at if seen is not None else None

    def draw(self, step: str) -> float:
        """A number from 0 up to 1 that is always the same for this contact at this step of this sequence."""
        drawn = sha256(f"{self.run}/{step}/{self.contact.id}".encode()).digest()
        return int.from_bytes(drawn[:6], "big") / (1 << 48)


_Reader = Callable[[ContactFacts], Json]

_OWN: Mapping[str, _Reader] = {
    "email": lambda facts: facts.contact.address.text,
    "userId": lambda facts: facts.contact.user_id,
    "timezone": lambda facts: facts.contact.timezone,
    "unsubscribed": lambda facts: facts.contact.unsubscribed_at is not None,
    "subscribed": lambda facts: facts.contact.unsubscribed_at is None,
    "suppressed": lambda facts: facts.contact.suppressed,
    "createdAt": lambda facts: iso(facts.contact.created_at),
    "updatedAt": lambda facts: iso(facts.contact.updated_at),
    "tags": lambda facts: sorted(facts.company.tags),
}


@lru_cache(maxsize=4096)
def _reader(path: str) -> _Reader:
    """How to read a path: split once, not for each contact."""
    root, *rest = path.split(".")
    match root, rest:
        case "event", _:
            return lambda facts: _walk(facts.event, rest)
        case "contact", ["properties", name]:
            return lambda facts: facts.contact.properties.get(name)
        case "contact", ["properties", *inner]:
            return lambda facts: _walk(facts.contact.properties, inner)
        case "contact", [name] if name in _OWN:
            return _OWN[name]
        case _:
            return lambda _: None


def _walk(value: Json, names: list[str]) -> Json:
    """Follow names inward. A name with dots in it, as a client may have sent it, is tried as a whole first."""
    if not names:
        return value
    if not isinstance(value, Mapping):
        return None
    if (whole := ".".join(names)) in value:
        return value[whole]
    return _walk(value.get(names[0]), names[1:])
