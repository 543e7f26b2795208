"""Why somebody did or did not get each mail of a sequence: everything that is known about it, read and told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dripline.contacts.model import Contact
from dripline.contacts.store import find_contact_by_email
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.effects.standing import standing
from dripline.delivery.sends import Message, MessageFilter, list_sends
from dripline.engine.insight.telling.runs import Reading, ToldRun, tell_run
from dripline.engine.insight.telling.starting import Seeking, tell_not_again, tell_not_enrolled
from dripline.engine.insight.telling.words import counted, joined
from dripline.events.model import Event
from dripline.events.reading import events_of
from dripline.kernel.addresses import Address
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import EnrollmentId, WorkspaceId
from dripline.kernel.tags import normal_tag
from dripline.sequences import store as sequences
from dripline.sequences.enrollments.history import Told, runs_in_sequence, visits_of
from dripline.sequences.language.model import (
    EnrollmentMode,
    EventTrigger,
    FrequencyTrigger,
    InactivityTrigger,
    ListTrigger,
    SegmentTrigger,
    TagTrigger,
)
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.programs import Published, published

_sql = queries(__package__)

_MOST_RUNS = 20
_MOST_MAILS = 1_000
_MOST_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Explanation:
    """Runs, oldest first, the last ones; and why there is none, or none since the last, where that can be said."""

    contact: Contact
    sequence: Drip
    summary: str
    runs: Sequence[ToldRun]
    not_enrolled: str | None


async def explain_contact(tx: Tx, workspace: WorkspaceId, ref: str, address: Address, *, now: datetime) -> Explanation:
    """Why a contact did or did not get each mail of a sequence.

    Raises:
        NotFound: there is no such sequence, or no contact with that address.
    """
    sequence = await sequences.find(tx, workspace, ref)
    contact = await find_contact_by_email(tx, workspace, address.key)
    if contact is None:
        raise NotFound.of("contact", address.text)
    entered = await runs_in_sequence(tx, workspace, sequence.id, contact.id, limit=_MOST_RUNS)
    numbers = {sequence.version, *(run.version for run in entered)} - {0}
    found = await published(tx, workspace, [(sequence.id, number) for number in numbers])
    versions = {number: version for (_, number), version in found.items()}
    runs = await _tell(tx, workspace, sequence, contact, entered, versions, now=now)
    seeking = await _seek(tx, workspace, sequence, contact, versions.get(sequence.version), now=now)
    if not entered:
        reasons = tell_not_enrolled(seeking)
        return Explanation(contact, sequence, f"This contact has never been in the sequence. {reasons}", [], reasons)
    once = seeking.definition is not None and seeking.definition.enrollment.mode is EnrollmentMode.ONE_TIME
    again = tell_not_again(seeking, entered=entered[-1].enrolled_at, once=once) if _is_over(entered) else None
    before = "" if len(runs) == 1 else f"This contact has been in the sequence {counted(len(runs), 'time', 'times')}."
    return Explanation(contact, sequence, joined((before, runs[-1].summary, again or "")), runs, again)


def _is_over(runs: Sequence[Told]) -> bool:
    return all(run.status != "active" for run in runs)


async def _tell(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: Drip,
    contact: Contact,
    runs: Sequence[Told],
    versions: dict[int, Published],
    *,
    now: datetime,
) -> list[ToldRun]:
    visits = await visits_of(tx, workspace, [run.id for run in runs])
    matching = MessageFilter(contact_id=contact.id, sequence_id=sequence.id)
    waits = await standing(tx, workspace, [run.id for run in runs])
    mails: dict[EnrollmentId, dict[int, Message]] = {}
    for message in await list_sends(tx, workspace, matching=matching, limit=_MOST_MAILS):
        mails.setdefault(EnrollmentId(message.source_id), {})[message.visit] = message
    return [
        tell_run(
            run,
            Reading(sequence, versions[run.version], visits[run.id], mails.get(run.id, {}), now, waits.get(run.id)),
        )
        for run in runs
    ]


async def _seek(
    tx: Tx, workspace: WorkspaceId, sequence: Drip, contact: Contact, version: Published | None, *, now: datetime
) -> Seeking:
    """What there is of that which starts a sequence."""
    events: list[Event] = []
    since: datetime | None = None
    if version is not None:
        match version.definition.trigger:
            case EventTrigger(event=name) | InactivityTrigger(event=name) | FrequencyTrigger(event=name):
                found = await events_of(tx, workspace, contact_id=contact.id, name=name, limit=_MOST_EVENTS)
                events = [event for event, _ in found]
            case TagTrigger(tag=tag):
                since = await tx.value(_sql["tagged_since"], workspace, contact.id, normal_tag(tag))
            case ListTrigger(list=name):
                since = await tx.value(_sql["on_list_since"], workspace, contact.id, version.lists.get(name))
            case SegmentTrigger(segment=name):
                since = await tx.value(_sql["in_segment_since"], workspace, contact.id, version.segments.get(name))
            case _:
                pass
    first_active: datetime | None = await sequences.first_published_at(tx, workspace, sequence.id)
    definition = version.definition if version is not None else None
    return Seeking(contact, sequence, definition, first_active, events, since, now)
