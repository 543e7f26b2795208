"""The page on which a person chooses, by a link in their mail and without a key, which lists they are on."""

from collections.abc import Mapping
from contextlib import suppress
from html import escape
from typing import Any

from litestar import Request, Response, post, route
from litestar.enums import HttpMethod

from dripline.accounts.workspaces import find_workspace
from dripline.api.forms import Fields, first, read_form
from dripline.api.page_answers import ask
from dripline.api.pages import page
from dripline.api.parameters import Ref, Wired
from dripline.api.routes.unsubscribe import unknown_link
from dripline.contacts.lists import ContactList
from dripline.database.work import Tx
from dripline.delivery.unsubscribe import UnsubscribeToken
from dripline.engine.audience.preferring import Choices, choices_of, choose, want_mail, want_none
from dripline.kernel.clock import real_now
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import ListId, read, show
from dripline.templates.defaults import MailDefaults, read_defaults

_SAID: Mapping[str, str] = {
    "save": "Your choices are saved.",
    "none": "You are unsubscribed from all email.",
    "again": "You are subscribed again.",
}
_LIST = (
    '<label><input type="checkbox" name="list" value="{id}"{checked}><span>{name}{description}</span></label>'
    '<input type="hidden" name="shown" value="{id}">'
)
_GROUP = "<fieldset><legend>Email lists</legend>{boxes}</fieldset>"
_SAVE = '<button name="action" value="save">Save</button>'
_NONE = '<button name="action" value="none" class="quiet">Unsubscribe from all email</button>'
_AGAIN = '<button name="action" value="again" class="quiet">Subscribe again</button>'
_OFF = "<p>You get no email from us now.</p>"
_ON = "<p>Choose what you want to get.</p>"


@route("/p/{ref:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def show_preferences(ref: Ref, services: Wired) -> Response[str]:
    """A page with a box for each public list. Nothing happens yet."""
    token = services.links.read_preferences(ref)
    if token is None:
        return unknown_link()

    async def act(tx: Tx) -> Response[str]:
        return await _shown(tx, token, None)

    return await ask(services, token.workspace_id, act)


@post("/p/{ref:str}", include_in_schema=False, status_code=200)
async def change_preferences(ref: Ref, request: Request[Any, Any, Any], services: Wired) -> Response[str]:
    """Do what the button says, and show what is so now. May be repeated; without a button nothing changes."""
    token = services.links.read_preferences(ref)
    if token is None:
        return unknown_link()
    fields = await read_form(request)

    async def act(tx: Tx) -> Response[str]:
        # Nobody who is left is asked nothing of.
        with suppress(NotFound):
            await _act(tx, token, fields)
        return await _shown(tx, token, _SAID.get(first(fields, "action")))

    return await ask(services, token.workspace_id, act)


async def _act(tx: Tx, token: UnsubscribeToken, fields: Fields) -> None:
    workspace = await find_workspace(tx, token.workspace_id)
    who, message, now = token.contact_id, token.message_id, workspace.now(real_now())
    match first(fields, "action"):
        case "save":
            shown, wanted = _lists(fields, "shown"), _lists(fields, "list")
            await choose(tx, workspace.id, who, shown=shown, wanted=wanted, message=message, now=now)
        case "none":
            await want_none(tx, workspace.id, who, message=message, now=now)
        case "again":
            await want_mail(tx, workspace.id, who, message=message, now=now)


def _lists(fields: Fields, name: str) -> frozenset[ListId]:
    ids = (read("list", text) for text in fields.get(name, ()))
    return frozenset(ListId(each) for each in ids if each is not None)


async def _shown(tx: Tx, token: UnsubscribeToken, said: str | None) -> Response[str]:
    defaults = (await read_defaults(tx, token.workspace_id)).settings
    return _page(await choices_of(tx, token.workspace_id, token.contact_id), defaults, said)


def _page(choices: Choices, defaults: MailDefaults, said: str | None) -> Response[str]:
    parts = [f'<p class="said" role="status">{said}</p>' if said else ""]
    parts += [_OFF if choices.unsubscribed else _ON if choices.lists else "<p>You get email from us.</p>"]
    boxes = "".join(_box(each, each.id in choices.chosen) for each in choices.lists)
    parts += ['<form method="post">', _GROUP.format(boxes=boxes) if boxes else ""]
    parts += [_SAVE if choices.lists else "", _AGAIN if choices.unsubscribed else _NONE, "</form>"]
    return page("Your email preferences", "".join(parts), defaults)


def _box(found: ContactList, is_chosen: bool) -> str:
    return _LIST.format(
        id=show("list", found.id),
        checked=" checked" if is_chosen else "",
        name=escape(found.name),
        description=f"<small>{escape(found.description)}</small>" if found.description else "",
    )


ROUTES = [show_preferences, change_preferences]
