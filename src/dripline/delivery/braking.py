"""The brake: a domain, or a single sequence, whose mail comes back or is complained about too often stops by itself.

A domain is stopped at once. A sequence is paused by a job: its row is never waited for under the locks of contacts.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog

from dripline.database.pool import Database
from dripline.database.work import Tx
from dripline.delivery.counting import Counts, about_sequence
from dripline.delivery.warmup.health import Level, judge
from dripline.delivery.warmup.moving import check_health
from dripline.delivery.warmup.sampling import judged_from, read_sample
from dripline.delivery.webhooks.choosing import announce
from dripline.delivery.webhooks.model import SEQUENCE_STOPPED
from dripline.durable.jobs import Job, Page, PageOf, add_job, open_about
from dripline.kernel.clock import iso, real_now
from dripline.kernel.ids import SequenceId, WorkspaceId, show
from dripline.sequences import lifecycle, store
from dripline.sequences.model import Status

_log = structlog.get_logger()

BRAKE_JOB = "brake_sequence"


async def brake(tx: Tx, workspace: WorkspaceId, came_back: Iterable[Counts], *, now: datetime) -> None:
    """Stop what these mails, which were refused, came back or were complained about, are of, where that is too much.

    What happened to them has been counted in this transaction. `now` is the workspace's time.
    """
    mails = list(came_back)
    for domain in sorted({mail.domain for mail in mails}):
        stopped = await check_health(tx, workspace, domain, now=now)
        if stopped is not None:
            _log.warning("domain_stopped", domain=domain, reason=stopped.reason)
    for sequence in sorted({mail.step[0] for mail in mails if mail.step is not None}):
        await _brake_sequence(tx, workspace, sequence, now=now)


async def _brake_sequence(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, now: datetime) -> None:
    found = await store.find(tx, workspace, show("sequence", sequence))
    if found.status is not Status.ACTIVE:
        return
    since = judged_from(found.healthy_since) if found.healthy_since is not None else None
    health = judge(await read_sample(tx, workspace, about_sequence(sequence), since=since, now=now))
    about = {"sequence": str(sequence)}
    if health.level is Level.CRITICAL and await open_about(tx, workspace, BRAKE_JOB, about) is None:
        await add_job(tx, workspace, BRAKE_JOB, {**about, "reason": health.cause, "at": iso(now)}, now=real_now())


def brake_page(database: Database) -> PageOf:
    """The only page of that job."""

    async def page(job: Job) -> Page:
        ref = show("sequence", UUID(str(job.arguments["sequence"])))
        at, reason = datetime.fromisoformat(str(job.arguments["at"])), str(job.arguments["reason"])
        async with database.work() as tx:
            found = await store.find_for_change(tx, job.workspace, ref)
            if found.status is Status.ACTIVE:
                await lifecycle.pause(tx, job.workspace, ref, reason=reason, now=at)
                data = {"sequenceId": ref, "sequence": found.slug, "reason": reason}
                await announce(tx, job.workspace, SEQUENCE_STOPPED, data, at=at)
                _log.warning("sequence_stopped", sequence=ref, reason=reason)
        return Page(1)

    return page
