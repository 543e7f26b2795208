"""Makes blocks: trees of every kind, as JSON, and mails of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.model import Blocks
from dripline.templates.blocks.reading import read_blocks

Json = Any
Tree = dict[str, Json]

_CONDITION = {"property": "contact.properties.plan", "operator": "equals", "value": "pro"}


def html_of(*blocks: Mapping[str, Json]) -> str:
    """The HTML of a mail of these blocks, as an author sends them."""
    return compile_blocks(blocks_of(*blocks))


def blocks_of(*blocks: Mapping[str, Json]) -> Blocks:
    """The blocks, which are in order."""
    read = read_blocks(list(blocks))
    assert read.problems == ()
    return read.blocks


def trees(
    words: st.SearchStrategy[str], links: st.SearchStrategy[str], *, raw: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[Tree]:
    """Blocks of any kind, nested: every text is one of `words`, every link one of `links`, raw HTML one of `raw`."""
    return st.recursive(
        leaves(words, links, words if raw is None else raw), lambda inner: _nests(words, inner), max_leaves=8
    )


def leaves(
    words: st.SearchStrategy[str], links: st.SearchStrategy[str], raw: st.SearchStrategy[str]
) -> st.SearchStrategy[Tree]:
    """Blocks that hold no others."""

    def made(kind: str, /, **fields: st.SearchStrategy[Json]) -> st.SearchStrategy[Tree]:
        return st.fixed_dictionaries({"type": st.just(kind), **fields})

    link = st.fixed_dictionaries({"text": words, "url": links})
    profile = st.fixed_dictionaries({"label": words, "url": links})
    image = st.just("https://example.com/image.png")
    return st.one_of(
        made("heading", content=words, level=st.integers(1, 6)),
        made("text", content=words.map(lambda word: f"<p>{word}</p>"), styles=_STYLES),
        made("button", text=words, url=links, variant=st.sampled_from(["primary", "outline"])),
        made("image", src=image, alt=words, href=links, width=st.integers(1, 900)),
        made("divider"),
        made("spacer", height=st.integers(1, 100)),
        made("list", items=st.lists(words, max_size=3), ordered=st.booleans()),
        made("html", content=raw.map(lambda word: f"<div>{word}</div>")),
        made("hero", title=words, content=words, src=image, alt=words, buttonText=words, buttonUrl=links),
        made("testimonial", quote=words, author=words, role=words),
        made("social", links=st.lists(profile, min_size=1, max_size=3)),
        made("logo", src=image, alt=words, href=links),
        made("header", title=words, href=links, links=st.lists(link, max_size=2)),
        made("footer", content=words, company=words, address=words, links=st.lists(link, max_size=2)),
        made("video", url=links, thumbnail=image, alt=words, text=words),
        made("discount-code", code=words, label=words, content=words),
        made("countdown", endsAt=st.just("2030-01-01T00:00:00Z"), label=words, endedText=words),
        made("table", headers=st.lists(words, max_size=2), rows=st.lists(st.lists(words, max_size=2), max_size=2)),
        made("product", name=words, price=words, oldPrice=words, content=words, url=links, buttonText=words),
    )


_COLOURS = st.sampled_from([None, "#ff0000", "navy", "rgb(1, 2, 3)"])
_STYLES = st.fixed_dictionaries(
    {
        "backgroundColor": _COLOURS,
        "textColor": _COLOURS,
        "textAlign": st.sampled_from([None, "left", "center", "right"]),
        "paddingTop": st.sampled_from([None, 0, 40]),
        "paddingLeft": st.sampled_from([None, 0, 400]),
        "borderWidth": st.sampled_from([None, 0, 2]),
    }
)


def _nests(words: st.SearchStrategy[str], inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    blocks = st.lists(inner, max_size=3)
    column = st.fixed_dictionaries({"blocks": blocks, "width": st.sampled_from([None, 20, 100]), "styles": _STYLES})
    return st.one_of(
        st.fixed_dictionaries(
            {
                "type": st.just("columns"),
                "columns": st.lists(column, min_size=1, max_size=3),
                "stackOnMobile": st.booleans(),
                "styles": _STYLES,
            }
        ),
        st.fixed_dictionaries({"type": st.just("group"), "blocks": blocks, "styles": _STYLES}),
        st.fixed_dictionaries({"type": st.just("card"), "blocks": blocks, "title": words, "styles": _STYLES}),
        st.fixed_dictionaries(
            {"type": st.just("conditional-group"), "condition": st.just(_CONDITION), "blocks": blocks, "else": blocks}
        ),
        st.fixed_dictionaries({"type": st.just("conditional-group"), "if": st.just("plan"), "blocks": blocks}),
        st.fixed_dictionaries({"type": st.just("repeat"), "source": st.just("event.items"), "blocks": blocks}),
    )


def texts_in(value: Json) -> Iterator[str]:
    """All texts in a tree, but those that are words of the language of blocks."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in {"type", "styles", "variant", "src", "thumbnail", "condition", "if", "source", "endsAt"}:
                yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
