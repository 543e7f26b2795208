"""Who may come in: `Authorization: Bearer <key>`, looked at before the body is read."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from dripline.api.caller import Caller
from dripline.api.services import Services
from dripline.kernel.errors import Invalid, Unauthorised


async def authenticate(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let a request with a good key pass, and note whose it is.

    Raises:
        Unauthorised: it has none.
    """
    services: Services = connection.app.state.services
    workspace = await services.authenticator.authenticate(_key(connection.headers.get("authorization")))
    connection.scope["auth"] = Caller(workspace, services)


async def refuse_nul(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse NUL in path and query: no text that is kept or looked for may hold it.

    A coroutine, because the framework would run a plain function in a thread, for every request.

    Raises:
        Invalid: there is one.
    """
    if "\0" in connection.scope["path"] or b"%00" in connection.scope["query_string"]:
        raise Invalid.at("url", "holds the character NUL", expected="text without NUL")


def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    """Whom `authenticate` let in."""
    caller: Caller = request.auth
    return caller


def _key(header: str | None) -> str:
    if header is None:
        raise Unauthorised("The header Authorization is missing. Expected: Authorization: Bearer <API key>.")
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthorised("The header Authorization is no Bearer token. Expected: Authorization: Bearer <API key>.")
    return key.strip()
