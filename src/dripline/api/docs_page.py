"""The API as one page to read: made from the OpenAPI document, with nothing loaded from elsewhere."""

from collections.abc import Iterator
from html import escape
from typing import Any

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin
from typing_extensions import override

from dripline.api.documents import document_of

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line) } code, pre { font: 14px/1.5 ui-monospace, monospace }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem }
summary { cursor: pointer } summary b { display: inline-block; width: 4.5rem } summary span { opacity: .75 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 } td, th { border-top: 1px solid var(--line);
text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top } nav a { margin-right: 1rem }
"""


class ReadablePage(OpenAPIRenderPlugin):
    """Shows every route with its parameters, bodies and answers."""

    @override
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return "".join(_page(document_of(request.app))).encode()


def _page(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body><h1>{escape(info['title'])}</h1>"
    yield f"<p>{escape(info.get('description') or '')}</p>"
    yield '<p><a href="openapi.json">OpenAPI document</a></p>'
    groups = _by_tag(document)
    yield "<nav>" + "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in groups) + "</nav>"
    for tag, operations in groups.items():
        yield f'<h2 id="{escape(tag)}">{escape(tag)}</h2>'
        for method, path, operation in operations:
            yield from _operation(method, path, operation, document)
    yield "</body></html>"


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, item in document["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if operation := item.get(method):
                tag = (operation.get("tags") or ["Other"])[0]
                groups.setdefault(tag, []).append((method.upper(), path, operation))
    return dict(sorted(groups.items()))


def _operation(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    summary = escape(operation.get("summary") or "")
    yield f"<details><summary><b>{method}</b><code>{escape(path)}</code> <span>{summary}</span></summary>"
    yield f"<p>{escape(operation.get('description') or '')}</p>"
    if parameters := operation.get("parameters"):
        yield _table("Parameters", [(p["name"], p["in"], p.get("description") or "") for p in parameters])
    if body := operation.get("requestBody"):
        yield from _content("Body", body["content"], document)
    for status, response in operation.get("responses", {}).items():
        yield from _content(f"{status} {response.get('description') or ''}", response.get("content") or {}, document)
    yield "</details>"


def _content(title: str, content: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    if not content:
        yield f"<p>{escape(title)}</p>"
    for media_type, media in content.items():
        schema = _resolve(media.get("schema") or {}, document)
        required = set(schema.get("required") or ())
        rows = [
            (name, _type(field) + ("" if name in required else ", optional"), field.get("description") or "")
            for name, field in (schema.get("properties") or {}).items()
        ]
        yield _table(f"{title} ({media_type})", rows or [("", _type(schema), schema.get("description") or "")])


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    cells = "".join(f"<tr><td><code>{escape(a)}</code><td>{escape(b)}<td>{escape(c)}" for a, b, c in rows)
    return f"<table><tr><th colspan=3>{escape(title)}{cells}</table>"


def _resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if options := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(_type(option) for option in options)
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_type(schema.get('items') or {})}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind or "anything")
