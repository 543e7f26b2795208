"""What answers look like, as JSON Schema: the part of our blocks that a model may write, with their own limits."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from dripline.authoring.models.asking import Form
from dripline.templates.blocks.fields import Field, fields_of
from dripline.templates.blocks.model import Block, Button, Divider, Heading, List, Text, type_of

WRITTEN: Mapping[type[Block], tuple[str, ...]] = {
    Heading: ("content", "level"),
    Text: ("content",),
    List: ("items", "ordered"),
    Button: ("text", "url"),
    Divider: (),
}
"""The kinds of blocks that a model may write, and which of their fields.

None shows a picture, or quotes somebody: it would have to be made up.
"""

MOST_BLOCKS = 30
_TYPES = {"inline HTML": "string", "link": "string", "true or false": "boolean"}


@cache
def mail_form() -> Form:
    """A mail: subject, preview and blocks."""
    return Form("mail", _object({"subject": _STRING, "previewText": _STRING, "blocks": _list(_block())}))


@cache
def plan_form() -> Form:
    """The plan of a sequence: what each mail is for, and how many days it comes after the one before it."""
    mail = {"purpose": _STRING, "delayDays": {"type": "integer"}}
    return Form("plan", _object({"mails": _list(_object(mail))}))


@cache
def subjects_form() -> Form:
    """Subject lines."""
    return Form("subjects", _object({"subjects": _list(_STRING)}))


_STRING: Mapping[str, Any] = {"type": "string"}


def _block() -> Mapping[str, Any]:
    return {"anyOf": [_kind(kind, names) for kind, names in WRITTEN.items()]}


def _kind(kind: type[Block], names: tuple[str, ...]) -> Mapping[str, Any]:
    fields = fields_of(kind)
    word = {"type": {"type": "string", "enum": [type_of(kind)]}}
    return {**_object({**word, **{name: _field(fields[name]) for name in names}}), "description": kind.__doc__ or ""}


def _field(field: Field) -> Mapping[str, Any]:
    if field.says.startswith("list of"):
        return _list({"type": "string", "description": field.says.removeprefix("list of ")})
    if field.says.startswith("whole number"):
        return {"type": "integer", "description": field.says}
    return {"type": _TYPES[field.says], "description": field.says}


def _list(items: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "array", "items": items}


def _object(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
