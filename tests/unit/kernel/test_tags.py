"""The normal form of tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.tags import normal_tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VIP_User", "vip-user"),
        ("Newsletter!", "newsletter"),
        ("saas.monthly", "saas.monthly"),
        ("past-due", "past-due"),
        ("  Power   User\t", "power-user"),
        ("a _ b", "a-b"),
        ("Größe XL", "größe-xl"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("a/b", "ab"),
        ("1", "1"),
        ("!?", ""),
        ("*", ""),
        ("", ""),
    ],
)
def test_a_tag_has_one_form(text: str, expected: str) -> None:
    assert normal_tag(text) == expected


@given(st.text(max_size=20))
def test_the_normal_form_stays_as_it_is(text: str) -> None:
    tag = normal_tag(text)

    assert normal_tag(tag) == tag


@given(st.text(max_size=20))
def test_the_normal_form_has_no_spaces_and_no_capitals(text: str) -> None:
    tag = normal_tag(text)

    assert not any(letter.isspace() or letter in "_!,;/" for letter in tag)
    assert tag == tag.lower()


@given(st.text(max_size=20), st.sampled_from((" ", "\t", "\n")))
def test_spaces_around_a_tag_do_not_count(text: str, space: str) -> None:
    assert normal_tag(f"{space}{text}{space}") == normal_tag(text)
