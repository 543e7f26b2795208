import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from dripline.api.pages import page
from dripline.templates.blocks.theme import Theme
from dripline.templates.defaults import LogoDefaults, MailDefaults


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_text_becomes_html(title: str, company: str, alt: str) -> None:
    hostile = "</title></style><script>alert(1)</script><p onload=x>"
    defaults = MailDefaults(
        company=company + hostile,
        postal_address=hostile,
        logo=LogoDefaults(url="https://cdn.example.com/logo.png", alt=alt + '"' + hostile),
    )

    text = page(title + hostile, "<p>Hi</p>", defaults).content

    found = LexborHTMLParser(text)
    assert found.css("script") == []
    assert [len(found.css(tag)) for tag in ("style", "main", "img", "p", "[onload]")] == [1, 1, 1, 1, 0]


def test_a_page_has_the_look_of_its_workspace_and_loads_nothing_but_its_logo() -> None:
    theme = Theme(accent_color="#ff8800", font="Georgia, serif")
    logo = LogoDefaults(url="https://cdn.example.com/a/logo.png?v=1")

    answer = page("Hello", "", MailDefaults(company="Example Ltd", logo=logo, theme=theme))

    assert "--accent:#ff8800" in answer.content
    assert "--font:Georgia, serif" in answer.content
    assert '<img src="https://cdn.example.com/a/logo.png?v=1" alt="Example Ltd">' in answer.content
    assert "prefers-color-scheme:dark" in answer.content
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "img-src https://cdn.example.com"
    )


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "data:image/png;base64,AA", "https://", "https://a.example;x/", "https://[::1"]
)
def test_a_logo_that_is_nowhere_on_the_web_is_left_out(url: str) -> None:
    answer = page("Hello", "", MailDefaults(company="Example Ltd", logo=LogoDefaults(url=url)))

    assert "<img" not in answer.content
    assert "<header>Example Ltd</header>" in answer.content
    assert "img-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("colour", ["red;} body{display:none", "url(https://x.example)", "#12", "expression(1)"])
def test_what_is_no_colour_is_not_used(colour: str) -> None:
    answer = page("Hello", "", MailDefaults(theme=Theme(accent_color=colour)))

    assert colour not in answer.content
    assert "--accent:#2563eb" in answer.content
