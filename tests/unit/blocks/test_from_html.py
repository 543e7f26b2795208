"""What becomes of the HTML of a mail: each kind of it, what carries over, and what stays HTML."""

from typing import Any

import pytest

from dripline.kernel.errors import Invalid
from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.from_html.converting import blocks_of_html
from dripline.templates.blocks.from_html.documents import LARGEST, MOST_OPEN
from dripline.templates.blocks.from_html.keeping import inventory
from dripline.templates.blocks.from_html.tree import DEEPEST, MOST_NODES
from dripline.templates.blocks.model import write
from tests.makers.blocks import blocks_of, html_of

VML = """\
<div><!--[if mso]>
<v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" href="https://example.com/go" style="height:40px;width:200px"
 arcsize="10%" strokecolor="#1e3650" fillcolor="#ff0000"><w:anchorlock/><center>Show me</center></v:roundrect>
<![endif]--><a href="https://example.com/go" style="background-color:#ff0000;border:1px solid #1e3650;
border-radius:4px;color:#ffffff;display:inline-block;line-height:40px;text-align:center;text-decoration:none;
width:200px;mso-hide:all">Show me</a></div>"""

REACT = """\
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html dir="ltr" lang="en"><head><link rel="preload" as="image" href="https://example.com/logo.png"/>
<meta content="text/html; charset=UTF-8" http-equiv="Content-Type"/></head>
<body style="background-color:#ffffff"><!--$--><div style="display:none;overflow:hidden;line-height:1px;opacity:0;\
max-height:0;max-width:0">You are ready<div>\xa0\u200c\u200b\u200d\u200e\u200f\ufeff</div></div>
<table align="center" width="100%" border="0" cellPadding="0" cellSpacing="0" role="presentation"
 style="max-width:37.5em;padding:20px 0 48px"><tbody><tr style="width:100%"><td>
<img alt="Example" height="21" src="https://example.com/logo.png" style="display:block;outline:none" width="49"/>
<hr style="width:100%;border:none;border-top:1px solid #eaeaea;border-color:#e6ebf1;margin:20px 0"/>
<p style="font-size:16px;line-height:24px;margin:16px 0;color:#525f7f;text-align:left">Hello {{ firstName }}</p>
<a href="https://example.com/go" style="line-height:100%;text-decoration:none;display:block;max-width:100%;\
background-color:#656ee8;border-radius:5px;color:#fff;font-weight:bold;text-align:center;padding:10px" target="_blank">\
<span><!--[if mso]><i style="mso-font-width:500%" hidden>&#8202;</i><![endif]--></span>\
<span style="max-width:100%;display:inline-block;line-height:120%;mso-text-raise:7.5px">View</span></a>
<table align="center" width="100%" role="presentation"><tbody style="width:100%"><tr style="width:100%">
<td data-id="__react-email-column" style="width:50%"><p>Left</p></td>
<td data-id="__react-email-column"><p>Right</p></td></tr></tbody></table>
</td></tr></tbody></table><!--/$--></body></html>"""


def converted(html: str) -> list[dict[str, Any]]:
    """The blocks of HTML as JSON; what is lost on the way fails."""
    found = blocks_of_html(html)
    assert inventory(compile_blocks(found.blocks)).links == inventory(html).links
    return write(found.blocks)


def text(content: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "content": content, **fields}


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<h1>Welcome</h1>", [{"type": "heading", "content": "Welcome"}]),
        ("<h3 align=center>A &amp; B</h3>", [
            {"type": "heading", "content": "A &amp; B", "level": 3, "styles": {"textAlign": "center"}}
        ]),
        ("<p>One</p>\n <p>Two</p>", [text("<p>One</p><p>Two</p>")]),
        ('<p style="color:#f00">One</p><p>Two</p>', [
            text("<p>One</p>", styles={"textColor": "#ff0000"}), text("<p>Two</p>")
        ]),
        ('<p style="font-size:13px">x</p>', [text("<p>x</p>", variant="small")]),
        ('<p style="font-size:24px">x</p>', [text('<p style="font-size:24px">x</p>', variant="lead")]),
        ("Just <b>words</b>", [text("Just <b>words</b>")]),
        ('<a href="https://example.com">Start</a>', [text('<a href="https://example.com">Start</a>')]),
        ("<ul><li>a</li><li>b <i>c</i></li></ul>", [{"type": "list", "items": ["a", "b <i>c</i>"]}]),
        ("<ol><li>a</li></ol>", [{"type": "list", "items": ["a"], "ordered": True}]),
        ('<ol start="3"><li>a</li></ol>', [text('<ol start="3"><li>a</li></ol>')]),
        ("<blockquote>So it is</blockquote>", [text("<blockquote>So it is</blockquote>")]),
        ('<hr style="border:none;border-top:2px solid #eaeaea">', [
            {"type": "divider", "color": "#eaeaea", "thickness": 2}
        ]),
        ('<div style="height:20px;line-height:20px">&nbsp;</div><p>x</p>', [
            {"type": "spacer", "height": 20}, text("<p>x</p>")
        ]),
        ('<p dir="rtl">x</p>', [text('<div dir="rtl"><p dir="rtl">x</p></div>')]),
        ("<p>a<script>alert(1)</script><a href='javascript:x()' onclick='y()'>b</a></p>", [text("<p>ab</p>")]),
    ],
)  # fmt: skip
def test_plain_html_becomes_blocks(html: str, blocks: list[dict[str, Any]]) -> None:
    assert write(blocks_of_html(html).blocks) == blocks


@pytest.mark.parametrize(
    ("html", "block"),
    [
        (
            '<img src="https://example.com/a.png" alt="A" width="120">',
            {"type": "image", "src": "https://example.com/a.png", "alt": "A", "width": 120,
             "styles": {"textAlign": "left"}},
        ),
        (
            '<center><a href="https://example.com"><img src="a.png" style="width:50%"></a></center>',
            {"type": "image", "src": "a.png", "width": 50, "widthType": "percent", "href": "https://example.com"},
        ),
        (
            '<div align="right"><a href="https://example.com"><table><tr><td><img src="{{ url }}"></table></a></div>',
            {"type": "image", "src": "{{ url }}", "href": "https://example.com"},
        ),
    ],
)  # fmt: skip
def test_an_image_keeps_its_width_its_words_and_its_link(html: str, block: dict[str, Any]) -> None:
    assert converted(html) == [block]


@pytest.mark.parametrize(
    ("html", "fields"),
    [
        (VML, {"text": "Show me", "buttonColor": "#ff0000", "styles": {"borderRadius": 4}}),
        (
            (
                '<table align="center"><tr><td bgcolor="#414141" style="border-radius:3px"><a style="'
                'display:inline-block;color:#eeeeee;padding:10px 25px" href="https://example.com/go">Go</a></td></tr></table>'
            ),
            {
                "text": "Go",
                "buttonColor": "#414141",
                "buttonTextColor": "#eeeeee",
                "styles": {"textAlign": "center", "borderRadius": 3},
            },
        ),
        (
            '<a href="https://example.com/go" style="border:2px solid navy;padding:8px;color:navy">Go</a>',
            {"text": "Go", "variant": "outline", "buttonColor": "navy", "styles": {"borderRadius": 0}},
        ),
        (
            '<p><a href="https://example.com/go" style="background:#000;display:block;color:#fff">Go</a></p>',
            {"text": "Go", "buttonColor": "#000000", "fullWidth": True, "styles": {"borderRadius": 0}},
        ),
    ],
)
def test_a_link_that_looks_like_a_button_is_one(html: str, fields: dict[str, Any]) -> None:
    assert converted(html) == [{"type": "button", "url": "https://example.com/go", **fields}]


@pytest.mark.parametrize("styles", [{}, {"backgroundColor": "#ff0000"}, {"textAlign": "center"}])
def test_the_output_of_mjml_comes_back_as_it_was(styles: dict[str, Any]) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "heading", "content": "Title", "level": 2, "styles": styles},
        text("<p>Hello <b>you</b></p>", styles=styles),
        {"type": "button", "text": "Go", "url": "https://example.com/go", "styles": styles},
        {"type": "divider", "color": "navy", "thickness": 2},
        {"type": "list", "items": ["a", "b"], "styles": styles},
        {
            "type": "columns",
            "columns": [{"width": 40, "blocks": [text("<p>Left</p>")]}, {"width": 60, "blocks": [text("<p>x</p>")]}],
            "stackOnMobile": False,
        },
        {"type": "card", "blocks": [{"type": "spacer", "height": 30}, text("<p>In a card</p>")]},
    ]

    found = write(blocks_of_html(html_of(*blocks)).blocks)

    assert _flat(found) == _flat(write(blocks_of(*blocks)))


def _flat(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks, those of groups among them, whose colour is said by each."""
    flat: list[dict[str, Any]] = []
    for block in blocks:
        if block["type"] == "group":
            flat += [{**inner, "styles": {**inner.get("styles", {}), **block["styles"]}} for inner in block["blocks"]]
        else:
            flat.append({**block, "styles": block.get("styles", {})})
    return flat


def test_the_output_of_react_email_is_read() -> None:
    found = blocks_of_html(REACT)

    assert (found.preview_text, found.warnings) == ("You are ready", ())
    assert write(found.blocks) == [
        {"type": "image", "src": "https://example.com/logo.png", "alt": "Example", "width": 49,
         "styles": {"textAlign": "left"}},
        {"type": "divider", "color": "#e6ebf1", "styles": {"paddingTop": 20, "paddingBottom": 20}},
        text('<p style="line-height:24px;margin:16px 0">Hello {{ firstName }}</p>', styles={"textColor": "#525f7f"}),
        {"type": "button", "text": "View", "url": "https://example.com/go", "buttonColor": "#656ee8",
         "fullWidth": True, "styles": {"borderRadius": 5}},
        {"type": "columns", "columns": [{"blocks": [text("<p>Left</p>")]}, {"blocks": [text("<p>Right</p>")]}]},
    ]  # fmt: skip


def test_cells_of_a_layout_are_columns_and_their_gutters_are_not() -> None:
    html = (
        '<table width="600"><tr><td width="200"><img src="a.png" width="200"></td><td width="10">&nbsp;</td>'
        '<td width="400" valign="middle"><h2>Title</h2></td></tr></table>'
    )

    [columns] = converted(html)

    assert [(column.get("width"), column.get("verticalAlign")) for column in columns["columns"]] == [
        (33.333, None),
        (66.667, "middle"),
    ]


def test_a_table_of_data_is_a_table() -> None:
    html = '<table border="1"><tr><th>Plan</th><th>Price</th></tr><tr><td>Pro</td><td>{{ price }}</td></tr></table>'

    assert converted(html) == [{"type": "table", "headers": ["Plan", "Price"], "rows": [["Pro", "{{ price }}"]]}]


def test_small_icons_beside_each_other_stay_in_one_line() -> None:
    cells = "".join(f'<td><a href="https://{name}.example"><img src="{name}.png" width="24"></a></td>' for name in "ab")

    assert converted(f'<table align="center"><tr>{cells}</tr></table>') == [
        text(
            '<a href="https://a.example"><img src="a.png" width="24"></a> &nbsp; '
            '<a href="https://b.example"><img src="b.png" width="24"></a>',
            styles={"textAlign": "center"},
        )
    ]


def test_a_frame_is_a_card_and_a_colour_behind_several_blocks_a_group() -> None:
    framed = '<div style="border:2px dashed #cccccc;background:#f4f4f7;padding:20px 16px"><h2>Ten off</h2></div>'
    behind = '<div style="background:#eef2ff"><h2>One</h2><p>Two</p></div>'

    assert converted(framed + behind) == [
        {
            "type": "card",
            "blocks": [{"type": "heading", "content": "Ten off", "level": 2}],
            "styles": {
                "backgroundColor": "#f4f4f7",
                "borderColor": "#cccccc",
                "borderWidth": 2,
                "borderRadius": 0,
                "paddingTop": 20,
                "paddingBottom": 20,
            },
        },
        {
            "type": "group",
            "blocks": [{"type": "heading", "content": "One", "level": 2}, text("<p>Two</p>")],
            "styles": {"backgroundColor": "#eef2ff"},
        },
    ]


def test_style_sheets_count_and_load_nothing() -> None:
    html = (
        "<head><title>Hi {{ firstName }}</title><style>@import url(http://127.0.0.1:9/x.css); .x{color:#00f}"
        ".pre{display:none}</style><link rel=stylesheet href='http://127.0.0.1:9/y.css'></head>"
        "<body><span class=pre>First</span><p class=x>Blue</p></body>"
    )

    found = blocks_of_html(html)

    assert (found.subject, found.preview_text) == ("Hi {{ firstName }}", "First")
    assert write(found.blocks) == [text("<p>Blue</p>", styles={"textColor": "#0000ff"})]


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<p>Hi {% if a %}{{ a }}{% else %}you{% endif %}</p>", [
            text("<p>Hi {% if a %}{{ a }}{% else %}you{% endif %}</p>")
        ]),
        ("{%- if a == 'x' -%}<p>1</p>{% elsif b %}<p>2</p>{% else %}<p>3</p>{% endif %}", [
            {"type": "conditional-group", "if": "a == 'x'", "blocks": [text("<p>1</p>")], "else": [
                {"type": "conditional-group", "if": "b", "blocks": [text("<p>2</p>")], "else": [text("<p>3</p>")]}
            ]}
        ]),
        ("{% unless a %}<p>1</p>{% endunless %}", [
            {"type": "conditional-group", "if": "a", "blocks": [], "else": [text("<p>1</p>")]}
        ]),
        ("<table>{% for row in event.rows limit: 3 %}<tr><td>{{ row }}</td></tr>{% endfor %}</table>", [
            {"type": "repeat", "source": "event.rows", "as": "row", "limit": 3, "blocks": [text("{{ row }}")]}
        ]),
        ("<ul>{% for i in list %}<li>{{ i }}</li>{% endfor %}</ul>", [
            text("<ul>{% for i in list %}<li>{{ i }}</li>{% endfor %}</ul>")
        ]),
        ('{% assign a = "x" %}<p>{{ a }}</p>', [
            {"type": "html", "content": '{% assign a = "x" %}', "styles": {"paddingTop": 0, "paddingBottom": 0}},
            text("<p>{{ a }}</p>"),
        ]),
        ("{% case a %}{% when 1 %}<p>1</p>{% endcase %}<p>2</p>", [
            {"type": "html", "content": "{% case a %}{% when 1 %}<p>1</p>{% endcase %}"}, text("<p>2</p>")
        ]),
        ("<!-- {% if a %} --><p>1</p><!-- {% endif %} -->", [
            {"type": "conditional-group", "if": "a", "blocks": [text("<p>1</p>")]}
        ]),
        ("{% if a &gt; 3 %}<p>1</p>{% endif %}", [
            {"type": "conditional-group", "if": "a > 3", "blocks": [text("<p>1</p>")]}
        ]),
        ("{% raw %}<p>{{ a }}</p>{% endraw %}", [text("<p>&#123;&#123; a }}</p>")]),
    ],
)  # fmt: skip
def test_liquid_survives_wherever_it_stands(html: str, blocks: list[dict[str, Any]]) -> None:
    assert converted(html) == blocks


@pytest.mark.parametrize(
    "part",
    [
        '<p {% if a %}class="x"{% endif %}>words</p>',
        '<a {% if a %}href="https://a.example"{% else %}href="https://b.example"{% endif %}>words</a>',
        '<div style="color:{{ colour }}"><p>words</p></div>',
        "{% if a %}<div class='x'>{% else %}<div class='y'>{% endif %}<p>words</p></div></div>",
        '<div style="background:url({{ picture }})"><p>words</p></div>',
        '<div style="background:url(https://example.com/b.png)"></div>',
        '<form action="https://example.com"><input name="a"><p>words</p></form>',
        '<a href="https://example.com"><table><tr><td>words</td></tr><tr><td>more</td></tr></table></a>',
        '<map name="m"><area href="https://example.com/area"></map>',
        '<div style="display:none"><a href="https://example.com/hidden">words</a></div>',
    ],
)
def test_the_smallest_part_that_is_not_understood_stays_html(part: str) -> None:
    found = blocks_of_html(f"<p>Before</p><div>{part}</div><p>After</p>")

    assert [block["type"] for block in write(found.blocks)] == ["text", "html", "text"]
    assert found.warnings == ("1 part of it stayed HTML, in blocks of the type html.",)


@pytest.mark.parametrize("merge_tag", ["{{#each items}}", "{{/each}}", "{% block x %}", "{{{ a }}}", "{{ a b }}", "{{"])
def test_what_is_no_liquid_is_kept_as_letters(merge_tag: str) -> None:
    found = blocks_of_html(f"<p>a {merge_tag} b</p>")

    [block] = write(found.blocks)
    assert str(block["content"]).replace("&#123;", "{") == f"<p>a {merge_tag} b</p>"
    assert len(found.warnings) == 1


def test_merge_tags_between_rows_keep_their_place() -> None:
    html = "<table>{{#each x}}<tr><td>row</td></tr>{{/each}}</table>"

    assert inventory(compile_blocks(blocks_of_html(html).blocks)).words == "{{#eachx}}row{{/each}}"


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("", "html: is empty"),
        (" \n", "html: is empty"),
        ("<!-- nothing -->", "html: shows nothing"),
        ("a\x00b", "html"),
        ("x" * (LARGEST + 1), "html"),
        ("<div>" * 100_000, "elements open at once"),
        ("<div title='</div>'>" * (MOST_OPEN + 1), "elements open at once"),
        (f"<p {' '.join(f'a{number}' for number in range(2_000))}>x</p>", "attributes"),
        ("<p>x" * (MOST_NODES // 2 + 1), "has too much in it"),
        ("{{ a }}" * 5_001, "Liquid tags"),
        ("<p>" + "word " * 30_000 + "</p>", "cannot be made blocks"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(html: str, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        blocks_of_html(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<table><b>b<tr><td>c</p></b>",
        '<a href="https://example.com>never ends <p>x</p>',
        "<<<p>>>a</q></p></p></div>",
        "<p>\ud83d</p>".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        "<b><i>" * 40 + "x",
        '<p style="color:red;;;:;}{background:url(">x</p>',
        "<style>p{color:red</style><p>x</p>",
        "<td>x</td><li>y<li>z</ul>",
        "<svg><p>x</svg><math><mi>y</math>",
    ],
)
def test_broken_markup_becomes_blocks_all_the_same(html: str) -> None:
    found = blocks_of_html("<p>first</p>" + html)

    assert "first" in inventory(compile_blocks(found.blocks)).words


def test_the_deepest_nesting_that_is_allowed_is_read() -> None:
    assert write(blocks_of_html("<div>" * (DEEPEST - 2) + "<p>x").blocks) == [text("<p>x</p>")]
