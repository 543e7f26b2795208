"""Saying by a link in a mail, without a key, that one wants to be on a list: GET shows a page, POST acts."""

from collections.abc import Mapping

from litestar import Response, post, route
from litestar.enums import HttpMethod

from dripline.accounts.workspaces import find_workspace
from dripline.api.page_answers import ask
from dripline.api.pages import page
from dripline.api.parameters import Ref, Wired
from dripline.api.routes.unsubscribe import unknown_link
from dripline.api.services import Services
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.delivery.unsubscribe import ConfirmToken
from dripline.engine.audience.confirming import Answer, confirm, look
from dripline.kernel.clock import real_now
from dripline.kernel.errors import NotFound
from dripline.templates.defaults import MailDefaults, read_defaults

_PAGES: Mapping[Answer, tuple[str, str]] = {
    Answer.OPEN: (
        "Please confirm",
        '<p>One click, and you are signed up.</p><form method="post"><button>Yes, sign me up</button></form>',
    ),
    Answer.CONFIRMED: ("You are signed up", "<p>Thank you. You may close this page.</p>"),
    Answer.GONE: ("This link has expired", "<p>Please sign up again to get a new one.</p>"),
}


@route("/confirm/{ref:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def show_confirm(ref: Ref, services: Wired) -> Response[str]:
    """A page with one button. Nothing happens yet: scanners of mail follow links too."""
    token = services.links.read_confirm(ref)
    return await _answered(services, token, acts=False) if token is not None else unknown_link()


@post("/confirm/{ref:str}", include_in_schema=False, status_code=200)
async def confirm_by_link(ref: Ref, services: Wired) -> Response[str]:
    """Put the person on the list. May be repeated; the body does not matter."""
    token = services.links.read_confirm(ref)
    return await _answered(services, token, acts=True) if token is not None else unknown_link()


async def _answered(services: Services, token: ConfirmToken, *, acts: bool) -> Response[str]:
    async def act(tx: Tx) -> tuple[Answer, MailDefaults]:
        verb = confirm if acts else look
        try:
            workspace = await find_workspace(tx, token.workspace_id)
            answer = await verb(tx, workspace.id, token, now=workspace.now(real_now()))
        except NotFound:
            answer = Answer.GONE
        return answer, (await read_defaults(tx, token.workspace_id)).settings

    answer, defaults = await ask(services, token.workspace_id, act)
    if acts:
        services.hints.send(Hint.DUE, token.workspace_id)
    return page(*_PAGES[answer], defaults)


ROUTES = [show_confirm, confirm_by_link]
