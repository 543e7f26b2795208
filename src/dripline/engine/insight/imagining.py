"""A contact as they would be in a run that has not begun: what the run changes is imagined, what happens is assumed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from dripline.contacts.facts import Company, ContactFacts
from dripline.contacts.model import merge_properties
from dripline.delivery.discounts.faking import fake_discount
from dripline.events.model import Seen
from dripline.kernel.durations import parse_duration
from dripline.kernel.values import Json
from dripline.predicates.evaluate import evaluate
from dripline.predicates.model import EventTest
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
from dripline.sequences.simulator.world import AssumedEvent


@dataclass(frozen=True, slots=True)
class Imagined:
    """A contact with the events that are assumed. Of `tests` it is known how many events pass.

    What happened before the run does not count in it, so nothing needs to be read. Segments stay as they are.
    """

    facts: ContactFacts
    events: tuple[AssumedEvent, ...] = ()
    tests: tuple[EventTest, ...] = ()
    discount: Mapping[str, Json] | None = None

    def at(self, now: datetime) -> ContactFacts:
        """What is known at a time."""
        facts = replace(self.facts, now=now)
        return replace(facts, events={test: _seen(test, self.events, facts) for test in self.tests})

    def after(self, change: Change) -> "Imagined":
        """The contact once the change was made. That they are enrolled elsewhere changes nothing here."""
        company, lists = self.facts.company, self.facts.lists
        match change:
            case AddTag(tag):
                return self._in(replace(company, tags=company.tags | {tag}))
            case RemoveTag(tag):
                return self._in(replace(company, tags=company.tags - {tag}))
            case JoinList(name):
                return self._in(replace(company, lists=company.lists | {lists[name]}))
            case LeaveList(name):
                return self._in(replace(company, lists=company.lists - {lists[name]}))
            case SetProperty(name, value):
                return self._with(name, value)
            case EnterSequence():
                return self

    def asked(self, effect: CreateDiscount | CallWebhook, now: datetime) -> tuple["Imagined", str]:
        """The contact with a code that is none, or after a call that was not made."""
        if isinstance(effect, CallWebhook):
            return self, f"would call {effect.url}"
        seed = f"{self.facts.contact.address.key}/{effect.step}"
        discount = fake_discount(effect.offer, seed=seed, now=now)
        return replace(self, discount=discount), f"would make a code such as {discount['code']}"

    def next_event(self, name: str, *, after: datetime) -> datetime | None:
        """When the next event of a name is assumed to happen, after a time."""
        return min((event.at for event in self.events if event.name == name and event.at > after), default=None)

    def _in(self, company: Company) -> "Imagined":
        return replace(self, facts=replace(self.facts, company=company))

    def _with(self, name: str, value: Json) -> "Imagined":
        contact = self.facts.contact
        changed = replace(contact, properties=merge_properties(contact.properties, {name: value}))
        return replace(self, facts=replace(self.facts, contact=changed))


def _seen(test: EventTest, events: Iterable[AssumedEvent], facts: ContactFacts) -> Seen:
    times = sorted(event.at for event in events if event.at <= facts.now and _passes(test, event, facts))
    return Seen(len(times), times[0] if times else None)


def _passes(test: EventTest, event: AssumedEvent, facts: ContactFacts) -> bool:
    is_in_time = test.within is None or event.at > facts.now - parse_duration(test.within)
    about_it = replace(facts, event=event.properties)
    return event.name == test.event and is_in_time and all(evaluate(each, about_it) for each in test.where)
