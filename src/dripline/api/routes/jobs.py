"""Long work and how far it is."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import get, post

from dripline.api.answers import CONFLICT, NOT_FOUND
from dripline.api.parameters import Calling, Ref
from dripline.database.work import Tx
from dripline.durable import jobs
from dripline.durable.jobs import Job
from dripline.engine.audience.importing import IMPORT_JOB
from dripline.engine.runs.enrolling_many import ENROLL_JOB
from dripline.kernel.clock import iso, real_now
from dripline.kernel.errors import Conflict, NotFound
from dripline.kernel.ids import JobId, read, show

# The others finish what somebody was told has happened.
_CANCELLABLE = frozenset({IMPORT_JOB, ENROLL_JOB})


class JobShape(msgspec.Struct, frozen=True, rename="camel"):
    """A job: `queued`, `running`, `done`, `failed` or `cancelled`; `done` of `total`, where that is known."""

    id: str
    job_id: str
    kind: str
    status: str
    done: int
    total: int | None
    errors: Sequence[Mapping[str, Any]]
    result: Any
    created_at: str
    updated_at: str


@get("/jobs/{ref:str}", responses=NOT_FOUND)
async def get_job(ref: Ref, caller: Calling) -> JobShape:
    """One job."""
    job = _read(ref)
    return shape(await caller.transact(lambda tx: jobs.find(tx, caller.id, job)))


@post("/jobs/{ref:str}/cancel", status_code=200, responses=NOT_FOUND | CONFLICT)
async def cancel_job(ref: Ref, caller: Calling) -> JobShape:
    """End an import, or an enrollment of many, early. What it has done stays done; 409 for other jobs."""
    job = _read(ref)

    async def act(tx: Tx) -> Job:
        found = await jobs.find(tx, caller.id, job)
        if found.kind not in _CANCELLABLE:
            raise Conflict(f"A job of the kind {found.kind} cannot be cancelled.")
        if not await jobs.cancel(tx, caller.id, job, now=real_now()):
            raise Conflict(f"This job has ended already: it is {found.status}.")
        return await jobs.find(tx, caller.id, job)

    return shape(await caller.transact(act))


def _read(ref: str) -> JobId:
    job = read("job", ref)
    if job is None:
        raise NotFound.of("job", ref)
    return JobId(job)


def shape(job: Job) -> JobShape:
    """A job as the API writes it."""
    text = show("job", job.id)
    return JobShape(
        id=text,
        job_id=text,
        kind=job.kind,
        status=job.status,
        done=job.done,
        total=job.total,
        errors=job.errors,
        result=job.result,
        created_at=iso(job.created_at),
        updated_at=iso(job.updated_at),
    )


ROUTES = [get_job, cancel_job]
