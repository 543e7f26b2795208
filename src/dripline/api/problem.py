"""Errors become answers: a status, and a body that is the same everywhere. Never a stack."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import ParameterKwarg

from dripline.api.decoding import misfit
from dripline.database.pool import is_out_of_reach
from dripline.kernel.errors import (
    Conflict,
    DriplineError,
    Forbidden,
    Invalid,
    NotFound,
    NotImplementedHere,
    Problem,
    Refused,
    TooLarge,
    Unauthorised,
    Unavailable,
    Unprocessable,
)
from dripline.kernel.ids import base32, new_uuid

_log = structlog.get_logger()

STATUSES: dict[type[DriplineError], int] = {
    Refused: 400,
    Unauthorised: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Unprocessable: 422,
    NotImplementedHere: 501,
    Unavailable: 503,
}
RETRY_AFTER_SECONDS = 2
_CODES = {401: "UNAUTHORISED", 403: "FORBIDDEN", 404: "NOT_FOUND", 413: "PAYLOAD_TOO_LARGE", 429: "RATE_LIMITED"}


class Detail(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault: where it is, what was found, what was expected."""

    path: str
    message: str
    line: int | None = None
    column: int | None = None
    found: str | None = None
    expected: str | None = None
    hint: str | None = None


class ErrorShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong. `id` finds the entry in the log, for errors that are ours."""

    code: str
    message: str
    details: tuple[Detail, ...] | None = None
    id: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every answer that is an error. Code and message stand at the top too."""

    error: ErrorShape
    code: str
    message: str


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """The answer to a request that failed."""
    if is_out_of_reach(error):
        _log.warning("database_out_of_reach", route=_route(request), error=type(error).__name__)
        error = Unavailable("The database cannot be reached just now.")
    match error:
        case DriplineError():
            return _answer(status_of(error), shape_of(error))
        case HTTPException() if error.status_code < 500:
            return _answer_http(request, error)
        case _:
            return _answer_defect(request, error)


def status_of(error: DriplineError) -> int:
    """The status of an error: that of the nearest kind that has one."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def shape_of(error: DriplineError) -> ErrorShape:
    """An error as the API writes it, also for one item of a batch."""
    problems = error.problems if isinstance(error, Invalid | Unprocessable) else ()
    return ErrorShape(error.code, error.message, details_of(problems) or None)


def details_of(problems: Sequence[Problem]) -> tuple[Detail, ...]:
    """Faults as the API writes them."""
    return tuple(
        Detail(each.path, each.message, each.line, each.column, each.found, each.expected, each.hint)
        for each in problems
    )


def _answer(status: int, shape: ErrorShape, headers: dict[str, str] | None = None) -> Response[ErrorBody]:
    headers = dict(headers or {})
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = ErrorBody(shape, shape.code, shape.message)
    return Response(body, status_code=status, media_type=MediaType.JSON, headers=headers)


def _answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    """What the web framework refuses by itself, in our words."""
    if isinstance(error, ValidationException):
        return _answer(400, shape_of(Invalid.of(_parameter_problems(request, error))))
    code = _CODES.get(error.status_code, "VALIDATION_ERROR")
    message = _MESSAGES.get(error.status_code) or error.detail or HTTPStatus(error.status_code).phrase
    return _answer(error.status_code, ErrorShape(code, message), error.headers)


_MESSAGES = {
    404: "There is no such route. All of them: /api/docs",
    405: "This route does not know that method.",
    413: "The body is larger than 1 MB.",
}


def _parameter_problems(request: Request[Any, Any, Any], error: ValidationException) -> list[Problem]:
    extra = error.extra if isinstance(error.extra, list) else []
    return [_parameter_problem(request, each) for each in extra] or [Problem("", "The request cannot be read.")]


def _parameter_problem(request: Request[Any, Any, Any], message: dict[str, str]) -> Problem:
    name, what = message.get("key", ""), message.get("message", "")
    if name == "data":
        return Problem("", "The body is empty.", found="nothing", expected="a JSON object")
    declared = request.route_handler.parsed_fn_signature.parameters.get(name)
    if declared is None:
        return Problem(name, what[:200] or "cannot be read")
    told = declared.kwarg_definition
    path = told.name if isinstance(told, ParameterKwarg) and told.name else name
    return misfit(what, path, declared.annotation)


def _answer_defect(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    error_id = base32(new_uuid())
    _log.error("request_failed", id=error_id, method=request.method, route=_route(request), exc_info=error)
    message = f"Something went wrong on our side. The log has it under {error_id}."
    return _answer(500, ErrorShape("INTERNAL_ERROR", message, id=error_id))


def _route(request: Request[Any, Any, Any]) -> str:
    """The pattern and not the path: a path may hold an address."""
    return str(request.scope.get("path_template", ""))
