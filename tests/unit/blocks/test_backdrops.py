"""An image behind a group: said where mail programs look for it, never a rule of its own, in no column."""

from typing import Any

import pytest

from dripline.templates.blocks.from_html.keeping import inventory
from dripline.templates.blocks.reading import read_blocks
from tests.makers.blocks import html_of

WORDS = {"type": "text", "content": "<p>words</p>"}
GROUP = {"type": "group", "backgroundImage": "https://example.com/a.png", "blocks": [WORDS]}


@pytest.mark.parametrize(
    "around",
    [
        GROUP,
        {"type": "card", "blocks": [GROUP]},
        {"type": "group", "blocks": [GROUP]},
        {"type": "repeat", "source": "event.items", "blocks": [GROUP]},
        {"type": "conditional-group", "if": "plan", "blocks": [GROUP]},
    ],
)
def test_the_image_is_behind_the_group_wherever_it_stands(around: dict[str, Any]) -> None:
    html = html_of(around)

    assert inventory(html).backdrops == {"https://example.com/a.png"}
    assert "<v:fill" in html


def test_in_a_column_there_is_only_the_colour() -> None:
    html = html_of({"type": "columns", "columns": [{"blocks": [GROUP]}]})

    assert inventory(html).backdrops == frozenset()


def test_what_stands_on_an_image_keeps_its_colours_in_the_dark() -> None:
    html = html_of(GROUP)

    assert 'class="dl-ink"' not in html


def test_an_address_cannot_leave_its_place_in_the_style() -> None:
    html = html_of({**GROUP, "backgroundImage": "https://example.com/a.png');color:red;x:url('"})

    assert "url('https://example.com/a.png%27%29;color:red;x:url%28%27')" in html


@pytest.mark.parametrize(
    ("address", "told"),
    [("{{ picture }}", "holds Liquid"), ("javascript:x()", "leads to javascript:"), (" ", "is empty")],
)
def test_an_address_that_is_none_is_refused(address: str, told: str) -> None:
    [problem] = read_blocks([{**GROUP, "backgroundImage": address}]).problems

    assert problem.path == "blocks[0].backgroundImage"
    assert told in problem.message
