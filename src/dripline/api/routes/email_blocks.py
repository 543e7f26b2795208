"""The catalogue of blocks: what a mail can be made of; and the blocks of a mail that was written as HTML."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody

from dripline.api.answers import NOT_FOUND, UNPROCESSABLE, answers
from dripline.api.paging import Page
from dripline.api.parameters import Calling, KindRef
from dripline.authoring.cleaning.requesting import Cleaning, ask_for_blocks
from dripline.authoring.models.endpoint import Access
from dripline.database.hints import Hint
from dripline.kernel.errors import NotFound
from dripline.kernel.ids import show
from dripline.templates.blocks.catalogue import KindEntry, catalogue
from dripline.templates.blocks.from_html.converting import blocks_of_html
from dripline.templates.blocks.model import write


class HtmlBody(msgspec.Struct, frozen=True, rename="camel"):
    """The HTML of a mail, with its Liquid. With `clean` a language model puts the blocks in order, as a job."""

    html: str
    clean: Cleaning | None = None


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


class CleaningShape(msgspec.Struct, frozen=True):
    """The job whose `result` has the blocks."""

    job: str


@post(
    "/email-blocks/from-html",
    status_code=200,
    responses=UNPROCESSABLE | answers((202, CleaningShape, "A job puts them in order.")),
)
async def convert_html_to_blocks(
    data: JSONBody[HtmlBody], caller: Calling
) -> Response[BlocksOfHtml] | Response[CleaningShape]:
    """The blocks of a mail that is HTML: no link, image or word is lost. 202 when a language model is to clean them."""
    # In a thread: a large mail takes some tenths of a second, and others are served meanwhile.
    found = await asyncio.to_thread(blocks_of_html, data.html)
    if data.clean is None:
        told = BlocksOfHtml(write(found.blocks), found.warnings, found.subject, found.preview_text)
        return Response(told, status_code=200)
    access = Access(caller.services.sealer, caller.services.environment)
    job = await caller.transact(lambda tx: ask_for_blocks(tx, caller.id, found, access=access))
    caller.wake_workers(Hint.JOB)
    return Response(CleaningShape(show("job", job)), status_code=202)


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
