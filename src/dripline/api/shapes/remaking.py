"""A change that makes very many templates anew: the job that does it."""

import msgspec

from dripline.api.caller import Caller
from dripline.database.hints import Hint
from dripline.kernel.ids import JobId, show


class RemakingShape(msgspec.Struct, frozen=True):
    """The job; its `result` has `remade`, the slugs of the templates that got a version."""

    job: str


REMAKING = (202, RemakingShape, "It stands in more than 100 templates: a job makes them anew, or nothing is changed.")


def remaking(caller: Caller, job: JobId) -> RemakingShape:
    """The answer about a job, which a worker takes up at once."""
    caller.wake_workers(Hint.JOB)
    return RemakingShape(show("job", job))
