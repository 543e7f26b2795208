"""What becomes of each kind of block: what is seen, where it leads, and what it is like."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from lxml import html as lxml_html  # type: ignore[import-untyped]

from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.examples import EXAMPLES
from dripline.templates.blocks.theme import Theme
from dripline.templates.liquid.environment import environment, render
from dripline.templates.plaintext import text_of
from dripline.templates.scope import scope
from tests.makers.blocks import blocks_of, html_of

NOW = "2026-01-01T00:00:00Z"
ITEMS: list[dict[str, Any]] = [{"name": "Lamp & Co", "price": 39}, {"name": "<b>Desk</b>", "price": 90}]
TEXT = {"type": "text", "content": "<p>Hello</p>"}


def rendered(html: str, *, plan: str = "pro", **data: Any) -> str:
    names = scope(
        {"email": "ada@example.com", "properties": {"plan": plan, "firstName": "Ada"}},
        {"items": ITEMS, **data},
        unsubscribe_url="https://example.com/off",
        now=NOW,
    )
    return render(environment(autoescape=True).from_string(html), names)


def seen(*blocks: Mapping[str, Any], plan: str = "pro", **data: Any) -> list[str]:
    """The lines that somebody reads in the text part."""
    return [line for line in rendered(text_of(html_of(*blocks)), plan=plan, **data).splitlines() if line]


def tag(html: str, words: str) -> str:
    """The element that holds exactly these words, as it begins."""
    found = re.search(rf"<[^<>]*>(?={re.escape(words)}</)", html)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("type_", "lines"),
    [
        ("heading", ["Welcome, Ada!"]),
        ("text", ["Thanks for signing up. Start here (https://example.com/start)."]),
        ("button", ["Open your account (https://example.com/account?from=ada@example.com)"]),
        ("image", ["The team at work (https://example.com/about)"]),
        ("divider", []),
        ("spacer", []),
        ("list", ["1. Complete your profile", " 2. Explore the dashboard"]),
        ("columns", ["Your plan", "Your plan has three parts."]),
        ("group", ["These two belong together."]),
        ("card", ["Pro", "For teams of up to ten.", "Choose Pro (https://example.com/pro)"]),
        ("html", ["As it is."]),
        (
            "hero",
            [
                "A hill in the morning (https://example.com/begin)",
                "Your trial has begun",
                "Fourteen days, all features.",
                "Begin (https://example.com/begin)",
            ],
        ),
        ("testimonial", ["Ada Byron", "It took us an afternoon.", "Ada Byron, Engines Ltd"]),
        ("social", ["Mastodon (https://example.com/@us) Our videos (https://example.com/videos)"]),
        ("logo", ["Example (https://example.com)"]),
        ("header", ["Example (https://example.com)", "Docs (https://example.com/docs)"]),
        (
            "footer",
            [
                "You get this mail because you signed up.",
                "Example Ltd",
                "1 Main Street, 12345 Town",
                "Unsubscribe (https://example.com/off)",
            ],
        ),
        (
            "video",
            ["A tour of three minutes (https://example.com/video)", "▶ Watch the video (https://example.com/video)"],
        ),
        ("countdown", ["The offer ends in", "1491 days 23 hours 59 minutes"]),
        ("table", ["Plan Price", "Basic free", "Pro 20 a month"]),
        (
            "product",
            [
                "A lamp (https://example.com/lamp)",
                "A good lamp",
                "49 39",
                "It shines.",
                "Look at it (https://example.com/lamp)",
            ],
        ),
        ("conditional-group", ["Thank you for going Pro."]),
    ],
)
def test_the_example_of_a_kind_shows_what_it_says(type_: str, lines: list[str]) -> None:
    assert seen(EXAMPLES[type_]) == lines


def test_a_condition_chooses_between_two_branches() -> None:
    assert seen(EXAMPLES["conditional-group"], plan="free") == ["Go Pro (https://example.com/pro)"]


@pytest.mark.parametrize(("plan", "line"), [("pro", ["Hello"]), ("free", [])])
def test_a_condition_may_be_liquid(plan: str, line: list[str]) -> None:
    block = {"type": "conditional-group", "if": 'plan == "pro" and email contains "@"', "blocks": [TEXT]}

    assert seen(block, plan=plan) == line


def test_a_list_is_gone_through_and_its_values_are_escaped() -> None:
    block = {
        "type": "repeat",
        "source": "event.items",
        "as": "thing",
        "limit": 2,
        "blocks": [{"type": "columns", "columns": [{"blocks": [{"type": "text", "content": "{{ thing.name }}"}]}]}],
    }

    html = rendered(html_of(block))

    assert ("Lamp &amp; Co" in html, "&lt;b&gt;Desk&lt;/b&gt;" in html) == (True, True)


@pytest.mark.parametrize(
    ("ends_at", "lines"),
    [
        ("2026-01-03T01:30:00Z", ["2 days 1 hours 30 minutes"]),
        ("2026-01-01T01:00:00+01:00", ["This offer has ended."]),
        ("{{ event.end }}", ["1 days 0 hours 0 minutes"]),
        ("{{ event.nothing }}", []),
    ],
)
def test_a_countdown_says_what_is_left_at_the_time_of_the_mail(ends_at: str, lines: list[str]) -> None:
    assert seen({"type": "countdown", "endsAt": ends_at}, end="2026-01-02") == lines


@pytest.mark.parametrize("frame", [{"type": "card"}, {"type": "group"}, {"type": "repeat", "source": "event.items"}])
def test_a_condition_inside_of_another_block_still_holds(frame: dict[str, Any]) -> None:
    columns = {"type": "columns", "columns": [{"blocks": [{"type": "text", "content": "in columns"}]}]}
    inner = {"type": "conditional-group", "if": 'plan == "pro"', "blocks": [columns], "else": [TEXT]}
    block = {**frame, "blocks": [inner]}

    assert set(seen(block, plan="pro")) == {"in columns"}
    assert set(seen(block, plan="free")) == {"Hello"}


@pytest.mark.parametrize("plan", ["pro", "free"])
def test_the_tables_for_outlook_are_closed_whichever_branch_is_taken(plan: str) -> None:
    columns = {"type": "columns", "columns": [{"blocks": [TEXT]}, {"blocks": [TEXT]}]}
    choice = {"type": "conditional-group", "if": 'plan == "pro"', "blocks": [columns], "else": [TEXT, columns]}

    html = rendered(html_of(choice, {"type": "card", "blocks": [choice, columns, choice]}), plan=plan)

    for_outlook = re.sub(r"<!--\[if mso \| IE\]>|<!\[endif\]-->", "", html)
    assert for_outlook.count("<table") == for_outlook.count("</table>")
    assert for_outlook.count("<td") == for_outlook.count("</td>")
    assert for_outlook.count("<tr") == for_outlook.count("</tr>")


def test_columns_share_the_width_and_may_stay_together() -> None:
    columns = [{"width": 40, "blocks": [TEXT]}, {"blocks": [TEXT]}, {"blocks": [TEXT]}]

    stacked = html_of({"type": "columns", "columns": columns})
    together = html_of({"type": "columns", "columns": columns, "stackOnMobile": False})

    assert sorted(set(re.findall(r"mj-column-per-(\d+) ?\{", stacked))) == ["30", "40"]
    assert "mj-column-per-100" in together
    assert (
        'style="width:40%' in together.replace("display:inline-block;vertical-align:top;", "")
        or "width:40%" in together
    )


def test_a_mail_changes_its_own_colours_in_the_dark_and_leaves_those_of_its_author() -> None:
    html = html_of(TEXT, {"type": "text", "content": "Bright", "backgroundColor": "#fff7ed", "textColor": "#7c2d12"})

    page = lxml_html.document_fromstring(html)
    assert [element.get("content") for element in page.xpath("//meta[@name='color-scheme']")] == ["light dark"]
    assert "@media (prefers-color-scheme:dark)" in html
    assert len(page.xpath("//td[contains(@class, 'dl-ink')]")) == 1
    assert "#7c2d12" in html


def test_a_theme_gives_font_colours_and_width() -> None:
    html = compile_blocks(
        blocks_of(TEXT, EXAMPLES["button"]), Theme(font="Georgia, serif", width=640, accent_color="#be123c")
    )

    assert ("font-family:Georgia, serif" in html, "max-width:640px" in html, "background:#be123c" in html) == (
        True,
        True,
        True,
    )


def test_an_image_is_never_wider_than_its_column() -> None:
    image = {"type": "image", "src": "https://example.com/a.png", "width": 900}

    html = html_of({"type": "columns", "columns": [{"blocks": [image]}, {"blocks": [image]}]})

    assert set(re.findall(r'<img[^>]* width="(\d+)"', html)) == {"264"}


def test_html_stays_as_it_is() -> None:
    raw = '<table class="mine"><tr><td onmouseover=x>{{ firstName }}</td></tr></table><!-- kept -->'

    assert raw in html_of({"type": "html", "content": raw})


def test_html_that_leaves_something_open_is_closed_and_takes_nothing_with_it() -> None:
    html = html_of({"type": "html", "content": "<div><b>{{ '{' }}a &#123;&#123; b"}, TEXT)

    assert "<div><b>{{ '{' }}a &#123;&#123; b</b></div>" in html
    assert tag(html, "Hello").startswith("<p")


def test_a_page_in_a_block_gives_its_body_and_its_styles() -> None:
    page = "<!doctype html><html><head><title>T</title><style>.a{color:red}</style></head><body><p>Hi</p></body></html>"

    html = html_of({"type": "html", "content": page})

    assert "<style>.a{color:red}</style><p>Hi</p>" in html
    assert html.count("<body") == 1


def test_a_mail_of_usual_size_is_small_enough_for_gmail() -> None:
    assert len(html_of(*EXAMPLES.values()).encode()) < 50_000


def test_an_address_in_a_footer_does_not_look_like_a_link() -> None:
    html = html_of({"type": "footer", "company": "Example Ltd", "address": "1 Main Street"})

    assert '<address style="font-style:normal">1 Main Street</address>' in html
