"""Unsubscribing by link, without a key: GET shows a page, POST acts (RFC 8058)."""

from html import escape
from typing import Any

from litestar import Request, Response, post, route
from litestar.enums import HttpMethod

from dripline.accounts.workspaces import find_workspace
from dripline.api.forms import first, read_form
from dripline.api.page_answers import ask
from dripline.api.pages import page
from dripline.api.parameters import Ref, Wired
from dripline.api.services import Services
from dripline.database.pool import is_passing
from dripline.database.work import Tx
from dripline.delivery.unsubscribe import UnsubscribeToken
from dripline.engine.audience.leaving import MailList, leave_list, list_of_mail
from dripline.engine.audience.wishes import Wish, fulfil, source_of
from dripline.kernel.clock import real_now
from dripline.templates.defaults import read_defaults

_EVERYTHING = '<button name="from" value="everything"{quiet}>Unsubscribe{words}</button>'
_THIS_LIST = '<button name="from" value="list">Unsubscribe only from \u201c{name}\u201d</button>'
_CHOOSE = '<p class="more"><a href="{preferences}">Choose what you get instead</a></p>'
_DONE = (
    '<p>You will get no more of these emails.</p><p><a href="{preferences}">Changed your mind?</a> '
    "You can come back at any time.</p>"
)
_NOTED = (
    "<p>We have written down that you want no more of these emails, and will see to it in a moment.</p>"
    "<p>You need not do anything else.</p>"
)


@route("/u/{ref:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def show_unsubscribe(ref: Ref, services: Wired) -> Response[str]:
    """A page with a button for everything, and one for the list that the mail came by. Nothing happens yet: scanners
    of mail follow links too. While the database is away it is a plain one.
    """
    token = services.links.read(ref)
    if token is None:
        return unknown_link()

    async def act(tx: Tx) -> Response[str]:
        came_by = await list_of_mail(tx, token.workspace_id, token.contact_id, token.message_id)
        defaults = (await read_defaults(tx, token.workspace_id)).settings
        return page("Unsubscribe?", _asked(came_by, services, token), defaults)

    try:
        return await ask(services, token.workspace_id, act)
    except Exception as error:
        if not is_passing(error):
            raise
        return page("Unsubscribe?", _asked(None, services, token))


@post("/u/{ref:str}", include_in_schema=False, status_code=200)
async def unsubscribe(ref: Ref, request: Request[Any, Any, Any], services: Wired) -> Response[str]:
    """Take the person off and end every run; or take them off the list that the mail came by, where the button for
    that was pressed. May be repeated; nothing else in the body matters, nor who sends it.

    While the database is away, the wish for no mail at all is kept on disk: 202. 503 for all else.
    """
    token = services.links.read(ref)
    if token is None:
        return unknown_link()
    only_list = first(await read_form(request), "from") == "list"

    async def act(tx: Tx) -> Response[str]:
        done = await _leave(tx, services, token) if only_list else await _opt_out(tx, services, token)
        return page(*done, (await read_defaults(tx, token.workspace_id)).settings)

    try:
        return await ask(services, token.workspace_id, act)
    except Exception as error:
        if only_list or not is_passing(error):
            raise
        await services.wishes.keep(_wish(token))
        return page("You will be unsubscribed", _NOTED, status=202)


async def _opt_out(tx: Tx, services: Services, token: UnsubscribeToken) -> tuple[str, str]:
    await fulfil(tx, _wish(token))
    return "You are unsubscribed", _with_link(_DONE, services, token)


def _wish(token: UnsubscribeToken) -> Wish:
    return Wish(token.workspace_id, token.contact_id, token.message_id, real_now())


async def _leave(tx: Tx, services: Services, token: UnsubscribeToken) -> tuple[str, str]:
    came_by = await list_of_mail(tx, token.workspace_id, token.contact_id, token.message_id)
    if came_by is None:
        # There is no such list any more, or it is not theirs to leave: they may still leave everything.
        return "Unsubscribe?", _asked(None, services, token)
    workspace = await find_workspace(tx, token.workspace_id)
    source, now = source_of(token.message_id), workspace.now(real_now())
    await leave_list(tx, workspace.id, token.contact_id, came_by.found.id, source=source, now=now)
    said = f"<p>You will get no more emails of \u201c{escape(came_by.found.name)}\u201d.</p>"
    everything = _EVERYTHING.format(quiet=' class="quiet"', words=" from everything")
    return "You have left the list", said + _form(everything) + _with_link(_CHOOSE, services, token)


def _asked(came_by: MailList | None, services: Services, token: UnsubscribeToken) -> str:
    if came_by is None or not came_by.is_on_it:
        content = "<p>You will get no more of these emails.</p>" + _form(_EVERYTHING.format(quiet="", words=""))
    else:
        name = escape(came_by.found.name)
        buttons = _THIS_LIST.format(name=name), _EVERYTHING.format(quiet="", words=" from everything")
        content = f"<p>This email came to you by the list \u201c{name}\u201d.</p>" + _form(*buttons)
    return content + _with_link(_CHOOSE, services, token)


def _form(*buttons: str) -> str:
    return (
        f'<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">{"".join(buttons)}</form>'
    )


def unknown_link() -> Response[str]:
    """The page for what is not a link of ours, to the bit."""
    return page("This link does not work", "<p>Please use the link in a newer email.</p>", status=404)


def _with_link(content: str, services: Services, token: UnsubscribeToken) -> str:
    # Beside this page, wherever a proxy has put it.
    return content.format(preferences=escape(f"../p/{services.links.sign_preferences(token)}"))


ROUTES = [show_unsubscribe, unsubscribe]
