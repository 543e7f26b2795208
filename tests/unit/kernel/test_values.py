import pytest

from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json, check_properties, check_text


def nested(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": "x\0y"}, "p.a"),
        ({"a": ["ok", "\ud800"]}, "p.a[1]"),
        ({"a\0": 1}, "p (name of a property)"),
        ({"a": 2**64}, "p.a"),
        ({"a": "x" * 33_000}, "p.a"),
        ({"a": ["x" * 1_000] * 40}, "p"),
        ({"a": nested(8)}, "p.a.a.a.a.a.a.a.a"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(value: dict[str, Json], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_properties(value, "p")

    assert refused.value.problems[0].path == place


def test_what_fits_passes() -> None:
    value: dict[str, Json] = {"a": nested(6), "b": [1, 2.5, True, None, "é"], "c": 2**64 - 1, "d": -(2**63)}

    assert check_properties(value, "p") == value


def test_a_text_that_is_too_long_says_how_long_it_may_be() -> None:
    with pytest.raises(Invalid, match="200 characters") as refused:
        check_text("x" * 200, "name", longest=100)

    assert refused.value.problems[0].expected == "at most 100 characters"
