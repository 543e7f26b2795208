import pytest

from dripline.templates.blocks.cleaning import closed, flow, label, phrase, words


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ('<p onclick="x()">Hi <script>y()</script>', "<p>Hi </p>"),
        (
            '<a href="{{ url }}?a=1&b={{ x | default: "y" }}">go</a>',
            '<a href="{{ url }}?a=1&amp;b={{ x | default: "y" }}">go</a>',
        ),
        ('<a href="javascript:x()">go</a>', "<a>go</a>"),
        ('<a href="java{{ x }}script:x()">go</a>', "<a>go</a>"),
        ('<p style="color:red;position:fixed">x</p>', '<p style="color:red">x</p>'),
        (
            "<ul>{% for a in b %}<li>{{ a }}</li>{% endfor %}</ul>",
            "<ul>{% for a in b %}<li>{{ a }}</li>{% endfor %}</ul>",
        ),
        (
            "<table><tbody>{% for a in b %}<tr><td>{{ a }}</td></tr>{% endfor %}</tbody></table>",
            "<table><tbody>{% for a in b %}<tr><td>{{ a }}</td></tr>{% endfor %}</tbody></table>",
        ),
        ("&#123;&#123; 7 }}", "&#123;&#123; 7 }}"),
        ("{% raw %}{{ 7 }}{% endraw %}", "{% raw %}&#123;&#123; 7 }}{% endraw %}"),
        ("a<!-- gone -->b", "ab"),
    ],
)
def test_html_is_cleaned_and_its_liquid_kept(html: str, clean: str) -> None:
    assert flow(html) == clean
    assert flow(clean) == clean


def test_paragraphs_of_a_phrase_become_lines() -> None:
    assert phrase("<p>a</p>\n<p>b <b>c</b></p>") == "a<br>b <b>c</b>"


def test_a_label_holds_no_link() -> None:
    assert label('Go <a href="https://example.com">there</a>') == "Go there"


def test_plain_text_is_escaped_but_for_its_liquid() -> None:
    assert words('"<b>{{ a | default: "x" }}</b>{') == '&quot;&lt;b&gt;{{ a | default: "x" }}&lt;/b&gt;&#123;'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<br>b <img src=x></p>", "<p>a<br>b <img src=x></p>"),
        ("<p>a", "<p>a</p>"),
        ("a</td></tr></div>", "a"),
        ("<!-- a", "<!-- a-->"),
        ("{% if a %}<p>a{% endif %}", "{% if a %}<p>a{% endif %}</p>"),
        ("<body><p>a</body>{% if a %}b{% endif %}", "<p>a{% if a %}b{% endif %}</p>"),
        ('<p><a href="https://example.com/straße">a</a>', '<p><a href="https://example.com/straße">a</a></p>'),
        ("", ""),
    ],
)
def test_open_html_is_closed(html: str, expected: str) -> None:
    assert closed(html) == expected
