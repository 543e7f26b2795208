from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.errors import Problem
from dripline.templates.liquid.checking import Checked, check
from dripline.templates.liquid.segments import Kind, Segment, Unclosed, segments

PIECES = st.lists(
    st.sampled_from(
        [
            "{{ a }}",
            "{% if a %}",
            "{% endif %}",
            "{% raw %}",
            "{% endraw %}",
            "{% comment %}",
            "{% endcomment %}",
            "{{",
            "}}",
            "{%",
            "%}",
            "text",
            "\n",
            "{{- b | upcase -}}",
            "{% doc %}",
            "{% enddoc %}",
            "{%- # x %}",
            "<b>",
        ]
    ),
    max_size=12,
).map("".join)


def test_a_correct_template_has_its_variables_listed() -> None:
    source = (
        "{% assign who = firstName | default: 'you' %}{{ who }} {{ contact.properties.plan }} {{ event.items[0].name }}"
        "{% for item in event.items %}{{ item.name }}{{ forloop.index }}{% endfor %}{{ contact['first name'] }}"
    )

    assert check(source, "html") == Checked(
        (), ("contact.first name", "contact.properties.plan", "event.items", "firstName")
    )


@pytest.mark.parametrize(
    ("source", "place", "message"),
    [
        ("a\n b {{ x | upcaze: 1 }}", (2, 11), "unknown filter 'upcaze', did you mean 'upcase'?"),
        ("{{ x | there | safe }}", (1, 16), "unknown filter 'safe'"),
        ("{% assign y = x | there %}", (1, 19), "unknown filter 'there', did you mean 'where'?"),
        ("{% iff x %}", (1, 4), "unknown tag 'iff', did you mean 'if'?"),
        ("{% extends 'a' %}", (1, 4), "unknown tag 'extends'"),
        ("\n{% if a %}x", (2, 1), "{% if %} is never closed"),
        ("a {{ b", (1, 3), "{{ is never closed"),
        ("a {% b", (1, 3), "{% is never closed"),
        ("{% raw %}", (1, 1), "{% raw %} is never closed"),
        ("x {% comment %} {{ y }}", (1, 3), "{% comment %} is never closed"),
        ("{% if a = 1 %}{% endif %}", (1, 9), "expected end of expression, found '='"),
        ("{{ 7 7 }}", (1, 6), "expected end of expression, found integer"),
        ("a\nb {{ }}", (2, 3), "expected a primitive expression, found end of expression"),
        ("{% case x %}", (1, 1), "{% case %} is never closed"),
    ],
)
def test_a_fault_is_named_with_its_place(source: str, place: tuple[int, int], message: str) -> None:
    [problem] = check(source, "html").problems

    assert (problem.path, problem.line, problem.column, problem.message) == ("html", *place, message)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 2" + " | times: 2" * 20_000 + " }}",
        "{% if a %}" * 5_000,
        "{{ a }}" * 5_001,
        "{% if a" + " and a" * 1_600 + " %}{% endif %}",
        "{{ a" + "[a" * 3_000 + "]" * 3_000 + " }}",
        "{% raw %}" * 28_000,
        "{% doc %}" * 28_000,
        "{{" * 100_000,
    ],
    ids=["long chain", "deep nesting", "many tags", "long condition", "deep path", "raw", "doc", "braces"],
)
def test_a_template_that_is_too_much_for_the_parser_is_refused(source: str) -> None:
    assert len(check(source, "html").problems) == 1


def test_what_was_found_is_told_shortly() -> None:
    assert check("{{ x | y: 1 }}", "subject").problems == (Problem("subject", "unknown filter 'y'", 1, 8, found="y"),)


def test_liquid_is_found_where_it_stands() -> None:
    source = "a{{ b }}{% raw %}{{ c }}{% endraw %}{% comment %}{% if %}{% endcomment %}"

    assert segments(source) == [
        Segment(Kind.OUTPUT, 1, 8),
        Segment(Kind.TAG, 8, 17, "raw"),
        Segment(Kind.TAG, 24, 36, "endraw"),
        Segment(Kind.COMMENT, 36, 73, "comment"),
    ]


@settings(max_examples=200)
@given(PIECES)
def test_what_the_parser_accepts_is_cut_and_checked_without_failing(source: str) -> None:
    problems = check(source, "html").problems

    try:
        cut = segments(source)
    except Unclosed:
        assert problems
    else:
        outside = [source[a.end : b.start] for a, b in pairwise(cut) if a.name != "raw"]
        assert not any("{{" in text or "{%" in text for text in outside)
    assert all(problem.path == "html" for problem in problems)
