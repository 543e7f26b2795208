from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripline.templates.liquid.checking import check
from dripline.templates.liquid.environment import environment, render
from dripline.templates.plaintext import text_of

WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=8)
URLS = WORDS.map(lambda word: f"https://example.com/{quote(word)}?a=1&section={{{{ code }}}}&copy=1")
LINKS = st.lists(st.tuples(WORDS, URLS), min_size=1, max_size=5)
LAYOUTS = st.sampled_from(
    [
        "<p>{}</p>",
        "<table><tr><td>{}</td></tr></table>",
        "<ul><li>{}</li></ul>",
        "<h1>{}</h1>",
        "<div><b>{}</b></div>",
        "{{% if true %}}{}{{% endif %}}",
        "<table>{{% for i in (1..1) %}}<tr><td>{}</td></tr>{{% endfor %}}</table>",
    ]
)


@settings(max_examples=100)
@given(LINKS, LAYOUTS)
def test_every_link_is_in_the_text(links: list[tuple[str, str]], layout: str) -> None:
    anchors = [f'<a href="{url.replace("&", "&amp;")}">{label}</a>' for label, url in links]

    text = text_of("<html><body>" + "".join(layout.format(anchor) for anchor in anchors) + "</body></html>")

    assert check(text, "text").problems == ()
    assert [f"{label} ({url})" in text for label, url in links] == [True] * len(links)


@settings(max_examples=200)
@given(st.text(st.sampled_from("{}%<>&;#123 abé\n"), max_size=40))
def test_text_that_is_no_liquid_stays_none(words: str) -> None:
    html = f"<p>{words.replace('&', '&amp;').replace('<', '&lt;').replace('{', '&#123;')}</p>"

    text = render(environment(autoescape=False).from_string(text_of(html)), {})

    assert text.split() == words.split()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Hello {{ x }}", "Hello {{ x }}\n"),
        ("<p>a</p>{% if x %}<p>b</p>{% endif %}<p>c</p>", "a{% if x %}\n\nb{% endif %}\n\nc\n"),
        ("<p>{% if x %}Hi{% endif %} there</p>", "{% if x %}Hi{% endif %} there\n"),
        (
            "<table>{% for r in x %}<tr><td>{{ r.a }}</td><td>{{ r.b }}</td></tr>{% endfor %}</table>",
            "{% for r in x %}\n{{ r.a }} {{ r.b }}{% endfor %}\n",
        ),
        ("<ul>{% for i in x %}<li>{{ i }}</li>{% endfor %}</ul>", "{% for i in x %}\n  * {{ i }}{% endfor %}\n"),
        ("<a href='{{ u }}'>{{ u }}</a>", "{{ u }}\n"),
        ("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example\n"),
        ("<a href='#top'>top</a> <a href='javascript:x()'>x</a>", "top x\n"),
        ("<a href='https://a.example'><img src=x alt=Logo></a>", "Logo (https://a.example)\n"),
        (
            "<a href='https://a.example/?a=1&amp;section=2&amp;copy=3'>b &amp;lt; c</a>",
            "b &lt; c (https://a.example/?a=1&section=2&copy=3)\n",
        ),
        ("{% raw %}{{ x }}{% endraw %}", '{{ "{{" }} x }}\n'),
        ("<head>{% assign a = 1 %}<title>t</title></head><body>{{ a }}</body>", "{% assign a = 1 %}{{ a }}\n"),
        ("a{% comment %}<p>x</p>{% endcomment %}b", "ab\n"),
        ("<div style='display:none'>hidden</div><style>a{}</style><script>x</script>shown", "shown\n"),
        ("<td style='{% if x %}color:red{% endif %}'>x</td>", "x\n"),
        ("\x01<p>a\x02 &amp; &#3;b<img alt='\x04c &amp;#5;'><a href='x\x06'>\x07d</a></p>", "a & bc &#5;d (x)\n"),
        ("<p>a<?pi --?><!-- -- --><b>b</b></p>", "ab\n"),
        ("", "\n"),
        ("<!-- nothing -->", "\n"),
    ],
)
def test_html_reads_as_text(html: str, text: str) -> None:
    assert text_of(html) == text


def test_tags_in_a_comment_govern_what_is_shown_and_its_words_are_not_shown() -> None:
    before = "<!--[if mso]><table>{% if plan %}<tr><td>{{ x }}<![endif]-->"
    html = f"{before}Hi<!--[if mso]></td></tr>{{% endif %}}</table><![endif]-->"

    assert text_of(f"<body>{html}</body>") == "{% if plan %}Hi{% endif %}\n"
