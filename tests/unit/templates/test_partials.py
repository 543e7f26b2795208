"""Partials stand in templates as standard Liquid says, once they were put into them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.kernel.errors import Invalid
from dripline.templates.liquid.checking import check
from dripline.templates.liquid.environment import environment, render
from dripline.templates.liquid.inlining import LARGEST, Partials, partials_in

CARD = "<b>{{ title }}</b>{{ plan }}{% assign mark = 3 %}"
PARTIALS = {
    "card": CARD,
    "outer": "({% render 'card', title: title %})",
    "item": "{{ item }}{% unless forloop.last %},{% endunless %}",
    "circle": "{% include 'round' %}",
    "round": "\n {% render 'circle' %}",
}


def shown(source: str, **data: object) -> str:
    expanded = Partials(PARTIALS).expand(source, "html")
    return render(environment(autoescape=True).from_string(expanded), data)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% render 'card', title: name %}{{ title }}{{ mark }}", "<b>&lt;A&gt;</b>pro"),
        ("{% include 'card', title: name %}{{ title }}{{ mark }}", "<b>&lt;A&gt;</b>pro3"),
        ("{% assign name = 'B' %}{% render 'outer', title: name %}", "(<b>B</b>pro)"),
        ("{% render 'item' for items %}", "1,2"),
        ("{% render 'item' for items as item %}", "1,2"),
        ("a  {%- render 'card' -%}  b", "a<b></b>prob"),
        ("{% raw %}{% render 'nothing' %}{% endraw %}", "{% render 'nothing' %}"),
        ("{% comment %}{% render 'nothing' %}{% endcomment %}", ""),
    ],
)
def test_a_partial_is_rendered_as_in_standard_liquid(source: str, expected: str) -> None:
    assert shown(source, name="<A>", plan="pro", items=[1, 2]) == expected


@pytest.mark.parametrize(
    ("source", "place", "message"),
    [
        ("a\n {% render 'crad' %}", (2, 2), "there is no partial 'crad', did you mean 'card'?"),
        ("{% render card %}", (1, 1), "the name of the partial must stand in quotes: {% render 'name' %}"),
        ("{% liquid\n  render 'card'\n%}", (1, 1), "a partial has a tag of its own"),
        ("{% __render 'card' %}{% end__render %}", (1, 1), "unknown tag '__render'"),
        ("{% render 'circle' %}", (2, 2), "the partial 'circle' would stand in itself: circle in round in circle"),
    ],
)
def test_a_partial_that_cannot_be_found_is_named_with_its_place(
    source: str, place: tuple[int, int], message: str
) -> None:
    with pytest.raises(Invalid) as error:
        Partials(PARTIALS).expand(source, "html")

    [problem] = error.value.problems
    assert (problem.line, problem.column) == place
    assert problem.message.startswith(message)


def test_partials_that_grow_without_end_are_refused() -> None:
    doubling = {f"p{level}": f"{{% render 'p{level + 1}' %}}" * 10 for level in range(10)} | {"p10": "x" * 10}

    with pytest.raises(Invalid, match=f"at most {LARGEST} characters"):
        Partials(doubling).expand("{% render 'p0' %}", "html")


def test_what_a_partial_uses_is_used_by_the_template_but_for_what_it_is_given() -> None:
    partials = Partials(PARTIALS)

    expanded = partials.expand("{% render 'outer', title: name %}{% render 'card' %}", "html")

    assert check(expanded, "html").variables == ("name", "plan", "title")
    assert partials.used == {"outer", "card"}
    assert partials_in("{% render 'outer', title: name %}{% include \"card\" %}") == {"outer", "card"}


@settings(max_examples=100)
@given(st.text(st.sampled_from("<>&\"'{}%| rende_'card'"), max_size=40))
def test_no_value_becomes_markup_or_liquid_in_a_partial(value: str) -> None:
    assert "<" not in shown("{% render 'card', title: x %}", x=value).removeprefix("<b>").replace("</b>", "")
