import pytest

from dripline.templates.defaults import MailDefaults
from dripline.templates.footer import with_footer

WITH_ADDRESS = MailDefaults(company="Example Ltd", postal_address="1 Main Street\n12345 Town", footer_text="Because.")
ADDRESS = "{{ workspace.postalAddress }}"


def test_the_footer_stands_before_the_end_of_the_body() -> None:
    html, text = with_footer("<html><BODY><p>Hi</p></BODY></html>", "Hi\n")

    assert html.startswith("<html><BODY><p>Hi</p><p")
    assert html.endswith("</p></BODY></html>")
    assert html.count("{{ unsubscribe_url }}") == text.count("{{ unsubscribe_url }}") == 1


@pytest.mark.parametrize("name", ["unsubscribe_url", "unsubscribeUrl", "UNSUBSCRIBE_URL"])
def test_a_part_that_has_its_own_link_stays_as_it_is(name: str) -> None:
    html, text = with_footer(f'<a href="{{{{ {name} }}}}">No more</a>', "Hi")

    assert html == f'<a href="{{{{ {name} }}}}">No more</a>'
    assert text.endswith("Unsubscribe: {{ unsubscribe_url }}\n")


def test_a_link_that_is_only_talked_about_is_none() -> None:
    html, _ = with_footer("<p>{% comment %}{{ unsubscribe_url }}{% endcomment %}unsubscribe_url</p>", "Hi")

    assert html.endswith("Unsubscribe</a></p>")


def test_the_footer_says_who_sends_and_from_where() -> None:
    html, text = with_footer("<p>Hi</p>", "Hi\n", WITH_ADDRESS)

    lines = ("{{ workspace.footerText }}", "{{ workspace.company }}", ADDRESS)
    links = ("Preferences: {{ preferences_url }}", "Unsubscribe: {{ unsubscribe_url }}")
    assert "<br>".join(lines) + "<br><a href=" in html
    assert text == "\n".join(("Hi", "", "-- ", *lines, *links, ""))


def test_a_part_with_a_link_of_its_own_gets_the_address_alone() -> None:
    html, text = with_footer("{{ unsubscribe_url }}", "{{ unsubscribe_url }}", WITH_ADDRESS)

    assert html.endswith(f">{{{{ workspace.company }}}}<br>{ADDRESS}</p>")
    assert text == f"{{{{ unsubscribe_url }}}}\n\n-- \n{{{{ workspace.company }}}}\n{ADDRESS}\n"


@pytest.mark.parametrize(
    "address",
    [
        "1 Main Street, 12345 Town",
        "<b>1 Main Street</b><br>12345&nbsp;TOWN",
        "<address>Somewhere else</address>",
        "{{ workspace.postalAddress }}",
    ],
)
def test_an_address_is_not_said_twice(address: str) -> None:
    html = f"<p>{address}</p>{{{{ unsubscribe_url }}}}"

    assert with_footer(html, "Hi {{ unsubscribe_url }}", WITH_ADDRESS) == (html, "Hi {{ unsubscribe_url }}")


def test_a_text_of_its_own_says_the_address_itself() -> None:
    html = "<address>1 Main Street</address>{{ unsubscribe_url }}"

    _, text = with_footer(html, "Hi {{ unsubscribe_url }}", WITH_ADDRESS, is_derived=False)

    assert text.endswith(f"{ADDRESS}\n")
