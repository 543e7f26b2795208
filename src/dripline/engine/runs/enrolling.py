"""Enrolling people who are named: by a caller, by a step of another sequence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from dripline.contacts.changes import Change, What, append_changes
from dripline.contacts.model import Contact
from dripline.contacts.store import find_contacts, insert_missing, lock_contacts
from dripline.database.work import Tx
from dripline.engine.facts.reacting import react
from dripline.engine.facts.starting import Cause, chain_detail, enrollment_of
from dripline.events.model import DEEPEST_CHAIN, ContactAdded, Event, Origin
from dripline.kernel.addresses import Address
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import ContactId, EnrollmentId, EventId, WorkspaceId, new_uuid, show
from dripline.kernel.values import Json
from dripline.sequences import store as sequences
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.model import Status
from dripline.sequences.programs import published

_log = structlog.get_logger()

BY_HAND = "manual:"
"""What an enrollment says about its cause when a caller named the person."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one person: an enrollment, or the reason why there is none."""

    person: Address | ContactId
    enrollment: EnrollmentId | None
    reason: str | None = None


async def enroll_by_hand(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    people: Sequence[Address | ContactId],
    *,
    event: Mapping[str, Json] | None = None,
    now: datetime,
) -> list[Answer]:
    """Enroll people, in the order given; addresses that nobody has become contacts. `event` is kept as the snapshot.

    Reasons: `not_found` for an id, `already_active` when they are in it (or were, where once is enough), `no_key` when
    the sequence tells runs apart by a field that `event` does not have.

    Raises:
        NotFound: there is no such sequence.
        Conflict: the sequence is not active.
    """
    sequence = await find_active(tx, workspace, ref)
    found = await _contacts(tx, workspace, people, now=now)
    present = {contact.id for contact in found if contact is not None}
    cause = Cause(BY_HAND, None if event is None else _snapshot(event, now=now))
    begun = await begin(tx, workspace, sequence, sorted(present), cause, now=now)
    answers = []
    for person, contact in zip(people, found, strict=True):
        if contact is None:
            answers.append(Answer(person, None, "not_found"))
        else:
            started = begun[contact.id]
            answers.append(Answer(person, *((None, started) if isinstance(started, str) else (started, None))))
    return answers


async def find_active(tx: Tx, workspace: WorkspaceId, ref: str) -> Drip:
    """The sequence that enrolls.

    Raises:
        NotFound: there is no such sequence.
        Conflict: it is not active.
    """
    sequence = await sequences.find(tx, workspace, ref)
    if sequence.status is not Status.ACTIVE:
        raise Conflict(f"The sequence {sequence.slug!r} is {sequence.status}; only an active one enrolls.")
    return sequence


async def begin(
    tx: Tx, workspace: WorkspaceId, sequence: Drip, contacts: Sequence[ContactId], cause: Cause, *, now: datetime
) -> dict[ContactId, EnrollmentId | str]:
    """Begin runs of contacts who are there and locked: the enrollment of each, or the reason why there is none."""
    key = (sequence.id, sequence.version)
    version = (await published(tx, workspace, [key]))[key]
    new = {contact: enrollment_of(version, key, contact, cause, now=now) for contact in contacts}
    started = await enrollments.enroll(tx, workspace, [each for each in new.values() if each is not None])
    return {
        contact: "no_key" if each is None else each.id if each.id in started else "already_active"
        for contact, each in new.items()
    }


async def enroll_by_step(
    tx: Tx, workspace: WorkspaceId, sequence: UUID, contacts: Sequence[ContactId], *, now: datetime, depth: int
) -> None:
    """Enroll contacts, whom the caller has locked, as a step of another sequence asks; nobody when it is not active."""
    found = await sequences.find(tx, workspace, show("sequence", sequence))
    if found.status is not Status.ACTIVE:
        return
    via = f"sequence:{found.slug}"
    if depth > DEEPEST_CHAIN:
        _log.warning("chain_stopped", fact=via, depth=depth)
        detail = chain_detail(via, sequence)
        await append_changes(tx, workspace, [Change(each, What.CHAIN_STOPPED, detail, now) for each in contacts])
        return
    await begin(tx, workspace, found, sorted(set(contacts)), Cause(via, None, depth), now=now)


async def _contacts(
    tx: Tx, workspace: WorkspaceId, people: Sequence[Address | ContactId], *, now: datetime
) -> list[Contact | None]:
    """The contact of each person, locked; None for an id that nobody has."""
    addresses = [person for person in people if isinstance(person, Address)]
    found = await insert_missing(tx, workspace, addresses, now)
    ids = [found.ids[person.key] if isinstance(person, Address) else person for person in people]
    await lock_contacts(tx, workspace, set(ids))
    present = await find_contacts(tx, workspace, set(ids))
    added = [ContactAdded(contact) for contact in sorted(found.new) if contact in present]
    await react(tx, workspace, added, present, now=now)
    return [present.get(each) for each in ids]


def _snapshot(properties: Mapping[str, Json], *, now: datetime) -> Event:
    """The snapshot of an enrollment by hand, in the form of an event that was never recorded."""
    nobody = ContactId(UUID(int=0))
    return Event(EventId(new_uuid()), nobody, "", properties, now, now, Origin.API)
