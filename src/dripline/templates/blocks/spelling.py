"""Other names that fields go by: those of older clients, and those that come to mind first."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dripline.templates.blocks.model import (
    Button,
    Card,
    Column,
    Columns,
    ConditionalGroup,
    Countdown,
    Footer,
    Group,
    Hero,
    Image,
    Link,
    List,
    Logo,
    Product,
    RawHtml,
    Repeat,
    Social,
    SocialLink,
    Table,
    Testimonial,
    Video,
)
from dripline.templates.blocks.values import Styles

_CHILDREN = {"children": "blocks"}

ALIASES: Mapping[type[msgspec.Struct], Mapping[str, str]] = {
    Button: {"label": "text", "content": "text", "href": "url"},
    Image: {"url": "src", "link": "href"},
    List: {"variant": "ordered"},
    Columns: {"children": "columns"},
    Column: _CHILDREN,
    Group: _CHILDREN,
    Card: _CHILDREN,
    RawHtml: {"html": "content"},
    Hero: {
        "heading": "title",
        "text": "content",
        "image": "src",
        "buttonLabel": "buttonText",
        "buttonHref": "buttonUrl",
    },
    Testimonial: {"content": "quote", "text": "quote", "name": "author", "avatar": "src"},
    Social: {"items": "links"},
    SocialLink: {"href": "url", "type": "network", "name": "label"},
    Logo: {"url": "src", "link": "href"},
    Link: {"label": "text", "href": "url"},
    Footer: {"text": "content"},
    Video: {"href": "url", "src": "thumbnail"},
    Countdown: {"date": "endsAt", "endDate": "endsAt"},
    Table: {"columns": "headers"},
    Product: {"title": "name", "image": "src", "description": "content", "href": "url"},
    ConditionalGroup: {"children": "blocks", "ifBranch": "blocks", "elseBranch": "else", "elseBlocks": "else"},
    Repeat: {"children": "blocks", "over": "source", "itemAlias": "as"},
}
"""For each kind, other names of its fields; `align` and the keys of `styles` may also stand at the block itself."""

STYLE_KEYS: Mapping[str, str] = {
    "align": "textAlign",
    **{field.encode_name: field.encode_name for field in msgspec.structs.fields(Styles)},
}


def spelled(kind: type[msgspec.Struct], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The keys as the model names them, where a field is not given under its own name too; null is nothing."""
    aliases = ALIASES.get(kind, {})
    given = {key: value for key, value in raw.items() if value is not None}
    named = {key: value for key, value in given.items() if key not in aliases}
    for key, value in given.items():
        if key in aliases:
            named.setdefault(aliases[key], _meant(key, value))
    return _with_styles(kind, named)


def _meant(key: str, value: Any) -> Any:
    match key, value:
        case "variant", "numbered" | "ordered":
            return True
        case "variant", "bullet" | "bullets" | "unordered":
            return False
        case (("ifBranch" | "elseBranch"), {"children": children}):
            return children
        case _:
            return value


def _with_styles(kind: type[msgspec.Struct], named: dict[str, Any]) -> dict[str, Any]:
    fields = kind.__struct_encode_fields__
    if "styles" not in fields:
        return named
    moved = {STYLE_KEYS[key]: value for key, value in named.items() if key in STYLE_KEYS and key not in fields}
    if not moved:
        return named
    kept = {key: value for key, value in named.items() if key in fields or key not in STYLE_KEYS}
    own = kept.get("styles", {})
    return {**kept, "styles": {**moved, **own}} if isinstance(own, Mapping) else kept
