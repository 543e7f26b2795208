from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from dripline.delivery.tracking.rewriting import with_links, with_picture


def rewritten(html: str) -> tuple[str, list[str]]:
    targets: list[str] = []

    def link_to(target: str) -> str:
        targets.append(target)
        return f"https://t.example/{len(targets)}"

    return with_links(html, link_to), targets


@pytest.mark.parametrize(
    ("tag", "target"),
    [
        ('<a href="https://example.com/a?b=1&amp;c=2">', "https://example.com/a?b=1&c=2"),
        ("<a class=x href='https://example.com/it&#39;s'>", "https://example.com/it's"),
        ('<A HREF = "HTTPS://EXAMPLE.COM/">', "HTTPS://EXAMPLE.COM/"),
        ('<area shape="rect" href="http://example.com">', "http://example.com"),
        ('<a\n  style="color:red"\n  href=" https://example.com/\n long "\n>', None),
        ('<a href="\nhttps://example.com/long\npath">', "https://example.com/longpath"),
        ('<a href="https://example.com/#part">', "https://example.com/#part"),
        ('<a href="https://пример.example/ü?q=é">', "https://пример.example/ü?q=é"),
    ],
)
def test_a_link_to_the_web_leads_through_us(tag: str, target: str | None) -> None:
    html, targets = rewritten(f"<p>{tag}go</a></p>")

    assert targets == ([target] if target is not None else [])
    assert ("https://t.example/1" in html) == (target is not None)


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="mailto:ann@example.com">',
        '<a href="tel:+123">',
        '<a href="#part">',
        '<a href="/relative">',
        '<a href="//example.com/">',
        '<a href="javascript:alert(1)">',
        '<a href="https://ann@example.com/">',
        '<a href="https://example.com\\@evil.example/">',
        '<a href="">',
        '<a name="here">',
        '<a data-no-track href="https://example.com/">',
        '<a clicktracking="off" href="https://example.com/">',
        '<a clicktracking=off href="https://example.com/">',
        '<link href="https://example.com/style.css">',
        '<abbr href="https://example.com/">',
    ],
)
def test_everything_else_stays_as_it_was_written(tag: str) -> None:
    assert rewritten(f"<p>{tag}x</p>") == (f"<p>{tag}x</p>", [])


TEXT = st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_only_the_values_of_links_change(parts: list[tuple[str, str]]) -> None:
    html = "".join(
        f'<p>{text}</p><a href="https://example.com/{number}">x</a>' for number, (text, _) in enumerate(parts)
    )

    tracked, targets = rewritten(html)

    for number, target in enumerate(targets, start=1):
        tracked = tracked.replace(f'"https://t.example/{number}"', f'"{target}"', 1)
    assert tracked == html


@given(TEXT)
def test_the_picture_is_the_last_thing_in_the_body(text: str) -> None:
    html = with_picture(f"<html><body><p>{text.replace('<', '')}</p></body></html>", "https://t.example/o/x.gif?a&b")

    pictures = LexborHTMLParser(html).css("img")
    assert [picture.attributes["src"] for picture in pictures] == ["https://t.example/o/x.gif?a&b"]
    assert html.endswith("</body></html>")
    assert unescape(html).count("t.example") == 1


def test_html_without_a_body_gets_the_picture_at_its_end() -> None:
    assert with_picture("<p>Hi</p>", "https://t.example/o").startswith("<p>Hi</p><img ")


@pytest.mark.parametrize("piece", ["<a ", "<a href=", '<a href="', "<a " + "x" * 1_000, "</body", "href='"])
@pytest.mark.timeout(60)
def test_no_text_takes_more_than_its_length(piece: str) -> None:
    # Quadratic work on 300 kB would take minutes.
    html = piece * (300_000 // len(piece))

    assert with_picture(rewritten(html)[0], "https://t.example/o").startswith(piece[:2])
