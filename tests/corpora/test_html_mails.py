"""Other people's mails become blocks, and these a mail again, without losing a link, an image or a word."""

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dripline.templates.blocks.compiling import compile_blocks
from dripline.templates.blocks.from_html.converting import blocks_of_html
from dripline.templates.blocks.model import write
from dripline.templates.compiling import with_preview

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "postmark-templates"
if not FOLDER.exists():
    pytest.skip("the corpora are not here", allow_module_level=True)

_FILES = sorted(FOLDER.rglob("*.html"))


class _Seen(HTMLParser):
    """Reads links, images and words with a parser that is not ours."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[str] = []
        self.words: list[str] = []
        self._unseen = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [given["href"] or ""] if tag == "a" and "href" in given else []
        self.images += [given["src"] or ""] if tag == "img" else []
        self._unseen += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        self.words += [] if self._unseen else data.split()

    @property
    def all(self) -> tuple[list[str], list[str], list[str]]:
        return self.links, self.images, self.words


@pytest.mark.parametrize("file", _FILES, ids=lambda file: "-".join(file.parts[-4:-1]))
def test_a_mail_keeps_every_link_image_and_word_in_its_order(file: Path) -> None:
    html = file.read_text("utf-8")

    found = blocks_of_html(html)

    assert _Seen(with_preview(compile_blocks(found.blocks), found.preview_text)).all == _Seen(html).all


def test_no_part_of_them_has_to_stay_html() -> None:
    kinds = Counter(kind for file in _FILES for kind in _kinds(write(blocks_of_html(file.read_text("utf-8")).blocks)))

    # Each has a heading, a button or a table, and every one of them is laid out in tables within tables.
    assert kinds["html"] == 0
    assert min(kinds["heading"], kinds["text"], kinds["button"]) >= len(_FILES)


def _kinds(blocks: list[dict[str, Any]]) -> list[str]:
    nested = [inner for block in blocks for inner in (*block.get("blocks", ()), *block.get("else", ()))]
    nested += [inner for block in blocks for column in block.get("columns", ()) for inner in column.get("blocks", ())]
    return [str(block["type"]) for block in blocks] + (_kinds(nested) if nested else [])
