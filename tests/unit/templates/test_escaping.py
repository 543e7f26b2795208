"""Data is data: nothing that a contact's properties hold becomes Liquid or a tag of HTML."""

import re
from html import unescape
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.templates.liquid.environment import environment, render
from dripline.templates.rendering.frames import Rendered, RenderFailure, Source
from dripline.templates.rendering.rendering import Templates
from dripline.templates.scope import scope

HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "{{ 7 | times: 7 }}",
            "{% for i in (1..9) %}x{% endfor %}",
            '" onload="x',
            "' onload='x",
            "&lt;b&gt;",
            "PGI+",
            "%3Cb%3E",
            "<b>\n<i>",
        ]
    ),
    st.text(st.sampled_from("<>&\"'{}%|/= \nab;#lgt"), max_size=30),
)
MARK = "﷐"
# A template that prints a value through each filter that standard Liquid has, with markup of the author in some.
# fmt: off
FILTERS = [
    "upcase", "downcase", "capitalize", "strip", "lstrip", "rstrip", "squish", "escape", "escape_once",
    "strip_html", "newline_to_br", "strip_newlines", "url_encode", "url_decode", "url_encode | url_decode",
    "append: x", "prepend: x", "append: '<hr>'", "prepend: '<hr>'", "replace: 'a', '<hr>'", "replace: 'a', x",
    "replace_first: '', x", "replace_last: 'a', x", "remove: 'a'", "remove_first: x", "slice: 0, 5", "truncate: 5",
    "truncate: 5, x", "truncatewords: 1", "truncatewords: 1, x", "split: 'a' | join: x",
    "split: '' | reverse | join", "split: 'a'", "split: 'a' | first", "split: '' | sort | join: '<hr>'",
    "split: '' | uniq", "base64_encode", "base64_encode | base64_decode", "default: 'y'", "date: '%Y'", "date: x",
    "escape | split: '' | reverse | join", "escape | strip_html", "escape | upcase", "escape | replace: 'a', x",
    "newline_to_br | strip_html", "size", "escape_once | escape_once", "url_encode | strip_html | url_decode",
]
# fmt: on


def html_of(template: str, value: object) -> str:
    names = scope({"email": "a@example.com", "properties": {"x": value}})  # type: ignore[dict-item]
    return render(environment(autoescape=True).from_string(template), names)


@settings(max_examples=300)
@given(st.sampled_from(FILTERS), HOSTILE)
def test_no_filter_lets_a_value_open_a_tag(name: str, value: str) -> None:
    shown = html_of(f"{{{{ x | {name} }}}}", value)

    assert "<" not in re.sub(r"<hr>|<br />", "", shown)
    assert '"' not in shown


@settings(max_examples=100)
@given(HOSTILE)
def test_a_value_appears_as_it_is(value: str) -> None:
    assert unescape(html_of("{{ x }}", value)) == value


@settings(max_examples=100)
@given(HOSTILE)
def test_a_value_in_an_attribute_does_not_leave_it(value: str) -> None:
    shown = html_of(f'<a title="{MARK}{{{{ x }}}}{MARK}">', value)

    assert shown.count('"') == 2
    assert shown.count(">") == 1


@settings(max_examples=50)
@given(st.recursive(HOSTILE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3)))
def test_lists_and_objects_do_not_open_a_tag_either(value: object) -> None:
    assert "<" not in html_of("{{ x }}{{ x | join: ',' }}{% for y in x %}{{ y }}{% endfor %}", value)


@settings(max_examples=100)
@given(HOSTILE, HOSTILE)
def test_captured_and_assigned_values_stay_escaped(value: str, other: str) -> None:
    shown = html_of("{% capture c %}{{ x }}{% endcapture %}{{ c }}{% assign d = x | append: c %}{{ d }}", value + other)

    assert "<" not in shown


def test_plain_parts_are_not_escaped_and_nothing_is_rendered_twice() -> None:
    source = Source("t/1", "Hi {{ firstName }}", "<p>{{ firstName }}</p>", "Hi {{ firstName }}")
    data: dict[str, Any] = {"contact": {"email": "a@example.com", "properties": {"firstName": "{{ 7 | times: 7 }}<"}}}

    assert Templates(1000).render(source, data) == Rendered(
        "Hi {{ 7 | times: 7 }}<", "<p>{{ 7 | times: 7 }}&lt;</p>", "Hi {{ 7 | times: 7 }}<"
    )


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r\nBcc: x", "\x00", "\u2028", "\x85", "\t"])
def test_a_subject_is_one_line(breaks: str) -> None:
    data: dict[str, Any] = {"contact": {"email": "a@example.com", "properties": {"x": f"a{breaks}b"}}}

    answer = Templates(1000).render(Source("t/1", "{{ x }}\n", "", ""), data)

    assert isinstance(answer, Rendered)
    assert answer.subject.isprintable()
    assert answer.subject.startswith("a ")


@pytest.mark.parametrize(
    "path",
    ["contact.__class__", "contact['__class__']['__mro__']", "contact._fields", "x.__len__", "x.upper", "contact.keys"],
)
def test_templates_do_not_reach_attributes(path: str) -> None:
    assert html_of(f"{{{{ {path} }}}}", "value") == ""


def test_a_filter_that_cannot_work_fails_this_mail_with_its_place() -> None:
    data: dict[str, Any] = {"contact": {"email": "a@example.com", "properties": {}}}

    answer = Templates(1000).render(Source("t/1", "", "\n{{ 1 | divided_by: 0 }}", ""), data)

    assert answer == RenderFailure("render_failed", "line 2, column 8, html: divided_by: can't divide by 0")


def test_the_author_may_write_markup_into_a_date() -> None:
    assert html_of("{{ x | date: '%d<sup>th</sup>' }}", "2026-01-05") == "05<sup>th</sup>"


@settings(max_examples=100)
@given(HOSTILE)
def test_a_raw_value_is_markup_and_still_no_liquid(value: str) -> None:
    assert html_of("{{ x | raw }}", value) == value
    assert unescape(html_of("{{ '' | raw | append: x }}", value)) == value
    assert "<" not in html_of("{{ '' | raw | append: x }}", value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("<b>A</b> &amp; B", "A & B"), (None, ""), (7, "7"), ("{{ 7 }}\r\nBcc: x", "{{ 7 }}\r\nBcc: x")],
)
def test_a_raw_value_has_no_tags_where_there_is_no_html(value: object, shown: str) -> None:
    data: dict[str, Any] = {"contact": {"email": "a@example.com", "properties": {"x": value}}}

    answer = Templates(1000).render(Source("t/1", "{{ x | raw }}", "", "{{ x | raw }}"), data)

    assert isinstance(answer, Rendered)
    assert (answer.subject, answer.text) == (re.sub(r"[\r\n]+", " ", shown), shown)


@settings(max_examples=50)
@given(HOSTILE, HOSTILE)
def test_what_a_workspace_says_is_data_too(value: str, other: str) -> None:
    data: dict[str, Any] = {"contact": {"email": "a@example.com", "properties": {"workspace": {"company": other}}}}
    said = msgspec.json.encode({"company": value}).decode()

    answer = Templates(1000).render(Source("t/1", "", '<a title="{{ workspace.company }}">', "", said), data)

    assert isinstance(answer, Rendered)
    assert (unescape(answer.html), answer.html.count('"')) == (f'<a title="{value}">', 2)
