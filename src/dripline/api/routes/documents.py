"""The API about itself."""

from typing import Any

from litestar import MediaType, Request, get

from dripline.api.documents import document_of


@get("/openapi.json", include_in_schema=False, media_type=MediaType.JSON)
async def openapi_document(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The OpenAPI document of this release."""
    return document_of(request.app)


ROUTES = [openapi_document]
