"""Errors under `/api/v1` have the form of that API, and the statuses that it knows."""

from typing import Any

import msgspec
import pytest
from litestar import Request
from litestar.exceptions import NotFoundException

from dripline.api.dialects.answering import answer_error
from dripline.kernel import errors
from dripline.kernel.errors import Conflict, Invalid, NotFound, Problem, Unavailable, Unprocessable


def answered(error: Exception, path: str = "/api/v1/sequences") -> tuple[int, dict[str, Any]]:
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "path_template": path}
    response = answer_error(Request(scope), error)  # type: ignore[arg-type]  # all that is looked at is there
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(response.content))
    assert response.status_code is not None
    return response.status_code, body


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.Unauthorised("x"), 401, "UNAUTHORISED"),
        (errors.Forbidden("x"), 403, "FORBIDDEN"),
        (NotFound("x"), 404, "NOT_FOUND"),
        (Conflict("x"), 409, "CONFLICT"),
        (errors.TooLarge("x"), 413, "PAYLOAD_TOO_LARGE"),
        (Unprocessable("x"), 400, "UNPROCESSABLE_ENTITY"),
        (errors.NotImplementedHere("x"), 501, "NOT_IMPLEMENTED"),
    ],
)
def test_every_kind_of_error_has_the_form(error: Exception, status: int, code: str) -> None:
    body = {"success": False, "error": "x", "message": "x", "code": code}

    assert answered(error) == (status, body)


def test_the_first_three_faults_are_summed_up_and_ten_are_named() -> None:
    problems = [Problem(f"steps[{place}]", "is wrong.", found="'x'", expected="y") for place in range(12)]

    status, body = answered(Invalid.of(problems))

    first = {"path": "steps[0]", "message": "is wrong.", "found": "'x'", "expected": "y"}
    assert (status, len(body["issues"]), body["issues"][0]) == (400, 10, first)
    assert body["error"] == "steps[0]: is wrong.; steps[1]: is wrong.; steps[2]: is wrong.; and 9 more"


def test_what_may_be_tried_again_says_so() -> None:
    status, body = answered(Unavailable("the database is away"))

    assert (status, body["retryable"], body["error"]) == (503, True, "the database is away")


def test_a_defect_is_found_in_the_log_by_its_id() -> None:
    status, body = answered(ValueError("a secret"))

    assert (status, body["success"], body["code"]) == (500, False, "INTERNAL_ERROR")
    assert body["id"] in body["error"]
    assert "secret" not in str(body)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/templates", 501), ("/api/v1/sequences/x/simulate", 501), ("/api/v1/pizza", 404), ("/api/v1", 404)],
)
def test_a_route_that_only_they_have_is_not_a_mistake(path: str, status: int) -> None:
    assert answered(NotFoundException(), path)[0] == status


def test_other_paths_keep_the_form_of_our_own() -> None:
    _, body = answered(NotFound("x"), "/api/v10")

    assert body == {"error": {"code": "NOT_FOUND", "message": "x"}, "code": "NOT_FOUND", "message": "x"}
