import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.contacts.cells import read_text, read_value, write_text, write_value
from dripline.kernel.values import Json

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
RISKY = st.builds(str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "'", "'=", '"', "\uff1d"]), TEXTS)
SCALARS = st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS | TEXTS | RISKY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@given(VALUES)
def test_a_value_is_read_back_as_it_was_written(value: Json) -> None:
    found = read_value(write_value(value))

    assert (found, type(found)) == (value, type(value))


@given(TEXTS | RISKY)
def test_a_text_is_read_back_as_it_was_written(text: str) -> None:
    assert read_text(write_text(text)) == text


@given(VALUES | RISKY)
def test_no_cell_is_run_as_a_formula(value: Json) -> None:
    assert write_value(value)[:1] not in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("", None),
        ("  ", None),
        ("trial", "trial"),
        (" trial ", " trial "),
        ("3", 3),
        ("-2.50", -2.5),
        ("1.5E+3", 1500.0),
        ("true", True),
        ("FALSE", False),
        ("007", "007"),
        ("+49 30 1234", "+49 30 1234"),
        ("12e4", "12e4"),
        ("1,5", "1,5"),
        ("2030-01-31", "2030-01-31"),
        ("99999999999999999999", "99999999999999999999"),
        ("1e+999", "1e+999"),
        ('"5"', "5"),
        ('"Acme" GmbH', '"Acme" GmbH'),
        ('["a", 1]', ["a", 1]),
        ("[VIP]", "[VIP]"),
        ('{"a": {"b": 2}}', {"a": {"b": 2}}),
        ("[" * 5000 + "]" * 5000, "[" * 5000 + "]" * 5000),
        ("'=1+1", "=1+1"),
        ("'-5", -5),
        ("'tis", "'tis"),
        ("null", "null"),
    ],
)
def test_a_cell_that_is_json_is_that_value_and_any_other_is_text(cell: str, value: Json) -> None:
    found = read_value(cell)

    assert (found, type(found)) == (value, type(value))


def test_texts_that_look_like_something_else_are_written_in_quotes() -> None:
    cells = [write_value(text) for text in ("5", "true", "", " ", '"x"', "'=1", "[]")]

    assert cells == ['"5"', '"true"', '""', '" "', '"\\"x\\""', '"\'=1"', '"[]"']
