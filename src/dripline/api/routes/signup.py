"""The public form of a list: anybody may ask to be on it, by our page, by a form elsewhere, or by a script.

No answer tells whether an address is known. Scripts are let in by the browser from the websites that the list names
(CORS); a form needs no leave, as none can be asked for one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response, post, route
from litestar.enums import HttpMethod

from dripline.accounts.workspaces import find_workspace
from dripline.api.decoding import read_body
from dripline.api.forms import first, read_form
from dripline.api.page_answers import answer_with_page, ask
from dripline.api.pages import PLAIN, page
from dripline.api.parameters import Ref, Wired
from dripline.api.problem import ErrorBody, ErrorShape, answer_error, shape_of
from dripline.api.reading.contacts import read_address
from dripline.api.services import Services
from dripline.contacts.lists import ContactList, find_list
from dripline.database.hints import Hint
from dripline.database.work import Tx
from dripline.delivery.unsubscribe import read_form_ref
from dripline.engine.audience.confirming import Asking
from dripline.engine.audience.confirming import ask as ask_by_mail
from dripline.engine.audience.signing_up import TooMany, admit
from dripline.kernel.addresses import Address
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Invalid, NotFound, Unprocessable
from dripline.kernel.ids import ListId, WorkspaceId, show
from dripline.templates.defaults import MailDefaults, read_defaults

_log = structlog.get_logger()
_NETWORK_BITS = {4: 32, 6: 64}
_FORM = (
    '{description}{wrong}<form method="post"><label class="field"><span>Email address</span>'
    '<input type="email" name="email" value="{email}" required maxlength="254" autocomplete="email"{marked}></label>'
    # No person sees this field, and programs that fill in everything fill in this one too.
    '<div class="away" aria-hidden="true"><label>Leave this empty'
    '<input name="comment" tabindex="-1" autocomplete="off"></label></div><button>Sign up</button></form>'
)
_WRONG = '<p class="said" id="wrong" role="alert">{words}</p>'
_NO_ADDRESS = "This does not look like an email address."
_TAKEN = "If {email} is not signed up yet, a mail is on its way. Press the button in it, and you are."
_BUSY = "Too many sign-ups came from here just now. Please try again later."
_AWAY = "Signing up does not work just now. Please try again later."


class SignUp(msgspec.Struct, frozen=True):
    """An address that wants to be on the list. `comment` is for programs that fill in everything: people leave it."""

    email: str
    comment: str = ""


class TakenShape(msgspec.Struct, frozen=True):
    """The same for every address."""

    status: str
    message: str


@dataclass(frozen=True, slots=True)
class _Form:
    """A form that is open to the public, and how its pages look."""

    workspace: WorkspaceId
    found: ContactList
    defaults: MailDefaults


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a request, in words for whoever sent it."""

    status: int
    words: str
    retry_after: int | None = None


@route("/signup/{ref:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def show_form(ref: Ref, services: Wired) -> Response[str]:
    """A page with a field and a button."""
    form = await _find(ref, services)
    return _page(form) if form is not None else _no_form()


@route("/signup/{ref:str}", http_method=HttpMethod.OPTIONS, include_in_schema=False, status_code=204)
async def allow_script(ref: Ref, request: Request[Any, Any, Any], services: Wired) -> Response[None]:
    """Whether a script may send the form: the question that browsers ask before it does."""
    form = await _find(ref, services)
    headers = _cors(form, request) if form is not None else {}
    if "Access-Control-Allow-Origin" in headers:
        headers |= {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Max-Age": "600",
        }
    return Response(None, status_code=204, headers={"Allow": "GET, HEAD, OPTIONS, POST", **headers})


@post("/signup/{ref:str}", include_in_schema=False, status_code=200)
async def send_form(ref: Ref, request: Request[Any, Any, Any], services: Wired) -> Response[Any]:
    """Ask the address by a mail. JSON is answered with JSON, a form with a page."""
    form = await _find(ref, services)
    as_json = _is_json(request)
    if form is None:
        return _no_form() if not as_json else _told(_Outcome(404, "There is no such form."), {})
    sent = await _read(request, as_json=as_json)
    outcome = sent if isinstance(sent, _Outcome) else await _sign_up(form, sent, _network(request), services)
    if as_json:
        return _told(outcome, _cors(form, request))
    if outcome.status == 400:
        return _page(form, wrong=_NO_ADDRESS, email=first(await read_form(request), "email"))
    title = "Check your email" if outcome.status == 200 else "Not signed up"
    answer = page(title, f"<p>{escape(outcome.words)}</p>", form.defaults, status=outcome.status)
    return _with_headers(answer, outcome, {})


def answer_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer in place of one that failed: JSON to a script, a page to a person."""
    return answer_error(request, error) if _is_json(request) else answer_with_page(request, error)


def _is_json(request: Request[Any, Any, Any]) -> bool:
    return request.content_type[0] == MediaType.JSON


async def _read(request: Request[Any, Any, Any], *, as_json: bool) -> "SignUp | _Outcome":
    if not as_json:
        fields = await read_form(request)
        return SignUp(first(fields, "email"), first(fields, "comment"))
    try:
        return read_body(await request.body(), SignUp)
    except Invalid as error:
        return _Outcome(400, error.message)


async def _sign_up(form: _Form, sent: SignUp, network: str, services: Services) -> _Outcome:
    try:
        address = read_address(sent.email, "email")
    except Invalid as error:
        return _Outcome(400, error.message)
    if sent.comment:
        return _taken(address)

    async def count(tx: Tx) -> bool | TooMany:
        return await admit(tx, form.workspace, form.found.id, address, network=network)

    admitted = await ask(services, form.workspace, count)
    if isinstance(admitted, TooMany):
        return _Outcome(429, _BUSY, retry_after=max(1, round((admitted.until - real_now()).total_seconds())))
    try:
        if admitted:
            await ask(services, form.workspace, lambda tx: _ask_owner(tx, form, address, services))
    except Unprocessable as error:
        # What is wrong with the installation is no business of who signs up.
        _log.warning("sign_up_refused", list=show("list", form.found.id), reason=error.message)
        return _Outcome(503, _AWAY, retry_after=3600)
    services.hints.send(Hint.DUE, form.workspace)
    return _taken(address)


async def _ask_owner(tx: Tx, form: _Form, address: Address, services: Services) -> int:
    workspace = await find_workspace(tx, form.workspace)
    asking, now = Asking(services.senders, services.links), workspace.now(real_now())
    return await ask_by_mail(tx, workspace, form.found.id, addresses=[address], contacts=[], asking=asking, now=now)


def _taken(address: Address) -> _Outcome:
    return _Outcome(200, _TAKEN.format(email=address.text))


async def _find(ref: str, services: Services) -> _Form | None:
    """The form that an address names; None where there is none, or it is closed."""
    named = read_form_ref(ref)
    if named is None:
        return None
    workspace, list_id = named

    async def act(tx: Tx) -> _Form | None:
        found = await _open(tx, workspace, list_id)
        return _Form(workspace, found, (await read_defaults(tx, workspace)).settings) if found is not None else None

    return await ask(services, workspace, act)


async def _open(tx: Tx, workspace: WorkspaceId, list_id: ListId) -> ContactList | None:
    try:
        found = await find_list(tx, workspace, show("list", list_id))
    except NotFound:
        return None
    return found if found.id == list_id and found.has_form else None


def _page(form: _Form, *, wrong: str | None = None, email: str = "") -> Response[str]:
    told = form.found.description
    content = _FORM.format(
        description=f"<p>{escape(told)}</p>" if told else "",
        wrong=_WRONG.format(words=escape(wrong)) if wrong is not None else "",
        email=escape(email[:254]),
        marked=' aria-invalid="true" aria-describedby="wrong"' if wrong is not None else "",
    )
    return page(form.found.name, content, form.defaults, status=400 if wrong is not None else 200)


def _no_form() -> Response[str]:
    return page("There is no such form", "<p>Please ask whoever sent you here.</p>", PLAIN, status=404)


def _told(outcome: _Outcome, headers: Mapping[str, str]) -> Response[Any]:
    body: TakenShape | ErrorBody = TakenShape("pending", outcome.words)
    if outcome.status != 200:
        shape = _ERRORS[outcome.status](outcome.words)
        body = ErrorBody(shape, shape.code, shape.message)
    answer: Response[Any] = Response(body, status_code=outcome.status, media_type=MediaType.JSON)
    return _with_headers(answer, outcome, headers)


_ERRORS: Mapping[int, Callable[[str], ErrorShape]] = {
    400: lambda words: shape_of(Invalid(words)),
    404: lambda words: shape_of(NotFound(words)),
    429: lambda words: ErrorShape("RATE_LIMITED", words),
    503: lambda words: ErrorShape("UNAVAILABLE", words),
}


def _with_headers(answer: Response[Any], outcome: _Outcome, headers: Mapping[str, str]) -> Response[Any]:
    for name, value in headers.items():
        answer.headers[name] = value
    if outcome.retry_after is not None:
        answer.headers["Retry-After"] = str(outcome.retry_after)
    return answer


def _cors(form: _Form, request: Request[Any, Any, Any]) -> dict[str, str]:
    """What lets a script of one of the list's websites read the answer."""
    origin = request.headers.get("origin", "")
    allowed = origin.lower() in form.found.form_origins
    return {"Vary": "Origin", **({"Access-Control-Allow-Origin": origin} if allowed else {})}


def _network(request: Request[Any, Any, Any]) -> str:
    """Where a request comes from: the address, or the network that one household has under IPv6."""
    try:
        address = ip_address(request.client.host if request.client is not None else "")
    except ValueError:
        return ""
    return str(ip_network((address, _NETWORK_BITS[address.version]), strict=False))


# First the one for OPTIONS: where the first has none, the framework makes one of its own.
ROUTES = [allow_script, show_form, send_form]
