"""The one door for facts: what happened becomes exits and enrollments, in the transaction of the fact.

Whoever calls has locked the contacts. Front doors react where they write; facts recorded below the engine wait in
`pending_reaction` and are reacted to within a second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from dripline.contacts.model import Contact
from dripline.contacts.store import find_contacts, lock_contacts
from dripline.database.pool import Database, is_passing
from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.events.model import (
    DEEPEST_CHAIN,
    AddressSuppressed,
    ContactDeleted,
    Event,
    Fact,
    Happened,
    OptedOut,
    contact_of,
)
from dripline.events.store import pending_contacts, stick_reactions, take_reactions
from dripline.kernel.ids import ContactId, EnrollmentId, WorkspaceId, new_uuid, show
from dripline.predicates.evaluate import evaluate
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.enrollments.facts import ContactFacts
from dripline.sequences.enrollments.model import ExitReason, NewEnrollment
from dripline.sequences.language.model import EnrollmentMode, EventTrigger
from dripline.sequences.programs import Published, VersionKey, published
from dripline.sequences.store import triggered

_log = structlog.get_logger()

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Reaction:
    """What facts brought about."""

    enrolled: frozenset[EnrollmentId]
    exited: frozenset[EnrollmentId]


async def react(
    tx: Tx, workspace: WorkspaceId, facts: Sequence[Fact], contacts: Mapping[ContactId, Contact], *, now: datetime
) -> Reaction:
    """Carry out what facts bring about: exits first, then enrollments.

    The caller has locked everybody whom the facts are about, and gives those to whom something happened.
    """
    exited = await _exit(tx, workspace, facts, now=now)
    enrolled = await _enroll(tx, workspace, facts, contacts, now=now)
    return Reaction(frozenset(enrolled), frozenset(exited))


async def react_to_pending(database: Database, workspace: WorkspaceId, *, now: datetime) -> int:
    """React to facts that were recorded below the engine; gives about how many contacts. Repeated until it gives 0.

    When it fails, it is halved until the contact at fault is alone; the facts about that one are set aside.
    """
    async with database.work() as tx:
        waiting = await pending_contacts(tx, workspace, limit=_BATCH)
    await _react_or_halve(database, workspace, waiting, now=now)
    return len(waiting)


async def _react_or_halve(
    database: Database, workspace: WorkspaceId, waiting: Sequence[ContactId], *, now: datetime
) -> None:
    if not waiting:
        return
    try:
        async with database.work() as tx:
            await lock_contacts(tx, workspace, waiting)
            facts = await take_reactions(tx, workspace, waiting)
            contacts = await find_contacts(tx, workspace, waiting)
            await react(tx, workspace, [fact for fact in facts if contact_of(fact) in contacts], contacts, now=now)
    except Exception as error:
        if is_passing(error):
            raise
        if len(waiting) == 1:
            _log.error("reaction_stuck", contact=show("contact", waiting[0]), exc_info=error)
            async with database.work() as tx:
                await stick_reactions(tx, workspace, waiting[0], reason=f"{type(error).__name__}: {error}")
            return
        middle = len(waiting) // 2
        for half in (waiting[:middle], waiting[middle:]):
            await _react_or_halve(database, workspace, half, now=now)


async def _exit(tx: Tx, workspace: WorkspaceId, facts: Sequence[Fact], *, now: datetime) -> set[EnrollmentId]:
    reasons: dict[ContactId, str] = {}
    for fact in facts:
        match fact:
            case OptedOut(contact):
                reasons.setdefault(contact, ExitReason.UNSUBSCRIBED)
            case AddressSuppressed(contact, reason):
                reasons.setdefault(contact, reason)
            case ContactDeleted(contact):
                reasons[contact] = ExitReason.CONTACT_DELETED
            case Happened():
                pass
    if not reasons:
        return set()
    ended = await enrollments.exit_contacts(tx, workspace, reasons, now=now)
    await outbox.cancel(tx, workspace, ended, now=now)
    return set(ended)


async def _enroll(
    tx: Tx, workspace: WorkspaceId, facts: Sequence[Fact], contacts: Mapping[ContactId, Contact], *, now: datetime
) -> set[EnrollmentId]:
    events = [fact.event for fact in facts if isinstance(fact, Happened) and _may_start(fact.event)]
    if not events:
        return set()
    starts = await triggered(tx, workspace, "event", sorted({event.name for event in events}))
    if not starts:
        return set()
    programs = await published(tx, workspace, {key for keys in starts.values() for key in keys})
    new = [
        enrollment_of(programs[key], key, contacts[event.contact_id], event, now=now)
        for event in events
        for key in starts.get(event.name, ())
        if _matches(programs[key], contacts[event.contact_id], event)
    ]
    return await enrollments.enroll(tx, workspace, new)


def _may_start(event: Event) -> bool:
    if event.depth > DEEPEST_CHAIN:
        _log.warning("chain_stopped", event_name=event.name, depth=event.depth)
        return False
    return event.starts_something


def _matches(version: Published, contact: Contact, event: Event) -> bool:
    trigger = version.definition.trigger
    assert isinstance(trigger, EventTrigger)
    facts = ContactFacts(contact, event.properties)
    return all(evaluate(comparison, facts) for comparison in trigger.where)


def enrollment_of(
    version: Published,
    key: VersionKey,
    contact: Contact,
    event: Event | None,
    *,
    now: datetime,
) -> NewEnrollment:
    """The enrollment of a contact in a version, due at once; the event that caused it goes along."""
    return NewEnrollment(
        id=EnrollmentId(new_uuid()),
        sequence_id=key[0],
        version=key[1],
        contact_id=contact.id,
        step=version.program.first,
        entered_with=event.properties if event else None,
        entered_by=event.id if event else None,
        depth=event.depth if event else 0,
        at=now,
        once=version.definition.enrollment.mode is EnrollmentMode.ONE_TIME,
    )
