"""Ending runs by facts: people who went, conditions that stop at once, goals that were reached."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.delivery.counting import count_converted
from dripline.events.listening import Listener
from dripline.events.model import AddressSuppressed, ContactDeleted, Event, Fact, Happened, OptedOut, contact_of
from dripline.kernel.durations import parse_duration
from dripline.kernel.ids import ContactId, EnrollmentId, SequenceId, WorkspaceId
from dripline.sequences.enrollments import store as enrollments
from dripline.sequences.enrollments.model import ExitReason
from dripline.sequences.enrollments.store import Ending
from dripline.sequences.language.model import Definition
from dripline.sequences.programs import published


async def end(tx: Tx, workspace: WorkspaceId, facts: Sequence[Fact], *, now: datetime) -> set[EnrollmentId]:
    """End everything that those are in who opted out, may not be mailed, or are about to go."""
    reasons: dict[ContactId, str] = {}
    for fact in facts:
        match fact:
            case OptedOut(contact):
                reasons.setdefault(contact, ExitReason.UNSUBSCRIBED)
            case AddressSuppressed(contact, reason):
                reasons.setdefault(contact, reason)
            case ContactDeleted(contact):
                reasons[contact] = ExitReason.CONTACT_DELETED
            case _:
                pass
    if not reasons:
        return set()
    ended = await enrollments.exit_contacts(tx, workspace, reasons, now=now)
    await outbox.cancel(tx, workspace, ended, now=now)
    return set(ended)


async def stop(
    tx: Tx, workspace: WorkspaceId, stops: Sequence[tuple[Fact, Listener]], *, now: datetime
) -> set[EnrollmentId]:
    """End the runs whose stop condition has become true. A run counts what came after its beginning."""
    if not stops:
        return set()
    endings = [Ending(contact_of(fact), each.target_id, each.version, since_of(fact)) for fact, each in stops]
    ended = await enrollments.exit_versions(tx, workspace, endings, reason=ExitReason.STOP_CONDITION, now=now)
    await outbox.cancel(tx, workspace, ended, now=now)
    return set(ended)


async def convert(
    tx: Tx, workspace: WorkspaceId, goals: Sequence[tuple[Fact, Listener]], *, now: datetime
) -> set[EnrollmentId]:
    """Count goals for the runs that they belong to, also for those that have ended; end those that have not."""
    reached = [(fact.event, listener) for fact, listener in goals if isinstance(fact, Happened)]
    if not reached:
        return set()
    versions = {(SequenceId(listener.target_id), listener.version) for _, listener in reached}
    spans = {key: _within(version.definition) for key, version in (await published(tx, workspace, versions)).items()}
    converted = await enrollments.convert(
        tx,
        workspace,
        [(event, each, spans[SequenceId(each.target_id), each.version]) for event, each in reached],
    )
    await count_converted(tx, workspace, converted)
    ended = await enrollments.exit_these(tx, workspace, converted, reason=ExitReason.CONVERTED, now=now)
    await outbox.cancel(tx, workspace, ended, now=now)
    return set(ended)


def _within(definition: Definition) -> timedelta | None:
    """How long after its beginning a run counts its goal; None for ever."""
    goal = definition.conversion
    return parse_duration(goal.within) if goal is not None and goal.within is not None else None


def since_of(fact: Fact) -> datetime | None:
    """The time before which a run must have begun for this fact to count; None when its coming is what counts.

    A fresh event counts when it comes after the beginning, whatever its own time says: clocks differ, and events wait
    in queues. History counts for the runs that had begun when it happened.
    """
    event: Event | None = fact.event if isinstance(fact, Happened) else None
    return event.occurred_at if event is not None and not event.starts_something else None
