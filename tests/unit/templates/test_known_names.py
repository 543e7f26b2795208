"""Names that no mail will ever know are told when a template is saved, with their places."""

import pytest

from dripline.templates.liquid.checking import check, unknown_names
from dripline.templates.liquid.known_names import why_unknown


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("contact.propertis.plan", "is nothing that a mail knows, did you mean contact.properties?"),
        ("contact.plan.name", "is nothing that a mail knows, did you mean contact.properties.plan.name?"),
        ("workspace.x", "is nothing that a mail knows"),
        ("workspace.compny", "is nothing that a mail knows, did you mean workspace.company?"),
        ("discount.percentoff", "is nothing that a mail knows, did you mean discount.percentOff?"),
        ("fristName", "is only there as a property or a variable, did you mean firstName?"),
        ("unsubscribe_ulr", "is only there as a property or a variable, did you mean unsubscribe_url?"),
        ("evnet.city", "is only there as a property or a variable, did you mean event?"),
        ("contcat.email", "is only there as a property or a variable, did you mean contact?"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_the_nearest_name(name: str, message: str) -> None:
    assert why_unknown(name) == f"{name} {message}"


@pytest.mark.parametrize(
    "name",
    [
        *("email", "firstName", "FIRST_NAME", "first_name", "firstname", "unsubscribeUrl", "UNSUBSCRIBE_URL", "now"),
        *("contact", "contact.email", "contact.properties.plan", "contact.tags.size", "CONTACT.email"),
        *("event.anything.at.all", "variables.code", "workspace.logo.url", "discount.expiresAt", "DISCOUNT.code"),
        *("plan", "name", "emails", "events", "order.id", "item.price", "company.name", "lastLogin"),
    ],
)
def test_what_may_be_there_is_not_doubted(name: str) -> None:
    assert why_unknown(name) is None


def test_places_are_told() -> None:
    source = "<p>\n{{ firstName }} {{ contact.propertis.x }}\n{% if evnet.a %}{% endif %}</p>"

    assert [(each.line, each.column, each.found) for each in unknown_names(source, "html")] == [
        (2, 20, "contact.propertis.x"),
        (3, 7, "evnet.a"),
    ]
    assert list(unknown_names("{% if %}", "html")) == []


def test_an_end_without_a_beginning_is_told_as_that() -> None:
    [problem] = check("Hi {% endif %}", "text").problems

    assert str(problem) == "line 1, column 7, text: {% endif %} ends a {% if %} that is not open here"
