"""The key that a run goes under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.values import Json
from dripline.sequences.enrollments.keys import canonical, enrollment_key
from dripline.sequences.language.model import Enrollment, EnrollmentMode

BY_ORDER = Enrollment(EnrollmentMode.MATCHING_FIELD, "order.id")
BY_DEFAULT = Enrollment(EnrollmentMode.MATCHING_FIELD)


@pytest.mark.parametrize(
    ("enrollment", "event", "key"),
    [
        (BY_ORDER, {"order": {"id": "A-1"}}, "A-1"),
        (BY_ORDER, {"order": {"id": 42}}, "42"),
        (BY_ORDER, {"order": {"id": 42.0}}, "42"),
        (BY_ORDER, {"order": {"id": " 42 "}}, "42"),
        (BY_ORDER, {"enrollmentKey": "k", "order": {}}, "k"),
        (BY_DEFAULT, {"sequenceEnrollmentKey": "s", "enrollmentKey": "e"}, "s"),
        (BY_DEFAULT, {"enrollmentKey": "e", "product": {"providerVariantId": "v"}}, "e"),
        (BY_DEFAULT, {"product": {"providerVariantId": "v", "id": "p"}}, "v"),
        (BY_DEFAULT, {"product": {"id": "p"}}, "p"),
        (BY_DEFAULT, {"productId": 7}, "7"),
    ],
)
def test_the_key_is_found_where_it_is_said_to_be(enrollment: Enrollment, event: dict[str, Json], key: str) -> None:
    assert enrollment_key(enrollment, event) == key


@pytest.mark.parametrize("event", [None, {}, {"order": "A-1"}, {"order": {"id": ""}}, {"order": {"id": ["A-1"]}}])
def test_without_a_key_nobody_is_enrolled_under_an_empty_one(event: dict[str, Json] | None) -> None:
    assert enrollment_key(BY_ORDER, event) is None


def test_other_modes_have_one_run_whatever_the_event() -> None:
    assert enrollment_key(Enrollment(), {"order": {"id": "A-1"}}) == ""


@given(st.integers(-(2**70), 2**70))
def test_a_number_and_the_text_of_it_are_one_key(number: int) -> None:
    assert canonical(number) == canonical(str(number))
