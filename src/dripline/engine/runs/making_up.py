"""Making up for a pause: the job that shifts everybody, or takes everybody over what they missed, page by page.

Each page is counted in its own transaction, so that nobody is shifted twice, whatever dies.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.contacts.facts import ContactFacts
from dripline.contacts.store import find_contacts, lock_contacts
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.delivery.effects import queue as effects
from dripline.durable.jobs import Job, Page, PageOf, keep
from dripline.engine.runs.acting import act
from dripline.engine.runs.deciding import decide
from dripline.engine.runs.pages import fault_of, page_or_pass
from dripline.engine.runs.resuming import Policy
from dripline.engine.runs.turn import MOST_CONTACTS
from dripline.kernel.ids import EnrollmentId, SequenceId, WorkspaceId
from dripline.sequences import lifecycle
from dripline.sequences import store as sequences
from dripline.sequences.enrollments import store
from dripline.sequences.enrollments.deciding import moved
from dripline.sequences.enrollments.store import Due, Retimed
from dripline.sequences.interpreter.catching_up import MISSED, catch_up
from dripline.sequences.interpreter.model import Settlement
from dripline.sequences.interpreter.retiming import shifted
from dripline.sequences.interpreter.stepping import settled
from dripline.sequences.model import Status
from dripline.sequences.programs import published


@dataclass(frozen=True, slots=True)
class Resuming:
    """The arguments of the job."""

    sequence: SequenceId
    policy: Policy
    rate: int
    paused_at: datetime
    at: datetime

    @classmethod
    def of(cls, job: Job, sequence: SequenceId) -> "Resuming":
        rate = job.arguments["rate"]
        assert isinstance(rate, int)
        return cls(
            sequence,
            Policy(str(job.arguments["policy"])),
            rate,
            datetime.fromisoformat(str(job.arguments["pausedAt"])),
            datetime.fromisoformat(str(job.arguments["at"])),
        )


def resume_page(database: Database, *, begun: Callable[[], None], limit: int = MOST_CONTACTS) -> PageOf:
    """The page of that job: a batch of runs under the locks of their contacts, and after the last one the end."""

    async def page(job: Job) -> Page:
        turned = await page_or_pass(
            lambda size: _turn(database, job, limit=size), lambda error: _pass_over(database, job, error), limit=limit
        )
        if turned.cursor is None:
            begun()
        return turned

    return page


async def _turn(database: Database, job: Job, *, limit: int) -> Page:
    async with database.work() as tx:
        sequence = await sequences.find(tx, job.workspace, str(job.arguments["sequence"]))
        if sequence.status is not Status.ARCHIVED:
            runs = await _page(tx, job, Resuming.of(job, sequence.id), limit=limit)
            if runs:
                worked = Page(len(runs), cursor=str(runs[-1]))
                await keep(tx, job, worked)
                return worked
    return Page(0, result={"resumed": job.done})


async def _pass_over(database: Database, job: Job, error: Exception) -> Page:
    """Leave the next run as it is: it goes on with the others that are overdue."""
    async with database.work() as tx:
        sequence = await sequences.find(tx, job.workspace, str(job.arguments["sequence"]))
        [(run, _)] = await store.runs_after(tx, job.workspace, sequence.id, _after(job), limit=1)
        passed = Page(1, cursor=str(run), errors=[fault_of(run, error)])
        await keep(tx, job, passed)
    return passed


def _after(job: Job) -> UUID | None:
    return UUID(str(job.cursor)) if job.cursor is not None else None


async def _page(tx: Tx, job: Job, resuming: Resuming, *, limit: int) -> list[EnrollmentId]:
    """Do the next runs; gives them. After the last ones the sequence is active."""
    runs = await store.runs_after(tx, job.workspace, resuming.sequence, _after(job), limit=limit)
    ids = [run for run, _ in runs]
    if not runs:
        await _finish(tx, job.workspace, resuming)
        return ids
    await lock_contacts(tx, job.workspace, {contact for _, contact in runs})
    if resuming.policy is Policy.SHIFT:
        await _shift(tx, job.workspace, ids, resuming)
    else:
        await _skip(tx, job.workspace, ids, at=resuming.at)
    return ids


async def _finish(tx: Tx, workspace: WorkspaceId, resuming: Resuming) -> None:
    """Make it active, unless it was paused or archived in between; what is still held or overdue goes at the rate."""
    sequence, rate, at = resuming.sequence, resuming.rate, resuming.at
    if await lifecycle.finish_resuming(tx, workspace, sequence, rate=rate, now=at):
        await outbox.release(tx, workspace, held="paused", sequence=sequence, rate=rate, now=at)


async def _shift(tx: Tx, workspace: WorkspaceId, runs: Sequence[EnrollmentId], resuming: Resuming) -> None:
    waiting = await store.load_waiting(tx, workspace, runs)
    contacts = await find_contacts(tx, workspace, {each.contact_id for each in waiting})
    programs = await published(tx, workspace, {(each.sequence_id, each.version) for each in waiting})
    retimed: list[Retimed] = []
    for each in waiting:
        assert each.due_at is not None
        cursor, due_at = shifted(
            programs[each.sequence_id, each.version].program,
            each.cursor,
            ContactFacts(contacts[each.contact_id], each.entered_with, resuming.at),
            due_at=each.due_at,
            paused_at=resuming.paused_at,
            now=resuming.at,
        )
        retimed.append(Retimed(each.id, cursor.since, due_at, each.waits_for))
    await store.retime(tx, workspace, retimed)


async def _skip(tx: Tx, workspace: WorkspaceId, runs: Sequence[EnrollmentId], *, at: datetime) -> None:
    """Skip the mail of these runs that was held, and all on their way up to a time that is yet to come."""
    await _skip_held(tx, workspace, runs, at=at)
    waiting = runs
    while due := await store.load_due(tx, workspace, waiting, now=at):
        # Who was changed is looked at again: the change may have ended the run, or be what a condition asks for.
        waiting = await _catch_up(tx, workspace, due, at=at)


async def _skip_held(tx: Tx, workspace: WorkspaceId, runs: Sequence[EnrollmentId], *, at: datetime) -> None:
    asked = await outbox.skip_held(tx, workspace, runs, reason=MISSED, now=at)
    keys = [(EnrollmentId(run), visit) for run, visit in asked]
    parked = await store.load_parked(tx, workspace, keys)
    programs = await published(tx, workspace, {(each.sequence_id, each.version) for each in parked})
    decided = [
        (
            each,
            settled(
                programs[each.sequence_id, each.version].program,
                each.cursor,
                Settlement.SKIPPED,
                asked[each.id, each.cursor.visits],
                reason=MISSED,
            ),
        )
        for each in parked
    ]
    await store.move(tx, workspace, [moved(each.id, decision, at=at) for each, decision in decided])
    await store.add_visits(tx, workspace, [(each.id, visit) for each, made in decided for visit in made.visits])


async def _catch_up(tx: Tx, workspace: WorkspaceId, due: Sequence[Due], *, at: datetime) -> list[EnrollmentId]:
    """Run on up to `at` or up to the next change of a contact; gives those who were changed."""
    contacts = await find_contacts(tx, workspace, {each.contact_id for each in due})
    decided = await decide(
        tx,
        workspace,
        due,
        contacts,
        lambda program, place, facts: catch_up(program, place.cursor, facts, due_at=place.due.due_at or at, now=at),
        now=at,
    )
    await effects.enqueue(tx, workspace, decided.effects(at=at))
    await act(tx, workspace, decided.changes, decided.programs, now=at)
    return [place.due.id for place, changes in decided.changes if changes]
