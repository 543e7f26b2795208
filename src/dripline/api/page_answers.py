"""What people see at a page of ours when something is not as it should be: a page too, and never for long nothing."""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any, TypeVar

from litestar import Request, Response

from dripline.api.pages import page
from dripline.api.problem import answer_error
from dripline.api.services import Services
from dripline.database.work import Tx
from dripline.durable.waiting import within
from dripline.kernel.ids import WorkspaceId

Result = TypeVar("Result")

_PATIENCE_SECONDS = 3.0
_LATER = "<p>We cannot get at what we need just now.</p><p>Please try again in a moment, by the link in your email.</p>"


async def ask(services: Services, workspace: WorkspaceId, act: Callable[[Tx], Awaitable[Result]]) -> Result:
    """What `act` gives in a transaction of a workspace; it must be safe to run again.

    Raises:
        TimeoutError: the database does not answer for so long that nobody would wait. It may still be done.
        Whatever the database raises when it is out of reach.
    """
    return await within(_PATIENCE_SECONDS, services.database.transact(act, workspace=workspace))


def answer_with_page(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The page in place of one that failed."""
    answer = answer_error(request, error)
    if answer.status_code == 503:
        shown = page("One moment, please", _LATER, status=503)
    else:
        shown = page("That did not work", f"<p>{escape(answer.content.message)}</p>", status=answer.status_code or 500)
    shown.headers.update({name: value for name, value in answer.headers.items() if name.lower() != "content-type"})
    return shown
