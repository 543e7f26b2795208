"""What holds for all blocks."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html  # type: ignore[import-untyped]

from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.model import write
from dripline.templates.blocks.reading import read_blocks
from dripline.templates.liquid.checking import check
from dripline.templates.liquid.environment import environment, render
from dripline.templates.plaintext import text_of
from dripline.templates.scope import scope
from tests.makers.blocks import blocks_of, html_of, texts_in, trees

WORDS = st.text(st.characters(codec="utf-8", categories=["L"]), min_size=3, max_size=8).map(lambda word: f"w{word}")
LINKS = st.integers(1, 10**9).map(lambda number: f"https://example.com/{number}?a=1&copy=2")
NASTY = st.sampled_from(
    [
        '"><script>alert(1)</script>',
        "' onload='alert(1)",
        '" style="x" onerror="alert(1)',
        "<img src=x onerror=alert(1)>",
        "{ { 7 | times: 7 } }",
        "{",
        "}}",
        "%}",
        "&#123;&#123; 7 | times: 7 }}",
        "{% raw %}{{ 7 | times: 7 }}{% endraw %}",
        "dlheld0z",
        "<!--dlheld1z-->",
        "<![endif]-->",
        "-->",
        "<!--",
        "</td></tr></table></div></body>",
        "<style>*{display:none}</style>",
        "]]>",
        "&lt;script&gt;",
        "\u2028\U0001f600",
    ]
)
FAULTY = st.sampled_from(["\x00", "javascript:alert(1)", "{{ 7 | tims: 7 }}", "{% endif %}", "{{ x", "\ud800"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 500)
    | st.sampled_from(["text", "center", "#fff", "{{ x }}"])
    | NASTY
    | FAULTY,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "content", "blocks", "columns", "styles", "src", "if"]), inner)
    ),
    max_leaves=10,
)


def _rendered(html: str) -> str:
    names = scope({"email": "a@example.com", "properties": {"plan": "pro"}}, {"items": [1]}, now="2026-01-01T00:00:00Z")
    return render(environment(autoescape=True).from_string(html), names)


@settings(max_examples=60)
@given(st.lists(trees(WORDS, LINKS), min_size=1, max_size=4))
def test_every_word_and_link_is_in_the_html_and_in_the_text(tree: list[dict[str, Any]]) -> None:
    html = compile_blocks(blocks_of(*tree))

    text = text_of(html)
    said = {re.sub(r"</?\w+>", "", each) for each in texts_in(tree)}
    assert check(html, "html").problems == ()
    assert {each for each in said if each.replace("&", "&amp;") not in html} == set()
    assert {each for each in said if each not in text} == set()


@settings(max_examples=60)
@given(st.lists(trees(WORDS, LINKS), min_size=1, max_size=4))
def test_blocks_are_written_as_they_are_read(tree: list[dict[str, Any]]) -> None:
    blocks = blocks_of(*tree)

    assert blocks_of(*write(blocks)) == blocks


@settings(max_examples=100)
@given(st.lists(trees(NASTY | WORDS, LINKS | NASTY, raw=WORDS), min_size=1, max_size=3))
def test_no_value_leaves_its_place(tree: list[dict[str, Any]]) -> None:
    page = lxml_html.document_fromstring(_rendered(html_of(*tree)))

    assert [element.tag for element in page.iter("script", "iframe")] == []
    assert [name for element in page.iter() for name in element.attrib if name.startswith("on")] == []
    assert "49" not in page.text_content()


@settings(max_examples=300)
@given(JSON)
def test_whatever_is_given_compiles_or_its_faults_are_named(value: object) -> None:
    read = read_blocks(value)

    if read.problems:
        assert all(problem.path.startswith("blocks") and problem.message for problem in read.problems)
    else:
        _rendered(compile_blocks(read.blocks))
