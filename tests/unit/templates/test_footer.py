import pytest

from dripline.templates.footer import with_footer


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
