"""Somebody and something to show a template with when nobody is there: made up, and the same every time."""

from collections.abc import Iterable, Mapping
from typing import Any

from dripline.kernel.values import Json

SAMPLE_EMAIL = "ada@example.com"
SAMPLE_PROPERTIES: Mapping[str, Json] = {"firstName": "Ada", "lastName": "Byron"}


def sample_event(variables: Iterable[str]) -> Mapping[str, Json]:
    """An event in which each name that is used of it stands for itself: `event.order.id` is `[id]`.

    `variables` are the dotted names that a template uses.
    """
    event: dict[str, Any] = {}
    for path in sorted(name.split(".") for name in variables if name.startswith("event.")):
        place = event
        for name in path[1:-1]:
            inner = place.get(name)
            # A name that is used as a value and as an object is an object.
            place[name] = place = inner if isinstance(inner, dict) else {}
        place.setdefault(path[-1], f"[{path[-1]}]")
    return event
