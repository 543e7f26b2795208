"""Who starts: the triggers that a fact meets, the key that an enrollment runs under, and the rows that begin it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from dripline.contacts.changes import Change, What, append_changes
from dripline.contacts.facts import ContactFacts
from dripline.contacts.model import Contact
from dripline.database.work import Tx
from dripline.events.listening import Listener, keys_of
from dripline.events.model import DEEPEST_CHAIN, Event, Fact, Happened, contact_of, depth_of
from dripline.events.store import arrivals
from dripline.kernel.durations import parse_duration
from dripline.kernel.ids import ContactId, EnrollmentId, EventId, SequenceId, WorkspaceId, new_uuid, show
from dripline.kernel.values import Json
from dripline.predicates.evaluate import evaluate
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.enrollments.keys import enrollment_key
from dripline.sequences.enrollments.model import NewEnrollment
from dripline.sequences.language.model import EnrollmentMode, EventTrigger, FrequencyTrigger
from dripline.sequences.programs import Published, VersionKey, published

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Cause:
    """What begins a run: the fact as `kind:key`, the event it was, and how many automatic causes lie behind it."""

    via: str
    event: Event | None = None
    depth: int = 0

    @classmethod
    def of(cls, fact: Fact) -> "Cause":
        kind, key = keys_of(fact)[0]
        return cls(f"{kind}:{key}", fact.event if isinstance(fact, Happened) else None, depth_of(fact))


async def start(
    tx: Tx,
    workspace: WorkspaceId,
    starts: Sequence[tuple[Fact, Listener]],
    counting: Sequence[tuple[Fact, Listener]],
    contacts: Mapping[ContactId, Contact],
    *,
    now: datetime,
) -> set[EnrollmentId]:
    """Enroll those whom these facts enroll: `starts` by themselves, `counting` where they complete a number."""
    starts = [each for each in starts if _is_fresh(each[0])]
    counting = [each for each in counting if _is_fresh(each[0])]
    if not starts and not counting:
        return set()
    starts = await _without_loops(tx, workspace, starts, now=now)
    programs = await published(tx, workspace, {_version(listener) for _, listener in (*starts, *counting)})
    completed = await _completed(tx, workspace, counting, programs)
    new = [
        enrollment
        for fact, listener in (*starts, *completed)
        if (contact := contacts.get(contact_of(fact))) is not None
        and _matches(programs[_version(listener)], contact, fact, now=now)
        and (
            enrollment := enrollment_of(
                programs[_version(listener)], _version(listener), contact.id, Cause.of(fact), now=now
            )
        )
        is not None
    ]
    return await enrollments.enroll(tx, workspace, new)


def enrollment_of(
    version: Published, key: VersionKey, contact: ContactId, cause: Cause, *, now: datetime
) -> NewEnrollment | None:
    """The enrollment of a contact in a version, due at once; None where its key cannot be told from the event.

    The properties of the event that caused it go along.
    """
    properties = cause.event.properties if cause.event is not None else None
    run_key = enrollment_key(version.definition.enrollment, properties)
    if run_key is None:
        return None
    return NewEnrollment(
        id=EnrollmentId(new_uuid()),
        sequence_id=key[0],
        version=key[1],
        contact_id=contact,
        step=version.program.first,
        entered_with=properties,
        entered_by=cause.event.id if cause.event is not None else None,
        entered_via=cause.via,
        depth=cause.depth,
        at=now,
        once=version.definition.enrollment.mode is EnrollmentMode.ONE_TIME,
        key=run_key,
    )


def _version(listener: Listener) -> VersionKey:
    return SequenceId(listener.target_id), listener.version


def _is_fresh(fact: Fact) -> bool:
    return fact.event.starts_something if isinstance(fact, Happened) else True


async def _without_loops(
    tx: Tx, workspace: WorkspaceId, starts: Sequence[tuple[Fact, Listener]], *, now: datetime
) -> list[tuple[Fact, Listener]]:
    """Those that do not end a chain of automatic causes that is too long to be meant; such an end is shown."""
    stopped = [(fact, listener) for fact, listener in starts if depth_of(fact) > DEEPEST_CHAIN]
    for fact, _ in stopped:
        _log.warning("chain_stopped", fact=Cause.of(fact).via, depth=depth_of(fact))
    await append_changes(
        tx,
        workspace,
        [
            Change(contact_of(fact), What.CHAIN_STOPPED, chain_detail(Cause.of(fact).via, listener.target_id), now)
            for fact, listener in stopped
        ],
    )
    return [each for each in starts if each not in stopped]


def chain_detail(cause: str, sequence: UUID) -> Mapping[str, Json]:
    """What the timeline says about a chain that was stopped: what would have started which sequence."""
    return {"cause": cause, "sequence": show("sequence", sequence)}


def _matches(version: Published, contact: Contact, fact: Fact, *, now: datetime) -> bool:
    trigger = version.definition.trigger
    if not isinstance(trigger, EventTrigger):
        return True
    facts = ContactFacts(contact, fact.event.properties if isinstance(fact, Happened) else None, now)
    return all(evaluate(comparison, facts) for comparison in trigger.where)


async def _completed(
    tx: Tx,
    workspace: WorkspaceId,
    counting: Sequence[tuple[Fact, Listener]],
    programs: Mapping[VersionKey, Published],
) -> list[tuple[Fact, Listener]]:
    """Those whose event is the one that makes the number full: the one before did not, and the next does not again."""
    by_span: dict[timedelta, list[tuple[Event, Listener, int]]] = {}
    for fact, listener in counting:
        trigger = programs[_version(listener)].definition.trigger
        if isinstance(fact, Happened) and isinstance(trigger, FrequencyTrigger):
            asked = (fact.event, listener, trigger.count)
            by_span.setdefault(parse_duration(trigger.within), []).append(asked)
    full: list[tuple[Fact, Listener]] = []
    for span, asked_for in by_span.items():
        counts = await arrivals(tx, workspace, _ids(event for event, _, _ in asked_for), within=span)
        full += [(Happened(event), listener) for event, listener, wanted in asked_for if counts[event.id] == wanted]
    return full


def _ids(events: Iterable[Event]) -> list[EventId]:
    return sorted({event.id for event in events})
