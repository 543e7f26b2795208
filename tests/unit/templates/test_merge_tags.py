"""Words for when there is nothing, and where a filter stays a filter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.kernel.errors import Problem
from dripline.templates.liquid.checking import check, fallbacks
from dripline.templates.liquid.environment import environment, render

NOTHING: list[object] = [None, "", [], {}]
SOMETHING: list[object] = ["a", " ", 0, False, [1]]
PLAIN = environment(autoescape=False)
WORDS = st.text("abcxyz ,.!?&<>'€🙂0123456789-", min_size=1, max_size=30).map(str.strip).filter(bool)


def shown(source: str, **data: Any) -> str:
    return render(PLAIN.from_string(source), data)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{event.duration.hours|a few}}", "a few"),
        ("{{ firstName|there }}", "there"),
        ("{{ firstName | there }}", "there"),
        ("{{- firstName|there -}}", "there"),
        ("{{ x|you're welcome }}", "you're welcome"),
        ("{{ x|1,000 €! }}", "1,000 €!"),
        ("{{ x|'a | b: c' }}", "a | b: c"),
        ('{{ x|"it\'s" }}', "it's"),
        ("{{ x|there|upcase }}", "THERE"),
        ("{{ x | upcase | there }}", "there"),
        ("{{ x | there | append: '|' }}", "there|"),
        ("{{ x | default: 'a|b' }}", "a|b"),
        ("{{ x | default: 'a|b' | c }}", "a|b"),
        ("{{ contact['first|name'] | there }}", "there"),
    ],
)
def test_words_that_are_no_filter_are_shown_for_nothing(source: str, text: str) -> None:
    assert check(source, "html").problems == ()
    assert shown(source) == text


@pytest.mark.parametrize("value", NOTHING)
def test_what_is_empty_is_nothing(value: object) -> None:
    assert shown("{{ x|there }}", x=value) == "there"


@pytest.mark.parametrize("value", SOMETHING)
def test_what_is_not_empty_is_shown(value: object) -> None:
    assert shown("{{ x|there }}", x=value) == shown("{{ x }}", x=value)


def test_the_words_are_of_the_author_and_the_value_is_not() -> None:
    template = environment(autoescape=True).from_string("{{ x|<b>there</b> }}")

    assert [render(template, {"x": value}) for value in ("", "<i>")] == ["<b>there</b>", "&lt;i&gt;"]


@given(WORDS)
def test_any_words_after_a_word_that_is_no_filter_are_shown_as_they_are(words: str) -> None:
    source = f"{{{{ x|Dear {words} }}}}"

    assert shown(source) == f"Dear {words}"
    assert [(problem.line, problem.column) for problem in fallbacks(source, "html")] == [(1, 6)]


@pytest.mark.parametrize("name", sorted(PLAIN.filters))
def test_a_filter_stays_a_filter(name: str) -> None:
    assert list(fallbacks(f"{{{{ x | {name} }}}}", "html")) == []


@pytest.mark.parametrize(
    "source",
    ["{{ x| }}", "{{ x||there }}", "{{ |there }}", "{{ x y|there }}", "{{ x | upcase now }}", "{{ x | a | b }}"],
)
def test_what_is_neither_is_refused(source: str) -> None:
    assert len(check(source, "html").problems) == 1


def test_words_are_told_with_their_place_and_the_nearest_filter() -> None:
    source = "a\n{{ name|upcse }} {% raw %}{{ a|b }}{% endraw %} {{ a|b c }} {{ a|'quoted' }}"

    assert list(fallbacks(source, "html")) == [
        Problem(
            "html",
            "'upcse' is no filter: it is shown when there is no value, did you mean 'upcase'?",
            line=2,
            column=9,
            found="upcse",
        ),
        Problem("html", "'b c' is no filter: it is shown when there is no value", line=2, column=54, found="b c"),
    ]
