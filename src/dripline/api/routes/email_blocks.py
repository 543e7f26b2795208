"""The catalogue of blocks: what a mail can be made of; and the blocks of a mail that was written as HTML."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page
from dripline.api.parameters import KindRef
from dripline.kernel.errors import NotFound
from dripline.templates.blocks.catalogue import KindEntry, catalogue
from dripline.templates.blocks.from_html.converting import blocks_of_html
from dripline.templates.blocks.model import write


class HtmlBody(msgspec.Struct, frozen=True, rename="camel"):
    """The HTML of a mail, with its Liquid."""

    html: str


class BlocksOfHtml(msgspec.Struct, frozen=True, rename="camel"):
    """Its blocks, a sentence for each doubt, and what its title and its first, hidden words say."""

    blocks: list[dict[str, Any]]
    warnings: Sequence[str]
    subject: str | None
    preview_text: str | None


@get("/email-blocks", sync_to_thread=False)
def list_email_blocks() -> Page[KindEntry]:
    """Every kind of block with its fields and an example; all on one page."""
    return Page(catalogue(), catalogue(), None, None, False)


@get("/email-blocks/{kind:str}", sync_to_thread=False, responses=NOT_FOUND)
def get_email_block(kind: KindRef) -> KindEntry:
    """One kind of block."""
    return kind_named(kind)


@post("/email-blocks/from-html", status_code=200)
async def convert_html_to_blocks(data: JSONBody[HtmlBody]) -> BlocksOfHtml:
    """The blocks of a mail that is HTML: no link, image or word is lost."""
    # In a thread: a large mail takes some tenths of a second, and others are served meanwhile.
    found = await asyncio.to_thread(blocks_of_html, data.html)
    return BlocksOfHtml(write(found.blocks), found.warnings, found.subject, found.preview_text)


def kind_named(name: str) -> KindEntry:
    """The kind of block that a word names.

    Raises:
        NotFound: there is none.
    """
    found = next((kind for kind in catalogue() if kind.type == name), None)
    if found is None:
        raise NotFound.of("type of block", name)
    return found


ROUTES = [list_email_blocks, get_email_block, convert_html_to_blocks]
