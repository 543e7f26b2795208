from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.templates.liquid.environment import environment, render
from dripline.templates.scope import scope

ANN = {
    "email": "ann@example.com",
    "properties": {"firstName": "Ann", "Plan": "pro", "tier": {"name": "gold"}, "email": "wrong@example.com"},
    "tags": ["vip"],
}
# None of them is reserved.
NAMES = st.text(st.characters(codec="ascii", categories=["L"]), max_size=8).map(lambda text: f"x{text}")


def shown(template: str, **data: Any) -> str:
    return render(environment(autoescape=False).from_string(template), scope(**{"contact": ANN, **data}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "ann@example.com"),
        ("EMAIL", "ann@example.com"),
        ("firstName", "Ann"),
        ("FIRST_NAME", "Ann"),
        ("first_name", "Ann"),
        ("lastName", ""),
        ("contact.email", "ann@example.com"),
        ("contact.firstName", "Ann"),
        ("contact.lastName", ""),
        ("contact.properties.Plan", "pro"),
        ("contact.properties.tier.name", "gold"),
        ("contact.tags", "vip"),
        ("contact.tags[0]", "vip"),
        ("tier.name", "gold"),
        ("Plan", "pro"),
        ("plan", "pro"),
        ("PLAN", "pro"),
        ("unsubscribe_url", "https://example.com/u/1"),
        ("preferencesUrl", "https://example.com/p/1"),
        ("unsubscribeUrl", "https://example.com/u/1"),
        ("UNSUBSCRIBE_URL", "https://example.com/u/1"),
        ("event.order.id", "7"),
        ("variables.code", "X1"),
        ("code", "X1"),
        ("discount.code", ""),
        ("nothing", ""),
        ("nothing.at.all", ""),
        ("now", "2026-01-02T03:04:05Z"),
    ],
)
def test_a_name_finds_its_value(name: str, value: str) -> None:
    found = shown(
        f"{{{{ {name} }}}}",
        event={"order": {"id": 7}},
        variables={"code": "X1", "Plan2": "v"},
        unsubscribe_url="https://example.com/u/1",
        preferences_url="https://example.com/p/1",
        now="2026-01-02T03:04:05Z",
    )

    assert found == value


def test_a_variable_of_the_send_comes_before_a_property_of_the_same_name() -> None:
    assert shown("{{ Plan }} {{ plan }}", variables={"Plan": "trial"}) == "trial pro"


def test_a_variable_does_not_replace_a_reserved_name_that_has_a_value() -> None:
    found = shown("{{ email }} {{ firstName }} {{ lastName }}", variables=dict.fromkeys(("email", "firstName"), "x"))

    assert found == "ann@example.com Ann "


def test_a_reserved_name_without_a_value_is_looked_for_among_variables_and_properties() -> None:
    contact = {"email": "a@example.com", "properties": {"last_name": "Lee"}}

    assert shown("{{ firstName }} {{ LAST_NAME }}", contact=contact, variables={"firstName": "Bo"}) == "Bo Lee"


def test_nothing_in_the_data_can_pose_as_the_link_to_opt_out() -> None:
    contact = {"email": "a@example.com", "properties": {"unsubscribe_url": "https://elsewhere.example"}}

    assert shown("{{ unsubscribe_url }}", contact=contact, variables={"unsubscribe_url": "x"}) == ""


def test_objects_are_never_properties() -> None:
    contact = {"email": "a@example.com", "properties": {"event": "x", "discount": "y", "contact": "z"}}

    assert shown("{{ event }}{{ discount }}{{ contact.email }}", contact=contact) == "a@example.com"


def test_a_property_may_have_any_name_that_is_not_reserved() -> None:
    contact = {"email": "a@example.com", "properties": {"partial": "p", "template": "t", "today": "d"}}

    assert shown("{{ partial }} {{ template }} {{ today }}", contact=contact) == "p t d"


@settings(max_examples=50)
@given(st.dictionaries(NAMES, st.integers(), max_size=5), NAMES)
def test_a_name_is_found_exactly_before_it_is_found_in_another_case(properties: dict[str, int], name: str) -> None:
    names = scope({"email": "a@example.com", "properties": {**properties, name: 1000, name.swapcase(): 2000}})

    assert (names[name], names[name.swapcase()]) == (1000, 2000)


def test_a_date_of_now_is_the_time_of_the_mail() -> None:
    template = "{{ 'now' | date: '%Y-%m-%d' }} {{ 'today' | date: '%d' }} {{ now | date: '%H:%M' }}"

    assert shown(template, now="2026-01-02T03:04:05Z") == "2026-01-02 02 03:04"


def test_without_a_time_now_is_nothing() -> None:
    assert shown("[{{ 'now' | date: '%Y' }}{{ now }}]") == "[]"


@pytest.mark.parametrize("value", ["", "soon", "9999999999999999999", "2026-13-45", None])
def test_what_is_no_date_is_printed_as_it_is(value: str | None) -> None:
    contact = {"email": "a@example.com", "properties": {"day": value}}

    assert shown("{{ day | date: '%Y' }}", contact=contact) == (value or "")
