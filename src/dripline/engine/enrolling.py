"""Enrolling by hand: people named by a caller, in a sequence that is active."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.model import Contact
from dripline.contacts.store import find_contacts, insert_missing, lock_contacts
from dripline.database.work import Tx
from dripline.engine.reacting import enrollment_of
from dripline.events.model import Event, Origin
from dripline.kernel.addresses import Address
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import ContactId, EnrollmentId, EventId, WorkspaceId, new_uuid
from dripline.kernel.values import Json
from dripline.sequences import store as sequences
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.model import Status
from dripline.sequences.programs import published


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

    Reasons: `not_found` for an id, `already_active` when they are in it (or were, where once is enough).

    Raises:
        NotFound: there is no such sequence.
        Conflict: the sequence is not active.
    """
    sequence = await sequences.find(tx, workspace, ref)
    if sequence.status is not Status.ACTIVE:
        raise Conflict(f"The sequence {sequence.slug!r} is {sequence.status}; only an active one enrolls.")
    found = await _contacts(tx, workspace, people, now=now)
    key = (sequence.id, sequence.version)
    version = (await published(tx, workspace, [key]))[key]
    cause = None if event is None else _cause(event, now=now)
    new = {contact.id: enrollment_of(version, key, contact, cause, now=now) for contact in found if contact is not None}
    started = await enrollments.enroll(tx, workspace, list(new.values()))
    answers = []
    for person, contact in zip(people, found, strict=True):
        if contact is None:
            answers.append(Answer(person, None, "not_found"))
        elif (enrollment := new[contact.id].id) in started:
            answers.append(Answer(person, enrollment))
        else:
            answers.append(Answer(person, None, "already_active"))
    return answers


async def _contacts(
    tx: Tx, workspace: WorkspaceId, people: Sequence[Address | ContactId], *, now: datetime
) -> list[Contact | None]:
    """The contact of each person, locked; None for an id that nobody has."""
    addresses = [person for person in people if isinstance(person, Address)]
    by_key = await insert_missing(tx, workspace, addresses, now) if addresses else {}
    ids = [by_key[person.key] if isinstance(person, Address) else person for person in people]
    await lock_contacts(tx, workspace, set(ids))
    present = await find_contacts(tx, workspace, set(ids))
    return [present.get(each) for each in ids]


def _cause(properties: Mapping[str, Json], *, now: datetime) -> Event:
    """The snapshot of an enrollment by hand, in the form of an event that was never recorded."""
    nobody = ContactId(UUID(int=0))
    return Event(EventId(new_uuid()), nobody, "", properties, now, now, Origin.API)
