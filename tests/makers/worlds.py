"""Makers of worlds for dry runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from dripline.kernel.values import Json
from dripline.sequences.interpreter.model import CallWebhook, CreateDiscount
from dripline.sequences.interpreter.program import (
    AddTag,
    Change,
    EnterSequence,
    JoinList,
    LeaveList,
    RemoveTag,
    SetProperty,
)
from tests.makers.programs import KnownFacts, seen_at


@dataclass(frozen=True)
class KnownWorld:
    """What is known of somebody, whose events happen when it says so."""

    known: KnownFacts

    def at(self, now: datetime) -> KnownFacts:
        return seen_at(self.known, now)

    def after(self, change: Change) -> "KnownWorld":
        known = self.known
        match change:
            case AddTag(tag):
                return KnownWorld(replace(known, tags=known.tags | {tag}))
            case RemoveTag(tag):
                return KnownWorld(replace(known, tags=known.tags - {tag}))
            case JoinList(name):
                return KnownWorld(replace(known, lists=known.lists | {name}))
            case LeaveList(name):
                return KnownWorld(replace(known, lists=known.lists - {name}))
            case SetProperty(name, value):
                return KnownWorld(replace(known, values=_with(known.values, name, value)))
            case EnterSequence():
                return self

    def asked(self, effect: CreateDiscount | CallWebhook, now: datetime) -> tuple["KnownWorld", str]:
        return self, f"carried out {effect.step}"

    def next_event(self, name: str, *, after: datetime) -> datetime | None:
        at = self.known.events.get(name)
        return at if at is not None and at > after else None


def _with(values: Mapping[str, Json], name: str, value: Json) -> Mapping[str, Json]:
    return {**values, f"contact.properties.{name}": value}
