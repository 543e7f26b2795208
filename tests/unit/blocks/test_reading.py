from typing import Any

import pytest

from dripline.kernel.errors import Problem
from dripline.templates.blocks.model import (
    Button,
    Column,
    Columns,
    ConditionalGroup,
    Group,
    Heading,
    Image,
    List,
    Repeat,
    Text,
)
from dripline.templates.blocks.reading import DEEPEST, MOST_BLOCKS, read_blocks
from dripline.templates.blocks.values import Align, Styles
from tests.makers.blocks import blocks_of

TEXT = {"type": "text", "content": "x"}


def problems(*blocks: Any) -> list[tuple[str, str, str | None]]:
    """Place, message and what was found."""
    return [(each.path, each.message, each.found) for each in read_blocks(list(blocks)).problems]


def test_the_blocks_of_published_sequences_are_read_to_the_letter() -> None:
    blocks = blocks_of(
        {"id": "heading-1", "type": "heading", "content": "Welcome!", "level": 1},
        {
            "id": "text-1",
            "type": "text",
            "content": "<p>Thanks for signing up. We are excited to have you.</p>",
            "variant": "paragraph",
        },
    )

    assert blocks == (
        Heading(id="heading-1", content="Welcome!", level=1),
        Text(id="text-1", content="<p>Thanks for signing up. We are excited to have you.</p>"),
    )


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (
            {"type": "button", "label": "Go", "href": "https://example.com"},
            Button(text="Go", url="https://example.com"),
        ),
        (
            {"type": "image", "src": "https://example.com/a.png", "align": "right", "width": None},
            Image(src="https://example.com/a.png", styles=Styles(text_align=Align.RIGHT)),
        ),
        (
            {"type": "text", "content": "x", "backgroundColor": "#fff", "styles": {"paddingTop": 3}},
            Text(content="x", styles=Styles(background_color="#fff", padding_top=3)),
        ),
        (
            {"type": "list", "variant": "numbered", "items": [{"content": "a"}, "b"]},
            List(items=("a", "b"), ordered=True),
        ),
        ({"type": "group", "children": [TEXT]}, Group(blocks=(Text(content="x"),))),
        (
            {"type": "columns", "children": [{"children": [TEXT]}]},
            Columns(columns=(Column(blocks=(Text(content="x"),)),)),
        ),
        (
            {
                "type": "conditional-group",
                "if": "plan",
                "ifBranch": {"children": [TEXT]},
                "elseBranch": {"children": []},
            },
            ConditionalGroup(test="plan", blocks=(Text(content="x"),)),
        ),
        (
            {"type": "repeat", "over": "event.items", "itemAlias": "it", "children": [TEXT]},
            Repeat(source="event.items", name="it", blocks=(Text(content="x"),)),
        ),
    ],
)
def test_a_field_may_go_by_another_name(given: dict[str, Any], read: object) -> None:
    assert blocks_of(given) == (read,)


def test_a_bad_block_in_twenty_is_named() -> None:
    blocks = [*[TEXT] * 12, {"type": "button", "text": "Go", "url": ""}, *[TEXT] * 7]

    assert problems(*blocks) == [("blocks[12].url", "is empty", None)]


def test_faults_are_named_with_the_path_of_their_block() -> None:
    inner = [TEXT, {"type": "button", "text": "x", "url": "javascript:alert(1)"}]
    blocks = [TEXT, {"type": "columns", "columns": [{"blocks": inner, "width": "50%"}]}, 5, {"type": "headin"}, {}]

    assert problems(*blocks) == [
        ("blocks[1].columns[0].blocks[1].url", "leads to javascript:, which mails do not open", "javascript:alert(1)"),
        ("blocks[1].columns[0].width", "is not what it should be", "'50%'"),
        ("blocks[2]", "is a number", None),
        ("blocks[3].type", "is no type of a block, did you mean 'heading'?", "'headin'"),
        ("blocks[4].type", "is missing", None),
    ]


@pytest.mark.parametrize(
    ("block", "path", "message"),
    [
        ({"type": "heading"}, "content", "is missing"),
        ({"type": "heading", "content": "x", "level": 9}, "level", "is not what it should be"),
        ({"type": "list", "items": ["a", 4]}, "items[1]", "is not what it should be"),
        ({"type": "list", "items": ["a", "{{ b"]}, "items[1]", "{{ is never closed"),
        ({"type": "table", "rows": [["a"], ["b", "{% fi %}"]]}, "rows[1][1]", "unknown tag 'fi'"),
        ({"type": "text", "content": "x\0"}, "content", "holds the character NUL"),
        ({"type": "text", "content": "x", "align": "middle"}, "styles.textAlign", "is not what it should be"),
        ({"type": "text", "content": "x", "textColor": "red;x"}, "styles.textColor", "is not what it should be"),
        ({"type": "text", "content": "x", "styles": []}, "styles", "is a list"),
        ({"type": "columns", "columns": []}, "columns", "has 0 entries"),
        ({"type": "columns", "columns": [{"blocks": 1}]}, "columns[0].blocks", "is a number"),
        ({"type": "hero", "title": "x", "buttonText": "y"}, "buttonUrl", "is missing"),
        ({"type": "hero", "title": "x", "buttonUrl": "https://example.com"}, "buttonText", "is missing"),
        ({"type": "repeat", "source": "a b", "blocks": []}, "source", "is not what it should be"),
        ({"type": "repeat", "source": "a", "as": "contact", "blocks": []}, "as", "is not what it should be"),
        ({"type": "repeat", "source": "event.nil", "blocks": []}, "source", "is not what it should be"),
        ({"type": "repeat", "source": "a", "as": "nil", "blocks": []}, "as", "is not what it should be"),
        ({"type": "countdown", "endsAt": "{{ event.nil }}"}, "endsAt", "is not what it should be"),
        ({"type": "countdown", "endsAt": "tomorrow"}, "endsAt", "is not what it should be"),
        ({"type": "conditional-group", "blocks": []}, "condition", "is missing"),
        ({"type": "conditional-group", "if": "", "blocks": []}, "if", "is no Liquid condition"),
        ({"type": "conditional-group", "if": "a %}{{ b", "blocks": []}, "if", "is no Liquid condition"),
        (
            {"type": "conditional-group", "if": "a", "condition": {"tag": "b"}, "blocks": []},
            "if",
            "is given together with 'condition'",
        ),
        (
            {"type": "conditional-group", "condition": {"list": "b"}, "blocks": []},
            "condition",
            "asks for a list, which a mail does not know",
        ),
    ],
)
def test_a_wrong_value_is_a_problem_at_its_place(block: dict[str, Any], path: str, message: str) -> None:
    assert [(where, what) for where, what, _ in problems(block)] == [(f"blocks[0].{path}", message)]


def test_a_fault_of_the_condition_has_its_place_in_the_block() -> None:
    condition = {"property": "contact.properties.plan", "operator": "equal", "value": "pro"}

    [problem] = read_blocks([{"type": "conditional-group", "condition": condition, "blocks": []}]).problems

    assert (problem.path, problem.found, problem.hint) == (
        "blocks[0].condition.operator",
        "'equal'",
        "Did you mean 'equals'?",
    )


def test_the_place_of_liquid_is_that_in_its_value() -> None:
    [problem] = read_blocks([{"type": "text", "content": "<p>\n  {{ name | upcas: 1 }}</p>"}]).problems

    assert problem == Problem(
        "blocks[0].content", "unknown filter 'upcas', did you mean 'upcase'?", 2, 13, found="upcas"
    )


def test_unknown_keys_are_named_in_warnings() -> None:
    read = read_blocks(
        [
            {"type": "image", "src": "https://example.com/a.png", "heigth": 3},
            {"type": "spacer", "hight": 3},
            {"type": "text", "content": "x", "styles": {"colour": "red"}},
        ]
    )

    assert read.problems == ()
    assert [str(each) for each in read.warnings] == [
        "blocks[0].heigth: is unknown and was left out",
        "blocks[1].hight: is unknown and was left out, did you mean 'height'?",
        "blocks[2].styles.colour: is unknown and was left out",
    ]


def test_a_link_without_a_host_is_a_warning() -> None:
    read = read_blocks([{"type": "button", "text": "x", "url": "/account"}, {"type": "image", "src": "{{ photo }}"}])

    assert read.problems == ()
    assert [str(each) for each in read.warnings] == ["blocks[0].url: has no https:// and leads nowhere in a mail"]


def test_what_mails_do_not_show_is_a_warning() -> None:
    read = read_blocks([{"type": "text", "content": "<p onclick='x()'>Hi<script>x()</script></p>"}])

    assert [str(each) for each in read.warnings] == [
        "blocks[0].content: has onclick and <script>, which mails do not show: left out"
    ]


@pytest.mark.parametrize("value", [None, {}, "x", 3, {"type": "text"}])
def test_what_is_no_list_is_a_problem(value: object) -> None:
    [problem] = read_blocks(value).problems

    assert (problem.path, problem.expected) == ("blocks", "a list of blocks")


def test_no_blocks_are_a_problem() -> None:
    assert problems() == [("blocks", "is empty", None)]


def test_there_is_a_limit_of_depth_and_of_number() -> None:
    deep: dict[str, Any] = TEXT
    for _ in range(DEEPEST):
        deep = {"type": "group", "blocks": [deep]}

    assert problems(deep) == [(f"blocks[0]{'.blocks[0]' * (DEEPEST - 1)}.blocks", "is nested too deep", None)]
    assert problems(*[TEXT] * (MOST_BLOCKS + 5)) == [(f"blocks[{MOST_BLOCKS}]", "is one too many", None)]
