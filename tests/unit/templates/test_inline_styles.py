import pytest
from selectolax.lexbor import LexborHTMLParser

from dripline.templates.compiling import compile_template
from dripline.templates.inline_styles import with_inline_styles
from dripline.templates.model import TemplateDraft

PAGE = """<!doctype html><html><head><style>
p {{ color: #333333 }} .big {{ font-size: 20px }} @media (max-width: 600px) {{ p {{ color: red }} }}
</style></head><body>{body}</body></html>"""


def page(body: str) -> str:
    return PAGE.format(body=body)


def test_what_a_sheet_says_of_an_element_stands_on_it() -> None:
    html = with_inline_styles(page('<p class="big">Hi</p>'))

    [paragraph] = LexborHTMLParser(html).css("p")
    style = paragraph.attributes["style"] or ""
    assert "color: #333333" in style
    assert "font-size: 20px" in style
    assert "@media (max-width: 600px)" in html


def test_a_style_of_its_own_is_stronger_than_the_sheet() -> None:
    html = with_inline_styles(page('<p style="color: blue">Hi</p>'))

    assert (LexborHTMLParser(html).css("p")[0].attributes["style"] or "").endswith("color: blue")


@pytest.mark.parametrize(
    "body",
    [
        "<p>{{ firstName | capitalize }}</p>",
        "{% if plan == 'pro' %}<p>Pro</p>{% else %}<p>Free</p>{% endif %}",
        "<table><tbody>{% for item in items %}<tr><td>{{ item }}</td></tr>{% endfor %}</tbody></table>",
        '<p><a href="https://example.com/?a={{ a }}&amp;b=2" {% if x %}class="big"{% endif %}>Go</a></p>',
        "<table><tbody>{{ rows | raw }}<tr><td>x</td></tr></tbody></table>",
        "<p>{% raw %}{{ not liquid }}{% endraw %}</p>",
    ],
)
def test_liquid_comes_through_to_the_letter_and_in_order(body: str) -> None:
    html = with_inline_styles(page(body))

    place = 0
    for piece in ("{{ firstName | capitalize }}", "{% if plan == 'pro' %}", "{% else %}", "{% endif %}", "{{ item }}"):
        if piece in body:
            place = html.index(piece, place)
    compile_template(TemplateDraft(name="x", subject="x", html=html))
    assert html.count("{%") == body.count("{%")
    assert html.count("{{") == body.count("{{")


@pytest.mark.parametrize(
    "html",
    [
        "<p>No sheet</p>",
        "<style>p { color: red }</style><p>No document</p>",
        "<html><body><p style='color:red'>No sheet</p></body></html>",
        "<html><head><style>p { color: {{ color }} }</style></head><body><p>x</p><p>y</p></body></html>",
    ],
)
def test_what_would_not_say_the_same_stays_as_it_was_written(html: str) -> None:
    assert with_inline_styles(html) == html


def test_nothing_is_loaded_from_elsewhere() -> None:
    html = page("<p>x</p>").replace("<style>", '<link rel="stylesheet" href="http://127.0.0.1:1/x.css"><style>')

    assert '<link rel="stylesheet" href="http://127.0.0.1:1/x.css">' in with_inline_styles(html)


def test_a_template_of_html_is_kept_with_its_styles_on_its_elements() -> None:
    compiled = compile_template(TemplateDraft(name="x", subject="x", html=page("<p>Hi {{ firstName }}</p>")))

    assert 'style="color: #333333' in compiled.html
    assert compiled.source == page("<p>Hi {{ firstName }}</p>")
    assert compiled.variables == ("firstName",)
