"""Why somebody is not in a sequence: what starts it, and what there was of that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from dripline.contacts.facts import ContactFacts
from dripline.contacts.model import Contact
from dripline.engine.insight.telling.words import counted, joined, quoted, when
from dripline.events.model import DEEPEST_CHAIN, Event
from dripline.kernel.durations import format_duration, parse_duration
from dripline.predicates.evaluate import evaluate
from dripline.sequences.enrollments.keys import enrollment_key
from dripline.sequences.interpreter.explaining import explain
from dripline.sequences.language.model import (
    ApiTrigger,
    ContactTrigger,
    Definition,
    EventTrigger,
    FrequencyTrigger,
    InactivityTrigger,
    ListTrigger,
    SegmentTrigger,
    TagTrigger,
)
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.model import Status

_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Seeking:
    """What there is to know about somebody who is not in a sequence.

    `definition` is the published one, and `first_active` when the first was published; None before that. `events` are
    those of the name that the trigger asks for, newest first; `belongs_since` is since when the contact has the tag, or
    is on the list or in the segment that it asks for.
    """

    contact: Contact
    sequence: Drip
    definition: Definition | None
    first_active: datetime | None
    events: Sequence[Event]
    belongs_since: datetime | None
    now: datetime


def tell_not_enrolled(seeking: Seeking) -> str:
    """Why a contact never entered, in sentences."""
    if seeking.definition is None:
        return "The sequence has never been activated, so nobody has entered it."
    return joined((_standing(seeking.sequence), *_trigger(seeking, seeking.definition), _mailable(seeking.contact)))


def tell_not_again(seeking: Seeking, *, entered: datetime, once: bool) -> str | None:
    """Why the event that starts a sequence did not start it again since the last run began; None without one."""
    later = [event for event in seeking.events if event.recorded_at > entered]
    if not later or seeking.definition is None:
        return None
    name, at = quoted(later[0].name), when(later[0].recorded_at)
    if once:
        return f"The event {name} came again at {at}. The sequence may be entered only once."
    reason = _why_not(later[0], seeking, seeking.definition)
    return f"The event {name} came again at {at}, and did not start another run: {reason}." if reason else None


def _standing(sequence: Drip) -> str:
    match sequence.status:
        case Status.ARCHIVED:
            return "The sequence is archived: nobody enters it any more."
        case Status.PAUSED | Status.RESUMING:
            since = f" since {when(sequence.paused_at)}" if sequence.paused_at is not None else ""
            return f"The sequence is paused{since}: nobody enters it."
        case _:
            return ""


def _mailable(contact: Contact) -> str:
    if contact.unsubscribed_at is not None:
        unsubscribed = f"The contact has unsubscribed, at {when(contact.unsubscribed_at)}"
        return f"{unsubscribed}: it would leave again before its first mail."
    return "The address may not be mailed: it would leave before its first mail." if contact.suppressed else ""


def _trigger(seeking: Seeking, definition: Definition) -> Iterator[str]:
    match definition.trigger:
        case EventTrigger(event=name):
            yield f"The event {quoted(name)} starts the sequence."
            yield from _events(seeking, definition)
        case ApiTrigger():
            yield "It is entered by call only, and nobody has enrolled this contact."
        case ContactTrigger():
            yield "It is entered when a contact is made."
            yield _before_active("The contact was made", seeking.contact.created_at, seeking)
        case ListTrigger(list=name):
            yield f"It is entered by coming on the list {quoted(name)}."
            yield from _belonging("is not on the list", "came on the list", seeking)
        case TagTrigger(tag=tag):
            yield f"It is entered by getting the tag {quoted(tag)}."
            yield from _belonging("does not have the tag", "got the tag", seeking)
        case SegmentTrigger(segment=name):
            yield f"It is entered by entering the segment {quoted(name)}."
            yield from _belonging("is not in the segment", "entered the segment", seeking)
        case InactivityTrigger(event=name, days=days):
            yield f"It is entered when the event {quoted(name)} has not happened for {counted(days, 'day', 'days')}."
            yield _silence(name, timedelta(days=days), seeking)
        case FrequencyTrigger() as trigger:
            yield _frequency(trigger, seeking)
        case unreachable:
            assert_never(unreachable)


def _events(seeking: Seeking, definition: Definition) -> Iterator[str]:
    if not seeking.events:
        yield "None was recorded for this contact."
    for event in seeking.events[:_MOST_TOLD]:
        reason = _why_not(event, seeking, definition) or _NOTHING_AGAINST
        yield f"One came at {when(event.recorded_at)}: {reason}."


_NOTHING_AGAINST = (
    "nothing that is kept speaks against it, so at that time the sequence was paused, said something else, or the "
    "contact was another"
)


def _why_not(event: Event, seeking: Seeking, definition: Definition) -> str | None:
    """Why an event started nothing, as half a sentence; None when nothing speaks against it."""
    if seeking.first_active is not None and event.recorded_at < seeking.first_active:
        return f"that was before the sequence was first activated, at {when(seeking.first_active)}"
    if seeking.sequence.paused_at is not None and event.recorded_at >= seeking.sequence.paused_at:
        return "the sequence was paused"
    if not event.starts_something:
        late = format_duration(event.recorded_at - event.occurred_at)
        return f"it had happened {late} before it was recorded, and what is older than an hour starts nothing"
    if event.depth > DEEPEST_CHAIN:
        return f"it was caused by a chain of more than {DEEPEST_CHAIN} automatic steps"
    facts = ContactFacts(seeking.contact, event.properties, seeking.now)
    where = definition.trigger.where if isinstance(definition.trigger, EventTrigger) else ()
    failed = next((test for test in where if not evaluate(test, facts)), None)
    if failed is not None:
        return f"a condition of the trigger does not hold ({explain(failed, facts)})"
    if enrollment_key(definition.enrollment, event.properties) is None:
        field = f" at {definition.enrollment.field}" if definition.enrollment.field else ""
        return f"it has no value{field} to tell its run from others by"
    return None


def _belonging(not_there: str, came: str, seeking: Seeking) -> Iterator[str]:
    if seeking.belongs_since is None:
        yield f"The contact {not_there}."
    else:
        yield _before_active(f"The contact {came}", seeking.belongs_since, seeking)


def _before_active(what: str, at: datetime, seeking: Seeking) -> str:
    if seeking.first_active is not None and at < seeking.first_active:
        return f"{what} at {when(at)}, before the sequence was first activated, at {when(seeking.first_active)}."
    paused = seeking.sequence.paused_at
    if paused is not None and at >= paused:
        return f"{what} at {when(at)}, while the sequence was paused."
    return f"{what} at {when(at)}. At that time the sequence was paused, said something else, or was not to start."


def _silence(name: str, lasts: timedelta, seeking: Seeking) -> str:
    if not seeking.events:
        return f"The event {quoted(name)} was never recorded for this contact, and their time is not up, or was before."
    last = seeking.events[0].occurred_at
    return f"It last happened at {when(last)}; the time is up at {when(last + lasts)}."


def _frequency(trigger: FrequencyTrigger, seeking: Seeking) -> str:
    within = parse_duration(trigger.within)
    count = sum(event.occurred_at > seeking.now - within for event in seeking.events)
    wanted = counted(trigger.count, "time", "times")
    return (
        f"It is entered when the event {quoted(trigger.event)} happens {wanted} within {trigger.within}. "
        f"In the last {trigger.within} it happened {counted(count, 'time', 'times')}."
    )
