"""The building blocks of the JSON Schema: objects whose null keys count as absent, and the small forms of texts.

A schema cannot say everything that reading checks (that ids are not given twice, that a window is not empty). It
accepts whatever reads, so that an editor never marks what is right.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from dripline.documents.fields import LONGEST_CONTENT, LONGEST_NAME
from dripline.kernel.durations import UNITS
from dripline.kernel.values import Json
from dripline.predicates.paths import FIXED, LONGEST, OPEN

Schema = Mapping[str, Json]

ANYTHING: Schema = {}
NULL: Schema = {"type": "null"}
FLAG: Schema = {"type": "boolean"}


def text(longest: int = LONGEST_NAME) -> Schema:
    """A text that is not blank."""
    return {"type": "string", "pattern": r"\S", "maxLength": longest}


def matching(pattern: str, *, longest: int = LONGEST_NAME, about: str) -> Schema:
    """A text of a form."""
    return {"type": "string", "pattern": pattern, "maxLength": longest, "description": about}


def whole(least: int, most: int) -> Schema:
    """A whole number between two bounds, both included."""
    return {"type": "integer", "minimum": least, "maximum": most}


def one_of(words: type[StrEnum] | Sequence[str]) -> Schema:
    """One of the words of a closed set."""
    return {"enum": [str(word) for word in words]}


def listed(items: Schema, *, least: int = 0, most: int | None = None) -> Schema:
    """A list."""
    bounds = {"minItems": least, "maxItems": most}
    return {"type": "array", "items": items, **{key: bound for key, bound in bounds.items() if bound}}


def ref(name: str) -> Schema:
    """The schema of a name among the definitions."""
    return {"$ref": f"#/$defs/{name}"}


def an_object(
    keys: Mapping[str, Schema],
    *,
    needed: Collection[str] = (),
    never_null: Collection[str] = (),
    rules: Sequence[Schema] = (),
    about: str | None = None,
) -> Schema:
    """A mapping with these keys and no others. A key that is not needed may be null, which is as good as absent."""
    exact = {*needed, *never_null}
    properties: dict[str, Json] = {key: form if key in exact else or_null(form) for key, form in keys.items()}
    schema: dict[str, Json] = {"type": "object", "properties": properties, "additionalProperties": False}
    if needed:
        schema["required"] = list(needed)
    if rules:
        schema["allOf"] = list(rules)
    return {"description": about, **schema} if about else schema


def or_null(schema: Schema) -> Schema:
    """What the schema accepts, or null."""
    kind = schema.get("type")
    if kind == "null":
        return schema
    if isinstance(kind, str):
        return {**schema, "type": [kind, "null"]}
    words = schema.get("enum")
    if isinstance(words, list):
        return {**schema, "enum": [*words, None]}
    return {"anyOf": [schema, NULL]} if schema else schema


def holding(key: str, schema: Schema) -> Schema:
    """It is a mapping, and the key is there, with a value that fits."""
    return {"type": "object", "required": [key], "properties": {key: schema}}


def has(key: str) -> Schema:
    """The key is there, and is not null."""
    return holding(key, {"not": NULL})


def has_one(*keys: str) -> Schema:
    """Exactly one of the keys is there."""
    return {"oneOf": [has(key) for key in keys]}


def has_any(*keys: str) -> Schema:
    """At least one of the keys is there."""
    return {"anyOf": [has(key) for key in keys]}


def has_none(*keys: str) -> Schema:
    """None of the keys is there."""
    return {"not": has_any(*keys)}


def when(condition: Schema, then: Schema) -> Schema:
    """Whatever fits the condition also fits `then`."""
    return {"if": condition, "then": then}


def is_word(key: str, *words: str) -> Schema:
    """The key is there and is one of the words."""
    return holding(key, {"enum": list(words)})


def _duration() -> str:
    once = "".join(f"(?!.*{unit}.*{unit})" for unit in UNITS)
    return rf"^{once}(?:[0-9]{{1,7}}[{''.join(UNITS)}]){{1,{len(UNITS)}}}$"


def _path() -> str:
    opened = "|".join(f"{re.escape(root)}.+" for root in OPEN)
    return rf"^(?!.*\.\.)(?!.*\.$)(?:{'|'.join(map(re.escape, FIXED))}|{opened})$"


NAME = text()
CONTENT = text(LONGEST_CONTENT)
DURATION = matching(_duration(), about="A duration such as 30m, 2h, 3d, 1w or 1d12h.")
TIME_OF_DAY = matching("^(?:[01][0-9]|2[0-3]):[0-5][0-9]$", about="A local time such as 09:00.")
MOMENT = matching("^[0-9]{4}-[0-9]{2}-[0-9]{2}", about="An ISO date or time.")
MAILBOX = matching("@", about="An address, or Name <address>.")
PATH = matching(_path(), longest=LONGEST, about="contact.<field>, contact.properties.<name> or event.<name>.")
