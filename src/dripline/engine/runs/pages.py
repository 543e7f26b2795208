"""Pages of jobs over runs that one run at fault cannot stop."""

from collections.abc import Awaitable, Callable

import structlog

from dripline.database.pool import is_passing
from dripline.durable.jobs import Page
from dripline.kernel.errors import Refused
from dripline.kernel.ids import EnrollmentId, show

_log = structlog.get_logger()


async def page_or_pass(
    attempt: Callable[[int], Awaitable[Page]], pass_over: Callable[[Exception], Awaitable[Page]], *, limit: int
) -> Page:
    """A page of at most `limit` runs. When it fails, one of the next run alone; when that fails, it is passed over.

    Raises:
        Refused: the job is no longer ours, or must not go on.
        Whatever the database raises when it is out of reach, or rolls back for somebody else's sake.
    """
    try:
        return await attempt(limit)
    except Exception as error:
        if _ends_it(error):
            raise
    try:
        return await attempt(1)
    except Exception as error:
        if _ends_it(error):
            raise
        return await pass_over(error)


def fault_of(run: EnrollmentId, error: Exception) -> dict[str, str]:
    """What a job says about a run that it passed over."""
    text = show("enrollment", run)
    _log.error("run_passed_over", enrollment=text, exc_info=error)
    return {"message": f"{text} was left as it was: {type(error).__name__}: {error}"[:500]}


def _ends_it(error: Exception) -> bool:
    return isinstance(error, Refused) or is_passing(error)
