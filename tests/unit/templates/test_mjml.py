import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.templates.liquid.checking import check
from dripline.templates.liquid.masking import mask
from dripline.templates.liquid.segments import segments
from dripline.templates.mjml.compiling import NotCompiled, compile_mjml

COLUMN = "<mjml>\n<mj-body><mj-section>\n<mj-column>{}</mj-column></mj-section></mj-body></mjml>"

LIQUID = st.sampled_from(
    [
        "{{ a }}",
        '{{ a | default: "<b>" }}',
        "{% if a < 1 and b > 2 %}x{% endif %}",
        "{{ 'a & b' }}",
        "{{- a -}}",
        "{% for i in a %}{{ i }}{% endfor %}",
        "{% comment %}<b>{% endcomment %}",
        "{% assign a = '<' %}",
        "{% # x %}",
    ]
)
TEXT = st.sampled_from(["Hi", " ", "\n", "<br>", "<b>x</b>", "&amp;", "liqq1z", "é", "<!-- note -->", ">"])
CONTENT = st.lists(LIQUID | TEXT, max_size=8).map("".join)
URL = st.lists(LIQUID | st.sampled_from(["https://a.example/", "?x=1&amp;y=", "é"]), max_size=4).map("".join)


def liquid_of(text: str) -> list[str]:
    return [text[segment.start : segment.end] for segment in segments(text)]


@settings(max_examples=150)
@given(CONTENT, CONTENT, URL)
def test_liquid_comes_out_as_it_went_in(first: str, second: str, url: str) -> None:
    button = f"<mj-button href='{url}'>x</mj-button>" if "'" not in url else ""
    source = COLUMN.format(f"<mj-text>{first}</mj-text>{button}<mj-table><tr><td>{second}</td></tr></mj-table>")

    html = compile_mjml(source)

    # A comment is nothing: the compiler may leave it out.
    kept = [piece for piece in liquid_of(html) if "comment" not in piece]
    assert kept == [piece for piece in liquid_of(source) if "comment" not in piece]
    assert check(html, "html").problems == ()


@settings(max_examples=100)
@given(CONTENT)
def test_what_was_hidden_is_put_back(text: str) -> None:
    masked = mask(text)

    hidden = masked.hide(masked.word)

    assert segments(hidden) == []
    assert masked.put_back(hidden) == text


@settings(max_examples=100)
@given(CONTENT, st.data())
def test_a_place_behind_the_mask_is_found_in_the_source(text: str, data: st.DataObject) -> None:
    masked = mask(text)
    hidden = masked.hide(masked.word)
    position = data.draw(st.integers(0, len(hidden)))

    found = masked.place(position, masked.word)

    inside = [segment for segment in masked.segments if segment.start == found]
    assert inside or hidden[position:][:1] == text[found:][:1]


def test_a_loop_stays_around_rows_and_sections() -> None:
    source = (
        "<mjml><mj-body>{% for s in sections %}<mj-section><mj-column>{% if s.rows < 3 %}<mj-table>"
        "{% for r in s.rows %}<tr><td>{{ r }}</td></tr>{% endfor %}</mj-table>{% endif %}</mj-column></mj-section>"
        "{% endfor %}</mj-body></mjml>"
    )

    html = compile_mjml(source)

    assert "{% for r in s.rows %}<tr><td>{{ r }}</td></tr>{% endfor %}</table>" in html
    assert liquid_of(html) == liquid_of(source)
    assert "<!--liq" not in html


def test_an_assignment_in_the_head_comes_first() -> None:
    head = "<mj-head>{% assign who = 'you' %}<mj-title>{{ who }}</mj-title></mj-head>"

    html = compile_mjml(f"<mjml>{head}<mj-body></mj-body></mjml>")

    assert html.startswith("{% assign who = 'you' %}<!doctype html>")
    assert "<title>{{ who }}</title>" in html


@pytest.mark.parametrize("text", ["éa>é", "日本 > é", "😀 a --> b"])
def test_letters_of_any_script_are_kept(text: str) -> None:
    assert f">{text}</div>" in compile_mjml(COLUMN.format(f"<mj-text>{text}</mj-text>"))


def test_liquid_in_a_style_stays_there() -> None:
    style = ".a > b { color: {{ color }}; } {% if wide %}.b { width: 1px }{% endif %}"

    assert style in compile_mjml(f"<mjml><mj-head><mj-style>{style}</mj-style></mj-head><mj-body></mj-body></mjml>")


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        ("<mj-text {% if x %}align='left'{% endif %}>x</mj-text>", (3, 21), "Liquid may stand in text and in"),
        ("<mj-text align={{ x }}>x</mj-text>", (3, 27), "Liquid may stand in text and in"),
        ("<mj-txt>x</mj-txt>", (3, 12), "unknown element <mj-txt>, did you mean <mj-text>?"),
        ("<mj-text>\na < b</mj-text>", (4, 3), "'<' starts no tag here"),
        ("<mj-text><p>x</mj-text>", (3, 25), "</mj-text> closes nothing, expected </p>"),
        ("<mj-text><a href=x>x</a></mj-text>", (3, 21), "the attributes of <a> are not all written"),
        ("<mj-text><!-- x", (3, 21), "a comment is never closed"),
        ("<mj-include path='/etc/passwd'/>", (3, 12), "mj-include is not available"),
        ("<mj-text>" + "<div>" * 10_000, (3, 496), "elements are nested more than 100 deep"),
        ("<mj-accordion>é{{ x }}<p></p></mj-accordion>", (3, 26), "unexpected token"),
    ],
)
def test_a_fault_is_named_with_its_place(content: str, place: tuple[int, int], message: str) -> None:
    with pytest.raises(NotCompiled) as caught:
        compile_mjml(COLUMN.format(content))

    problem = caught.value.problem
    assert (problem.path, problem.line, problem.column) == ("mjml", *place)
    assert problem.message.startswith(message)


@pytest.mark.parametrize(
    "source", ["", "hello", "<p>x</p>", "<mjml></mjml>", "<mjml>{% if x %}<mj-body></mj-body>{% endif %}</mjml>"]
)
def test_what_is_no_mjml_is_refused(source: str) -> None:
    with pytest.raises(NotCompiled):
        compile_mjml(source)
