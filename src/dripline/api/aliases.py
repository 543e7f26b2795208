"""Other spellings of routes: they answer alike, and the OpenAPI document lists only the first."""

from litestar import route
from litestar.handlers import HTTPRouteHandler


def also_at(handler: HTTPRouteHandler, *paths: str) -> HTTPRouteHandler:
    """The same handler at other paths."""
    return route(
        list(paths), http_method=list(handler.http_methods), status_code=handler.status_code, include_in_schema=False
    )(handler.fn)
