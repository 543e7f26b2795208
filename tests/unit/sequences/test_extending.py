"""Extending a sequence at its end: who had come to the end goes on only where all that follows is new."""

import pytest

from dripline.sequences.extending import continuation
from tests.unit.sequences.test_moving import a_definition, delays


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (("a", "b"), ("a", "b", "c", "d"), "c"),
        (("a", "b"), ("x", "b", "c"), "c"),
        (("a", "b"), ("a", "b"), None),
        (("a", "b"), ("a", "c"), None),
        (("a", "b"), ("b", "a"), None),
        (("a", "b"), ("b", "c", "a"), None),
    ],
)
def test_those_go_on_at_the_first_new_step_and_nobody_comes_to_a_step_twice(
    old: tuple[str, ...], new: tuple[str, ...], expected: str | None
) -> None:
    assert continuation(delays(*old), delays(*new)) == expected


def test_a_known_step_inside_a_new_one_lets_nobody_go_on() -> None:
    old = delays("a", "b")
    new = a_definition(
        "id: b, action: delay, duration: 1d",
        "id: if, action: condition, tag: x, then: [ { id: a, action: delay, duration: 1d } ]",
    )

    assert continuation(old, new) is None
