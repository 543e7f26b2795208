"""Who is simulated, and what is assumed to happen to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dripline.kernel.values import Json
from dripline.sequences.interpreter.model import CallWebhook, CreateDiscount, Facts
from dripline.sequences.interpreter.program import Change


@dataclass(frozen=True, slots=True)
class AssumedEvent:
    """An event that is taken to happen at a time (aware)."""

    name: str
    at: datetime
    properties: Mapping[str, Json]


class World(Protocol):
    """A contact, in a world where nothing happens but what is assumed and what the run itself does."""

    def at(self, now: datetime) -> Facts:
        """What is known at a time."""
        ...

    def after(self, change: Change) -> "World":
        """The world once the change was made."""
        ...

    def asked(self, effect: CreateDiscount | CallWebhook, now: datetime) -> tuple["World", str]:
        """The world once a code was made, or a call answered, at a time; and what came of it, in words."""
        ...

    def next_event(self, name: str, *, after: datetime) -> datetime | None:
        """When the next event of a name is assumed to happen, after a time; None when no other is."""
        ...
