import pytest

from dripline.templates.paragraphs import html_of


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One", "<p>One</p>\n"),
        ("One\ntwo\n", "<p>One<br>\ntwo</p>\n"),
        ("One\r\n \r\n\r\nTwo", "<p>One</p>\n<p>Two</p>\n"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>\n"),
        ("{% if a < 1 %}\nHi {{ name | append: '&' }}\n{% endif %}", None),
    ],
)
def test_a_text_becomes_paragraphs_and_its_liquid_stays(text: str, html: str | None) -> None:
    assert html_of(text) == (html or "<p>{% if a < 1 %}<br>\nHi {{ name | append: '&' }}<br>\n{% endif %}</p>\n")


def test_broken_liquid_is_left_for_the_compiler_to_refuse() -> None:
    assert html_of("Hi {{ name") == "Hi {{ name"
