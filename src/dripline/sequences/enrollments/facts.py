"""What a program may ask about a contact: the facts that conditions and exit conditions are decided by.

The engine's turn, the gate and the dry run look things up here, so that the same question has the same answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from dripline.contacts.model import Contact
from dripline.kernel.clock import iso
from dripline.kernel.values import Json


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A contact, and the properties of the event that enrolled them."""

    contact: Contact
    event: Mapping[str, Json] | None

    def look_up(self, path: str) -> Json:
        """The value at a path such as `contact.properties.plan` or `event.order.id`; None where there is none."""
        return _reader(path)(self)


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
