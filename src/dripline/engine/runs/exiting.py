"""Ending runs by hand, and those of a sequence that was archived."""

from datetime import datetime
from uuid import UUID

from dripline.contacts.store import lock_contacts
from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.durable.jobs import Job, Page, PageOf, add_job
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import ContactId, JobId, SequenceId, WorkspaceId
from dripline.sequences.enrollments import store
from dripline.sequences.enrollments.model import ExitReason

ARCHIVE_JOB = "archive_sequence"
_PAGE = 500


async def exit_enrollment(
    tx: Tx, workspace: WorkspaceId, enrollment: UUID, *, detail: str | None = None, now: datetime
) -> None:
    """End one run by hand; `detail` is what whoever did it says about it.

    Raises:
        NotFound: there is no such enrollment.
        Conflict: it has ended already.
    """
    found = await store.find_enrollment(tx, workspace, enrollment)
    await lock_contacts(tx, workspace, [found.contact_id])
    ended = await store.exit_one(tx, workspace, enrollment, reason=ExitReason.MANUAL, detail=detail, now=now)
    if not ended:
        raise Conflict("This enrollment has ended already.")
    await outbox.cancel(tx, workspace, ended, now=now)


async def exit_all_later(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, now: datetime) -> JobId:
    """Queue the job that ends all runs of an archived sequence. They read as exited at once."""
    return await add_job(tx, workspace, ARCHIVE_JOB, {"sequence": str(sequence), "at": now.isoformat()}, now=real_now())


def archive_page(database: Database) -> PageOf:
    """The page of that job: one batch of contacts under their locks."""

    async def page(job: Job) -> Page:
        sequence = SequenceId(UUID(str(job.arguments["sequence"])))
        at = datetime.fromisoformat(str(job.arguments["at"]))
        async with database.work() as tx:
            contacts: list[ContactId] = await store.running_in(tx, job.workspace, sequence, limit=_PAGE)
            await lock_contacts(tx, job.workspace, contacts)
            ended = await store.exit_sequence(tx, job.workspace, sequence, contacts, reason=ExitReason.ARCHIVED, now=at)
            await outbox.cancel(tx, job.workspace, ended, now=at)
        return Page(len(ended), cursor="next" if contacts else None, result={"exited": job.done + len(ended)})

    return page
