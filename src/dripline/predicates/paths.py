"""The paths that a condition may look at."""

from difflib import get_close_matches
from enum import Enum, auto

# What every contact has; the others may be missing.
_ALWAYS = (
    "contact.email",
    "contact.unsubscribed",
    "contact.subscribed",
    "contact.suppressed",
    "contact.createdAt",
    "contact.updatedAt",
    "contact.tags",
)
FIXED = (*_ALWAYS, "contact.userId", "contact.timezone")
OPEN = ("contact.properties.", "event.")
EXPECTED = f"{', '.join(FIXED)}, contact.properties.<name> or event.<name>"
EXPECTED_OF_CONTACT = f"{', '.join(FIXED)} or contact.properties.<name>"
LONGEST = 512


class Scope(Enum):
    """Where a condition stands: beside an event, as in sequences and filters, or in the rules of a segment."""

    EVENT = auto()
    SEGMENT = auto()

    @property
    def expected(self) -> str:
        """The paths there are, for people."""
        return EXPECTED if self is Scope.EVENT else EXPECTED_OF_CONTACT


def full(path: str, scope: Scope) -> str | None:
    """The path as it is kept, or None when there is nothing to look at.

    The rules of a segment know no event, and may leave out `contact.`: `properties.plan`, `email`.
    """
    if scope is Scope.EVENT:
        return path if is_known(path) else None
    long = path if path.startswith("contact.") else f"contact.{path}"
    return long if is_known(long) else None


def is_always_there(path: str) -> bool:
    """Whether every contact has a value at this path."""
    return path in _ALWAYS


def is_known(path: str) -> bool:
    """Whether a condition may look here: a field of the contact, one of its properties, or one of the event."""
    if len(path) > LONGEST or not all(path.split(".")):
        return False
    return path in FIXED or any(path.startswith(root) for root in OPEN)


def nearest(path: str) -> str | None:
    """The path that was probably meant, or None."""
    root, *names = path.split(".")
    if not all(names) or not root:
        return None
    if not names:
        return f"contact.properties.{root}" if root not in ("contact", "event") else None
    if _is_like(root, "event"):
        return f"event.{'.'.join(names)}"
    return _nearest_of_contact(names) if _is_like(root, "contact") else None


def _nearest_of_contact(names: list[str]) -> str:
    fields = [path.removeprefix("contact.") for path in FIXED]
    if len(names) > 1 and _is_like(names[0], "properties"):
        return f"contact.properties.{'.'.join(names[1:])}"
    close = get_close_matches(names[0], fields, n=1, cutoff=0.7) if len(names) == 1 else []
    return f"contact.{close[0]}" if close else f"contact.properties.{'.'.join(names)}"


def _is_like(word: str, meant: str) -> bool:
    return bool(get_close_matches(word, [meant], n=1, cutoff=0.6))
