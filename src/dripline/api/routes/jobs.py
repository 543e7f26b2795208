"""Long work and how far it is."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import get

from dripline.api.answers import NOT_FOUND
from dripline.api.parameters import Calling, Ref
from dripline.durable import jobs
from dripline.durable.jobs import Job
from dripline.kernel.clock import iso
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import read, show


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
    job = read("job", ref)
    if job is None:
        raise NotFound.of("job", ref)
    return shape(await caller.transact(lambda tx: jobs.find(tx, caller.id, job)))


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


ROUTES = [get_job]
