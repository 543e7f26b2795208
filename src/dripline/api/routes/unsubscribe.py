"""Unsubscribing by link, without a key: GET shows a page, POST acts (RFC 8058)."""

from contextlib import suppress
from html import escape

from litestar import Response, post, route
from litestar.enums import HttpMethod

from dripline.accounts.workspaces import find_workspace
from dripline.api.pages import page
from dripline.api.parameters import Ref, Wired
from dripline.api.services import Services
from dripline.database.work import Tx
from dripline.delivery.unsubscribe import UnsubscribeToken
from dripline.engine.people import opt_out
from dripline.kernel.clock import real_now
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import show
from dripline.templates.defaults import MailDefaults, read_defaults

_ASK = (
    "<p>You will get no more of these emails.</p>"
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    "<button>Unsubscribe</button></form>"
    '<p><br><a href="{preferences}">Choose what you get instead</a></p>'
)
_DONE = (
    '<p>You will get no more of these emails.</p><p><a href="{preferences}">Changed your mind?</a> '
    "You can come back at any time.</p>"
)


@route("/u/{ref:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def show_unsubscribe(ref: Ref, services: Wired) -> Response[str]:
    """A page with one button. Nothing happens yet: scanners of mail follow links too."""
    token = services.links.read(ref)
    if token is None:
        return unknown_link()

    async def act(tx: Tx) -> MailDefaults:
        return (await read_defaults(tx, token.workspace_id)).settings

    defaults = await services.database.transact(act, workspace=token.workspace_id)
    return page("Unsubscribe?", _with_link(_ASK, services, token), defaults)


@post("/u/{ref:str}", include_in_schema=False, status_code=200)
async def unsubscribe(ref: Ref, services: Wired) -> Response[str]:
    """Take the person off and end every run. May be repeated; the body does not matter, nor does who sends it."""
    token = services.links.read(ref)
    if token is None:
        return unknown_link()

    async def act(tx: Tx) -> MailDefaults:
        # Where nobody is left who could be mailed, what the person asked for is so already.
        with suppress(NotFound):
            workspace = await find_workspace(tx, token.workspace_id)
            source = {"source": "unsubscribe_link", "sendId": show("message", token.message_id)}
            message, now = token.message_id, workspace.now(real_now())
            await opt_out(tx, workspace.id, token.contact_id, message=message, source=source, now=now)
        return (await read_defaults(tx, token.workspace_id)).settings

    defaults = await services.database.transact(act, workspace=token.workspace_id)
    return page("You are unsubscribed", _with_link(_DONE, services, token), defaults)


def unknown_link() -> Response[str]:
    """The page for what is not a link of ours, to the bit."""
    return page("This link does not work", "<p>Please use the link in a newer email.</p>", status=404)


def _with_link(content: str, services: Services, token: UnsubscribeToken) -> str:
    # Beside this page, wherever a proxy has put it.
    return content.format(preferences=escape(f"../p/{services.links.sign_preferences(token)}"))


ROUTES = [show_unsubscribe, unsubscribe]
