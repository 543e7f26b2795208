"""The OpenAPI document, with names in it that are fit for generated clients."""

import re
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar

from dripline.api.dialects import sequenzy

# What any route may answer: when, and whether only one that wants a key does.
_REFUSALS = {
    "400": ("Something cannot be read; the details name the place.", True),
    "401": ("No key, or one that is unknown or revoked.", True),
    "413": ("The body is larger than 1 MB.", True),
    "500": ("A defect of ours; the log has it under the id.", False),
    "503": ("Out of reach just now; try again.", True),
}
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
    for path, item in tidied["paths"].items():
        error = "WireError" if sequenzy.is_in_it(path) else "ErrorBody"
        for operation in item.values():
            _add_refusals(operation, error)
    return tidied


def _add_refusals(operation: dict[str, Any], error: str) -> None:
    needs_key = "security" not in operation
    for status, (when, only_with_key) in _REFUSALS.items():
        if needs_key or not only_with_key:
            content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{error}"}}}
            operation["responses"][status] = {"description": when, "content": content}


def _tidy(name: str) -> str:
    if page := _PAGE.fullmatch(name):
        return f"{page[1]}Page"
    words = re.sub(r"(?:^|_)(\w)", lambda found: found[1].upper(), name) if "_" in name else name
    return words.removesuffix("Shape") or words
