"""Reading sequences: definitions as text or as an object, expected revisions, snapshots of events."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json, check_properties, check_text
from dripline.sequences.language.reading import read_document

LONGEST_NAME = 200
LARGEST_DEFINITION = 256_000

DefinitionText = Annotated[
    str | dict[str, Any], msgspec.Meta(description="YAML or JSON as text, or the same as an object.")
]


class NewSequence(msgspec.Struct, frozen=True, rename="camel"):
    """A sequence to draft. Without `slug` (or `id`) it is made from the name."""

    name: str
    definition: DefinitionText
    slug: str | None = None
    id: str | None = None


class SequencePut(msgspec.Struct, frozen=True, rename="camel"):
    """A sequence as it shall be: made where there is none. `id`, when given, is the one in the path."""

    definition: DefinitionText
    name: str | None = None
    id: str | None = None
    expected_revision: int | None = None


class SequencePatch(msgspec.Struct, frozen=True, rename="camel"):
    """What to change. What is not named, or null, stays."""

    name: str | None = None
    definition: DefinitionText | None = None
    expected_revision: int | None = None


def read_definition_text(value: str | Mapping[str, Json]) -> str:
    """The text to keep of a definition; of an object, its JSON.

    Raises:
        Invalid: it is too long, or the object is no definition. Whether a text is one, the verb says.
    """
    if isinstance(value, str):
        return check_text(value, "definition", longest=LARGEST_DEFINITION)
    # Read here as well as later, so that faults carry paths only: the lines of our text mean nothing to its author.
    read_document(value)
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return check_text(text, "definition", longest=LARGEST_DEFINITION)


def read_name(name: str) -> str:
    """The name of a sequence.

    Raises:
        Invalid: it is empty or too long.
    """
    if not name.strip():
        raise Invalid.at("name", "is empty", found=repr(name[:50]), expected=f"1 to {LONGEST_NAME} characters")
    return check_text(name, "name", longest=LONGEST_NAME)


def read_revision(in_body: int | None, if_match: str | None) -> int | None:
    """The revision that a change was made for: from the body, else from the header If-Match.

    Raises:
        Invalid: the header holds no revision.
    """
    if in_body is not None or if_match is None or if_match.strip() == "*":
        return in_body
    text = if_match.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid.at("If-Match", "is no revision", found=repr(if_match[:50]), expected="a whole number")
    return int(text)


def read_snapshot(event: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
    """The properties of the event that enrolls: given alone, or as an event with a name and properties.

    Raises:
        Invalid: they cannot be kept.
    """
    if event is None:
        return None
    inner = event.get("properties")
    if isinstance(inner, Mapping) and event.keys() <= {"name", "event", "properties", "timestamp", "id"}:
        return check_properties(inner, "event.properties")
    return check_properties(event, "event")
