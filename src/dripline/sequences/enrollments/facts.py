"""What a program may ask about a contact: the facts that conditions and exit conditions are decided by.

The engine's turn, the gate and the dry run look things up here, so that the same question has the same answer.
"""

from collections.abc import Mapping
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
        root, *rest = _split(path)
        match root, rest:
            case "event", _:
                return _walk(self.event, rest)
            case "contact", ["properties", *inner]:
                return _walk(self.contact.properties, inner)
            case "contact", [name]:
                return self._own(name)
            case _:
                return None

    def _own(self, name: str) -> Json:
        contact = self.contact
        match name:
            case "email":
                return contact.address.text
            case "userId":
                return contact.user_id
            case "timezone":
                return contact.timezone
            case "unsubscribed":
                return contact.unsubscribed_at is not None
            case "subscribed":
                return contact.unsubscribed_at is None
            case "suppressed":
                return contact.suppressed
            case "createdAt":
                return iso(contact.created_at)
            case "updatedAt":
                return iso(contact.updated_at)
            case _:
                return None


@lru_cache(maxsize=4096)
def _split(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _walk(value: Json, names: list[str]) -> Json:
    """Follow names inward. A name with dots in it, as a client may have sent it, is tried as a whole first."""
    if not names:
        return value
    if not isinstance(value, Mapping):
        return None
    if (whole := ".".join(names)) in value:
        return value[whole]
    return _walk(value.get(names[0]), names[1:])
