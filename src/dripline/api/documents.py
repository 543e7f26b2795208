"""The OpenAPI document, with names in it that are fit for generated clients."""

import re
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar

_PAGE = re.compile(r"Page_(?:\w+\.)*(\w+?)(?:Shape)?_")


@cache
def document_of(app: Litestar) -> dict[str, Any]:
    """The document of an application: `Contact` and `ContactPage` for what our code calls otherwise."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    names = {name: _tidy(name) for name in document["components"]["schemas"]}
    text = msgspec.json.encode(document).decode()
    # Every name stands in quotes or behind a slash, and ends with a quote.
    for name, tidy in sorted(names.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(f'schemas/{name}"', f'schemas/{tidy}"').replace(f'"{name}":', f'"{tidy}":')
    tidied: dict[str, Any] = msgspec.json.decode(text)
    return tidied


def _tidy(name: str) -> str:
    if page := _PAGE.fullmatch(name):
        return f"{page[1]}Page"
    words = re.sub(r"(?:^|_)(\w)", lambda found: found[1].upper(), name) if "_" in name else name
    return words.removesuffix("Shape") or words
