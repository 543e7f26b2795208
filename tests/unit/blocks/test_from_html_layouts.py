"""What layouts of mails become: images behind them, links around them, columns in columns, what lies very deep."""

from typing import Any

import pytest

from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.from_html.converting import blocks_of_html
from dripline.templates.blocks.from_html.documents import read_document
from dripline.templates.blocks.from_html.keeping import inventory
from dripline.templates.blocks.from_html.styling import Surroundings
from dripline.templates.blocks.from_html.tree import DEEPEST
from dripline.templates.blocks.from_html.walking import Walker
from dripline.templates.blocks.model import RawHtml, Text, write
from tests.makers.blocks import blocks_of, html_of

IMAGE = "https://example.com/b.png"
LINK = "https://example.com"


def converted(html: str) -> list[dict[str, Any]]:
    """The blocks of HTML as JSON; what is lost on the way fails."""
    found = blocks_of_html(html)
    assert inventory(compile_blocks(found.blocks)) == inventory(html)
    return write(found.blocks)


def text(content: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "content": content, **fields}


@pytest.mark.parametrize(
    ("html", "styles"),
    [
        (f'<table width="100%"><tr><td background="{IMAGE}" bgcolor="#222222"><h1>A</h1><p>B</p></td></tr></table>', {
            "backgroundColor": "#222222"
        }),
        (f"<div style=\"background:url('{IMAGE}') top;padding:40px 0 20px\"><h1>A</h1><p>B</p></div>", {
            "paddingTop": 40, "paddingBottom": 20
        }),
        (f'<div background="{IMAGE}"><div style="background:url({IMAGE})"><h1>A</h1><p>B</p></div></div>', {}),
        (f'<body background="{IMAGE}"><h1>A</h1><p>B</p></body>', {}),
    ],
)  # fmt: skip
def test_an_image_behind_blocks_is_that_of_their_group(html: str, styles: dict[str, Any]) -> None:
    [group] = converted(html)

    assert group == {
        "type": "group",
        "backgroundImage": IMAGE,
        "blocks": [{"type": "heading", "content": "A"}, text("<p>B</p>")],
        **({"styles": styles} if styles else {}),
    }


def test_empty_space_on_an_image_is_a_group_of_it() -> None:
    html = f'<table><tr><td background="{IMAGE}" height="300"></td></tr></table>'

    assert converted(html) == [
        {
            "type": "group",
            "backgroundImage": IMAGE,
            "blocks": [{"type": "spacer", "height": 300}],
            "styles": {"paddingTop": 0},
        }
    ]


def test_a_group_on_an_image_comes_back_from_its_html_also_in_a_frame() -> None:
    group = {
        "type": "group",
        "backgroundImage": f"{IMAGE}?a=1&b=(2)",
        "blocks": [{"type": "heading", "content": "A"}, text("<p>B</p>")],
    }

    alone = converted(html_of(group, text("<p>after</p>")))
    framed = converted(html_of({"type": "card", "blocks": [group, text("<p>after</p>")]}))

    there = {**group, "backgroundImage": f"{IMAGE}?a=1&b=%282%29"}
    assert alone == [there, text("<p>after</p>")]
    assert [block["type"] for block in framed] == ["card"]
    assert framed[0]["blocks"][0]["backgroundImage"] == there["backgroundImage"]


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        (f'<a href="{LINK}"><h2>words</h2></a>', [
            {"type": "heading", "level": 2, "content": f'<a href="{LINK}">words</a>'}
        ]),
        (f'<a href="{LINK}"><table bgcolor="red"><tr><td><b>Go</b></td></tr></table></a>', [
            {
                "type": "button", "text": "<b>Go</b>", "url": LINK, "buttonColor": "#ff0000",
                "styles": {"borderRadius": 0},
            }
        ]),
        (f'<a href="{LINK}"><div>one</div><div>two</div></a>', [
            text(f'<a href="{LINK}"><div>one</div><div>two</div></a>')
        ]),
        (f'<p>a</p><a href="{LINK}"></a><p>b</p>', [
            text("<p>a</p>"), text(f'<a href="{LINK}"></a>'), text("<p>b</p>")
        ]),
        ("<p>a <a name='here'>b</a></p>", [text("<p>a b</p>")]),
    ],
)  # fmt: skip
def test_a_link_around_blocks_is_kept_with_what_is_in_it(html: str, blocks: list[dict[str, Any]]) -> None:
    assert converted(html) == blocks


def test_columns_of_words_in_a_column_are_a_text_with_their_table() -> None:
    inner = (
        f'<table cellpadding="4"><tr><td><img src="{IMAGE}" width="20"></td><td align="right">words</td></tr></table>'
    )
    html = f'<table width="600"><tr><td width="300">{inner}</td><td width="300">right</td></tr></table>'

    [columns] = converted(html)

    assert [column["blocks"] for column in columns["columns"]] == [
        [
            text(
                '<table cellpadding="4"><tr><td style="padding:4px;vertical-align:middle">'
                f'<img src="{IMAGE}" width="20"></td>'
                '<td align="right" style="padding:4px;text-align:right;vertical-align:middle">words</td></tr></table>'
            )
        ],
        [text("right")],
    ]


def test_more_columns_of_words_than_blocks_have_are_a_text_with_their_table() -> None:
    html = f"<table role='presentation'><tr>{'<td>x</td>' * 8}</tr></table>"

    assert [block["type"] for block in converted(html)] == ["text"]


def test_the_line_for_the_inbox_may_lie_in_tables() -> None:
    hidden = '<div style="display:none;max-height:0;overflow:hidden">First<div>&nbsp;&zwnj;</div></div>'
    html = f"<table><tbody><tr><td>{hidden}<p>words</p></td></tr></tbody></table>"

    found = blocks_of_html(html)

    assert (found.preview_text, write(found.blocks)) == ("First", [text("<p>words</p>")])


def test_elements_that_nobody_knows_lose_their_tags_and_not_their_words() -> None:
    assert converted("<p>a <web-version>b</web-version></p><o:p>c</o:p>") == [text("<p>a b</p>"), text("c")]


@pytest.mark.parametrize("url", ["{{{url}}}", "{{ url_for('x') }}", "{{#if a}}b{{/if}}"])
def test_addresses_with_other_products_merge_tags_stay_as_they_are(url: str) -> None:
    html = (
        f'<p><a href="{url}" style="background:red;padding:9px;display:inline-block">Go</a></p><img src="{url}">'
        f'<a href="{url}"><img src="{url}"></a>'
    )

    blocks = converted(html)

    assert [block["type"] for block in blocks] == ["text", "text"]


def test_of_what_lies_too_deep_words_links_and_images_are_kept() -> None:
    inside = f'<p>words</p><p><a href="{LINK}">l <b>in</b> <img src="{IMAGE}"></a></p>{{% if a %}}more{{% endif %}}'

    found = blocks_of_html("<div>" * DEEPEST * 5 + inside)

    assert inventory(compile_blocks(found.blocks)) == inventory(inside)
    assert len(found.warnings) == 1


def test_a_letter_that_is_longer_than_one_text_is_several() -> None:
    html = "<p>some words in a paragraph</p>" * 4_000

    blocks = converted(html)

    assert {block["type"] for block in blocks} == {"text"}
    assert len(blocks) == 3


def test_more_blocks_than_a_mail_has_stay_html() -> None:
    html = "<h2>a</h2><hr>" * 300

    assert [block["type"] for block in converted(html)] == ["html"]


def test_a_button_with_an_image_behind_it_stays_a_link_that_looks_so() -> None:
    style = f"background-color:red;background-image:url({IMAGE});padding:9px;display:inline-block"

    [block] = converted(f'<a href="{LINK}" style="{style}">Go</a>')

    assert block == text(
        f"""<a href="{LINK}" style="background:#ff0000 url('{IMAGE}');padding:9px;display:inline-block">Go</a>"""
    )


def test_space_above_what_stands_on_a_colour_is_that_of_the_group() -> None:
    group = {
        "type": "group",
        "styles": {"backgroundColor": "#eef2ff"},
        "blocks": [text("<p>a</p>"), {"type": "divider"}],
    }
    roomy = {**group, "styles": {"backgroundColor": "#eef2ff", "paddingTop": 40}}

    assert blocks_of_html(html_of(group)).blocks == blocks_of(group)
    assert blocks_of_html(html_of(roomy)).blocks == blocks_of(roomy)


# Such an address is none that may stand in a text: each of these links is lost in one.
_LOST = '<p>words</p><p><a href="http://a_b%40w%77">x</a></p>'


def test_each_part_in_which_something_would_be_lost_stays_html() -> None:
    assert [block["type"] for block in converted(_LOST * 3)] == ["text", "html"] * 3


def test_a_walker_without_patience_leaves_all_that_is_left_as_html() -> None:
    document = read_document(_LOST * 3)

    pieces = Walker(document.veil, patience=600).pieces(document.body.children, Surroundings())

    assert [type(piece.block) for piece in pieces] == [Text, RawHtml, Text, RawHtml, RawHtml, RawHtml]
