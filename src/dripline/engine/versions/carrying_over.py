"""What the publishing of a version brings to those who entered before, page by page.

Waits that have begun count from their beginning with the new length: a longer one ends later, a shorter one earlier,
and never later than it would have. Those whose time is over with it go on at a rate, so that nobody causes a flood.
The runs themselves come into the new version with their next turn.

Those who had come to the end go on with the steps that were added behind it, at the same rate.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from dripline.accounts.clocks import read_clock
from dripline.contacts.facts import ContactFacts
from dripline.contacts.store import find_contacts, lock_contacts
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.durable.jobs import Job, Page, PageOf, add_job, keep
from dripline.engine.runs.pages import fault_of, page_or_pass
from dripline.engine.runs.turn import MOST_CONTACTS
from dripline.kernel.clock import real_now
from dripline.kernel.ids import ContactId, EnrollmentId, JobId, SequenceId, WorkspaceId, show
from dripline.kernel.values import Json
from dripline.sequences import store as sequences
from dripline.sequences.enrollments import store
from dripline.sequences.enrollments.store import Retimed
from dripline.sequences.extending import continuation
from dripline.sequences.interpreter.program import StepId
from dripline.sequences.interpreter.retiming import retimed
from dripline.sequences.model import DRAIN_PERIOD, Status
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.programs import published

PUBLISH_JOB = "publish_sequence"


async def carry_over_later(
    tx: Tx, workspace: WorkspaceId, sequence: Drip, *, waiting: bool, completed: bool, rate: int, now: datetime
) -> JobId:
    """Queue the job that brings others into the newest version: those who wait, those who had come to the end."""
    arguments: dict[str, Json] = {
        "sequence": show("sequence", sequence.id),
        "version": sequence.version,
        "waiting": waiting,
        "completed": completed,
        "rate": rate,
        "at": now.isoformat(),
    }
    return await add_job(tx, workspace, PUBLISH_JOB, arguments, now=real_now())


async def continuations(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, newest: int) -> dict[int, StepId]:
    """Where those go on in the newest version who had come to the end of older ones: by version, where they do."""
    found = await published(tx, workspace, [(sequence, number) for number in range(1, newest + 1)])
    new = found[sequence, newest].definition
    steps = {number: continuation(found[sequence, number].definition, new) for number in range(1, newest)}
    return {number: step for number, step in steps.items() if step is not None}


class Progress(msgspec.Struct, frozen=True):
    """How far the job is: behind which enrollment it goes on, whether with those who completed, and its counts.

    `slots` is how many were given a time of their own at the rate.
    """

    after: UUID | None = None
    at_completed: bool = False
    slots: int = 0
    retimed: int = 0
    continued: int = 0


@dataclass(frozen=True, slots=True)
class _Publishing:
    """The job at work: its workspace, its sequence as it is now, what was asked for, and how many runs a page has."""

    workspace: WorkspaceId
    sequence: Drip
    version: int
    rate: int
    completed: bool
    at: datetime
    limit: int

    @classmethod
    def of(cls, job: Job, sequence: Drip, *, limit: int) -> "_Publishing":
        version, rate = job.arguments["version"], job.arguments["rate"]
        assert isinstance(version, int)
        assert isinstance(rate, int)
        at = datetime.fromisoformat(str(job.arguments["at"]))
        return cls(job.workspace, sequence, version, rate, job.arguments["completed"] is True, at, limit)

    def slot(self, number: int, now: datetime) -> datetime:
        """The time of the `number`th, counted from 0, of those who go on at the rate."""
        return max(now, self.at + number * DRAIN_PERIOD / self.rate)


def carry_over_page(database: Database, *, begun: Callable[[], None], limit: int = MOST_CONTACTS) -> PageOf:
    """The page of that job: a batch of runs under the locks of their contacts."""

    async def page(job: Job) -> Page:
        turned = await page_or_pass(
            lambda size: _turn(database, job, limit=size), lambda error: _pass_over(database, job, error), limit=limit
        )
        begun()
        return turned

    return page


async def _turn(database: Database, job: Job, *, limit: int) -> Page:
    progress = _progress_of(job)
    async with database.work() as tx:
        sequence = await sequences.find(tx, job.workspace, str(job.arguments["sequence"]))
        now = (await read_clock(tx, job.workspace, real=real_now())).now
        turn = _go_on if progress.at_completed else _retime
        done, following = await turn(tx, _Publishing.of(job, sequence, limit=limit), progress, now=now)
        if following is None:
            return Page(0, result={"retimed": progress.retimed, "continued": progress.continued})
        worked = Page(done, cursor=msgspec.to_builtins(following))
        await keep(tx, job, worked)
    return worked


async def _pass_over(database: Database, job: Job, error: Exception) -> Page:
    """Leave the next run as it is: it comes into the new version with its next turn, or stays at the end."""
    progress = _progress_of(job)
    async with database.work() as tx:
        sequence = await sequences.find(tx, job.workspace, str(job.arguments["sequence"]))
        publishing = _Publishing.of(job, sequence, limit=1)
        if progress.at_completed:
            steps = await continuations(tx, job.workspace, sequence.id, publishing.version)
            [(run, _, _)] = await _completed(tx, publishing, steps, progress)
        else:
            [(run, _)] = await store.runs_after(tx, job.workspace, sequence.id, progress.after, limit=1)
        following = msgspec.structs.replace(progress, after=run)
        passed = Page(1, cursor=msgspec.to_builtins(following), errors=[fault_of(run, error)])
        await keep(tx, job, passed)
    return passed


def _progress_of(job: Job) -> Progress:
    return msgspec.convert(job.cursor, Progress) if job.cursor is not None else _first(job)


def _first(job: Job) -> Progress:
    return Progress(at_completed=job.arguments["waiting"] is not True)


async def _retime(tx: Tx, job: _Publishing, progress: Progress, *, now: datetime) -> tuple[int, Progress | None]:
    """Give the next batch of those who wait their new times."""
    # A later version that moves everybody has a job of its own.
    is_void = job.sequence.status is Status.ARCHIVED or job.sequence.moving_to != job.version
    runs = (
        [] if is_void else await store.runs_after(tx, job.workspace, job.sequence.id, progress.after, limit=job.limit)
    )
    if not runs:
        return 0, msgspec.structs.replace(progress, after=None, at_completed=True) if job.completed else None
    await lock_contacts(tx, job.workspace, {contact for _, contact in runs})
    changes, slots = await _other_times(tx, job, (run for run, _ in runs), progress.slots, now=now)
    await store.retime(tx, job.workspace, changes)
    counted = progress.retimed + len(changes)
    return len(runs), msgspec.structs.replace(progress, after=runs[-1][0], slots=slots, retimed=counted)


async def _other_times(
    tx: Tx, job: _Publishing, runs: Iterable[EnrollmentId], slots: int, *, now: datetime
) -> tuple[list[Retimed], int]:
    """The times that change, and how many slots have been given by then. Who is due already stays due."""
    waiting = await store.load_waiting(tx, job.workspace, list(runs))
    others = [each for each in waiting if each.version < job.version and each.due_at is not None and each.due_at > now]
    versions = {job.version, *(each.version for each in others)}
    found = await published(tx, job.workspace, [(job.sequence.id, number) for number in versions])
    programs = {number: version.program for (_, number), version in found.items()}
    contacts = await find_contacts(tx, job.workspace, {each.contact_id for each in others})
    changes: list[Retimed] = []
    for each in others:
        assert each.due_at is not None
        new = programs[job.version]
        facts = ContactFacts(contacts[each.contact_id], each.entered_with, now)
        ends = retimed(programs[each.version], new, each.cursor, facts, due_at=each.due_at, now=now)
        if ends is not None and ends <= now:
            slot = job.slot(slots, now)
            slots += slot < each.due_at
            ends = min(each.due_at, slot)
        if ends is not None:
            changes.append(Retimed(each.id, each.cursor.since, ends, new.wakes.get(each.cursor.step or "")))
    return changes, slots


async def _go_on(tx: Tx, job: _Publishing, progress: Progress, *, now: datetime) -> tuple[int, Progress | None]:
    """Let the next batch of those go on who had come to the end."""
    steps = await continuations(tx, job.workspace, job.sequence.id, job.version)
    runs = await _completed(tx, job, steps, progress) if job.sequence.status is not Status.ARCHIVED else []
    if not runs:
        return 0, None
    await lock_contacts(tx, job.workspace, {contact for _, contact, _ in runs})
    places = [
        (run, steps[version], job.slot(progress.slots + place, now)) for place, (run, _, version) in enumerate(runs)
    ]
    went_on = await store.go_on(tx, job.workspace, job.sequence.id, job.version, places)
    return len(runs), msgspec.structs.replace(
        progress, after=runs[-1][0], slots=progress.slots + len(runs), continued=progress.continued + went_on
    )


async def _completed(
    tx: Tx, job: _Publishing, steps: Mapping[int, StepId], progress: Progress
) -> list[tuple[EnrollmentId, ContactId, int]]:
    """The next of those who had come to the end of versions from which it goes on."""
    if not steps:
        return []
    return await store.completed_after(
        tx, job.workspace, job.sequence.id, sorted(steps), progress.after, limit=job.limit
    )
