"""The API about itself."""

from functools import cache
from typing import Any

import msgspec
from litestar import MediaType, Request, get
from litestar.response import Redirect

from dripline.api.documents import document_of
from dripline.sequences.language.schema import language_schema


@get("/openapi.json", include_in_schema=False, media_type=MediaType.JSON)
async def openapi_document(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The OpenAPI document of this release."""
    return document_of(request.app)


@get("/sequences/schema", include_in_schema=False, media_type="application/schema+json")
async def sequence_schema() -> bytes:
    """The JSON Schema of the sequence language, for editors. It needs no key."""
    return _schema()


@get(["/", "/api"], include_in_schema=False, status_code=302)
async def front_page() -> Redirect:
    """Leads whoever opens the address in a browser to the description of the API."""
    return Redirect("/api/docs")


@cache
def _schema() -> bytes:
    return msgspec.json.encode(language_schema())


ROUTES = [openapi_document, sequence_schema]
PUBLIC = [front_page]
