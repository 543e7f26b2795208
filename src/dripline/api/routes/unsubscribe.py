"""Unsubscribing by link, without a key: GET shows a page, POST acts (RFC 8058)."""

from contextlib import suppress
from html import escape

from litestar import MediaType, Response, get, post

from dripline.accounts.workspaces import find_workspace
from dripline.api.parameters import Ref, Wired
from dripline.api.services import Services
from dripline.database.work import Tx
from dripline.delivery.unsubscribe import UnsubscribeToken
from dripline.engine.people import opt_out
from dripline.kernel.clock import real_now
from dripline.kernel.errors import NotFound

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark }} body {{ font: 18px/1.5 system-ui, sans-serif; max-width: 30rem;
margin: 15vh auto; padding: 0 1.5rem; text-align: center }} button {{ font: inherit; padding: .6rem 1.4rem;
border-radius: 8px; border: 1px solid; cursor: pointer }}</style></head><body><h1>{title}</h1>{content}</body></html>"""
_ASK = '<p>You will get no more of these emails.</p><form method="post"><button>Unsubscribe</button></form>'


@get("/u/{ref:str}", include_in_schema=False)
async def show_unsubscribe(ref: Ref, services: Wired) -> Response[str]:
    """A page with one button. Nothing happens yet: scanners of mail follow links too."""
    if services.links.read(ref) is None:
        return _unknown()
    return _page("Unsubscribe?", _ASK)


@post("/u/{ref:str}", include_in_schema=False, status_code=200)
async def unsubscribe(ref: Ref, services: Wired) -> Response[str]:
    """Take the person off and end every run. May be repeated; the body does not matter."""
    token = services.links.read(ref)
    if token is None:
        return _unknown()
    # Where nobody is left who could be mailed, what the person asked for is so already.
    with suppress(NotFound):
        await _opt_out(services, token)
    return _page("You are unsubscribed", "<p>You will get no more of these emails.</p>")


async def _opt_out(services: Services, token: UnsubscribeToken) -> None:
    async def act(tx: Tx) -> None:
        workspace = await find_workspace(tx, token.workspace_id)
        now = workspace.now(real_now())
        await opt_out(tx, workspace.id, token.contact_id, message=token.message_id, now=now)

    await services.database.transact(act, workspace=token.workspace_id)


def _page(title: str, content: str, status: int = 200) -> Response[str]:
    text = _PAGE.format(title=escape(title), content=content)
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=_HEADERS)


def _unknown() -> Response[str]:
    return _page("This link does not work", "<p>Please use the link in a newer email.</p>", 404)


ROUTES = [show_unsubscribe, unsubscribe]
