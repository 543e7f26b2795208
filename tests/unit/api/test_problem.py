"""Every error that the package raises on purpose has a status."""

import pytest

from dripline.api.problem import ErrorShape, shape_of, status_of
from dripline.kernel import errors
from dripline.kernel.errors import Conflict, DriplineError, Invalid, NotFound, RevisionConflict, Unavailable


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("x"), 400),
        (errors.Unauthorised("x"), 401),
        (errors.Forbidden("x"), 403),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (RevisionConflict(expected=1, found=2), 409),
        (errors.TooLarge("x"), 413),
        (errors.Unprocessable("x"), 422),
        (errors.NotImplementedHere("x"), 501),
        (Unavailable("x"), 503),
        (DriplineError("x"), 500),
    ],
)
def test_every_kind_of_error_has_a_status(error: DriplineError, status: int) -> None:
    assert status_of(error) == status


def test_an_error_is_shaped_with_its_details() -> None:
    shape = shape_of(Invalid.at("email", "is no email address", found="'x'", expected="an email address"))

    assert (shape.code, shape.message) == ("VALIDATION_ERROR", "email: is no email address")
    assert shape.details is not None
    assert [(detail.path, detail.found) for detail in shape.details] == [("email", "'x'")]


def test_an_error_without_details_has_none() -> None:
    assert shape_of(NotFound("gone")) == ErrorShape("NOT_FOUND", "gone")
