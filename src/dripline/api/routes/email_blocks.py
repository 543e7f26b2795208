"""The catalogue of blocks: what a mail can be made of."""

from litestar import get

from dripline.api.answers import NOT_FOUND
from dripline.api.paging import Page
from dripline.api.parameters import KindRef
from dripline.kernel.errors import NotFound
from dripline.templates.blocks.catalogue import KindEntry, catalogue


@get("/email-blocks", sync_to_thread=False)
def list_email_blocks() -> Page[KindEntry]:
    """Every kind of block with its fields and an example; all on one page."""
    return Page(catalogue(), catalogue(), None, None, False)


@get("/email-blocks/{kind:str}", sync_to_thread=False, responses=NOT_FOUND)
def get_email_block(kind: KindRef) -> KindEntry:
    """One kind of block."""
    return kind_named(kind)


def kind_named(name: str) -> KindEntry:
    """The kind of block that a word names.

    Raises:
        NotFound: there is none.
    """
    found = next((kind for kind in catalogue() if kind.type == name), None)
    if found is None:
        raise NotFound.of("type of block", name)
    return found


ROUTES = [list_email_blocks, get_email_block]
