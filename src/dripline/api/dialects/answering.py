"""Errors as answers, each in the wire format of its route."""

from typing import Any

from litestar import Request, Response

from dripline.api.dialects import sequenzy
from dripline.api.dialects.sequenzy import errors as sequenzy_errors
from dripline.api.problem import answer_error as answer_natively


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to a request that failed."""
    if sequenzy.is_in_it(request.scope["path"]):
        return sequenzy_errors.answer_error(request, error)
    return answer_natively(request, error)
