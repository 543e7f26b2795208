"""The images of an HTML text, as far as they can be seen without a browser."""

from collections.abc import Iterator
from html.parser import HTMLParser

MOST_NAMED = 10

# An image of one or two pixels shows nothing.
_NOTHING = frozenset(("0", "1", "2"))


def without_alt(html: str) -> Iterator[str]:
    """A sentence for each of the first images that say nothing where images are not shown."""
    walk = _Walk()
    walk.feed(html)
    for source in walk.silent[:MOST_NAMED]:
        yield f"The image {_short(source)} has no alt text, which is read where images are not shown."
    if (more := len(walk.silent) - MOST_NAMED) > 0:
        yield f"{more} more images have no alt text."


class _Walk(HTMLParser):
    """Collects where images without words come from."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag != "img" or (given.get("alt") or "").strip() or given.get("role") == "presentation":
            return
        if given.get("width") not in _NOTHING and given.get("height") not in _NOTHING:
            self.silent.append(given.get("src") or "without an address")


def _short(source: str) -> str:
    return source if len(source) <= 80 else f"{source[:79]}…"
