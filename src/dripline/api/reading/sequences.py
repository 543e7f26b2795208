"""Reading sequences: definitions as text or as an object, expected revisions, snapshots of events."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import msgspec

from dripline.authoring.drafts.beginning import Goal, read_goal
from dripline.engine.versions.structured import Heading
from dripline.kernel.errors import Invalid
from dripline.kernel.values import Json, check_properties, check_text
from dripline.sequences.editing.heading import new_text
from dripline.sequences.editing.structured import TriggerType
from dripline.sequences.language.beside import read_triggers, with_trigger
from dripline.sequences.language.model import Trigger
from dripline.sequences.language.reading import read_document
from dripline.sequences.language.writing import trigger_to_json

LONGEST_NAME = 200
LARGEST_DEFINITION = 256_000

DefinitionText = Annotated[
    str | dict[str, Any], msgspec.Meta(description="YAML or JSON as text, or the same as an object.")
]

Triggers = Annotated[
    list[dict[str, Any]],
    msgspec.Meta(description="At most one trigger, for a definition without its own: `event` and `conditions`."),
]


class Structured(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What stands above the steps, in ids. It comes before what a definition says; an empty `senderId` is no sender."""

    trigger_type: TriggerType | None = None
    trigger_list_id: str | None = None
    trigger_segment_id: str | None = None
    trigger_event: str | None = None
    trigger_tag: str | None = None
    sender_id: str | None = None
    enroll_existing: bool | None = None


class NewSequence(Structured, frozen=True, rename="camel", kw_only=True):
    """A sequence to draft: with a `definition`, with a `triggerType` and no steps yet, or for a `brief` (or `goal`).

    Mails for a brief, `emailCount` of them, are written in the background. Without `slug` (or `id`) it is made from the
    name.
    """

    name: str
    brief: str | None = None
    goal: str | None = None
    email_count: int | None = None
    definition: DefinitionText | None = None
    triggers: Triggers | None = None
    slug: str | None = None
    id: str | None = None


class SequencePut(Structured, frozen=True, rename="camel", kw_only=True):
    """A sequence as it shall be: made where there is none. `id`, when given, is the one in the path.

    Without a `definition` it is changed as PATCH does. A body of the type `application/yaml` is the definition itself.
    """

    as_yaml: ClassVar[str] = "definition"

    definition: DefinitionText | None = None
    triggers: Triggers | None = None
    name: str | None = None
    id: str | None = None
    expected_revision: int | None = None


class SequencePatch(Structured, frozen=True, rename="camel", kw_only=True):
    """What to change. What is not named, or null, stays."""

    name: str | None = None
    definition: DefinitionText | None = None
    expected_revision: int | None = None


class Duplicate(msgspec.Struct, frozen=True):
    """What a copy is called. Without a `slug` it is that of the original with `-copy`."""

    name: str | None = None
    slug: str | None = None


def read_brief(data: NewSequence) -> Goal | None:
    """What the mails shall be written for, if they shall.

    Raises:
        Invalid: it cannot be, or comes together with what it would be written over.
    """
    path = "brief" if data.brief is not None else "goal"
    text = data.brief if data.brief is not None else data.goal
    if text is None:
        if data.email_count is not None:
            raise Invalid.at("emailCount", "is given without a brief", expected="a brief, or no emailCount")
        return None
    if data.brief is not None and data.goal is not None:
        raise Invalid.at("goal", "is given together with brief", expected="one of them")
    for name, given in (("definition", data.definition), ("triggers", data.triggers)):
        if given is not None:
            raise Invalid.at(name, f"is given together with {path}", expected="one of them, or triggerType")
    return read_goal(text, data.email_count, path=path)


def read_heading(data: Structured) -> Heading:
    """What stands above the steps."""
    for path, text in (("triggerEvent", data.trigger_event), ("triggerTag", data.trigger_tag)):
        check_text(text or "", path, longest=LONGEST_NAME)
    return Heading(
        trigger_type=data.trigger_type,
        trigger_list=data.trigger_list_id,
        trigger_segment=data.trigger_segment_id,
        trigger_event=data.trigger_event,
        trigger_tag=data.trigger_tag,
        sender=data.sender_id,
        enroll_existing=data.enroll_existing,
    )


def read_new_text(
    definition: str | Mapping[str, Json] | None, triggers: Sequence[Json] | None, heading: Heading
) -> str:
    """The text to begin with: that of the definition, else one without steps, for a heading that says what starts it.

    Raises:
        Invalid: there is neither, or the definition is none.
    """
    if definition is not None:
        return read_definition_text(definition, triggers)
    if heading.is_empty:
        raise Invalid.at("definition", "is missing", found="nothing", expected="a definition, or a triggerType")
    if triggers:
        raise Invalid.at("triggers", "is given without a definition", expected="triggerType")
    return new_text()


def read_definition_text(value: str | Mapping[str, Json], triggers: Sequence[Json] | None = None) -> str:
    """The text to keep of a definition; of an object, its JSON. A trigger that is given beside it becomes part of it.

    Raises:
        Invalid: it is too long, the object is no definition, or the triggers do not fit. Whether a text is a
            definition, the verb says.
    """
    trigger = read_triggers(triggers) if triggers else None
    if isinstance(value, str):
        text = check_text(value, "definition", longest=LARGEST_DEFINITION)
    else:
        text = check_text(_text_of(value, trigger), "definition", longest=LARGEST_DEFINITION)
    return with_trigger(text, trigger) if trigger is not None else text


def _text_of(value: Mapping[str, Json], trigger: Trigger | None) -> str:
    whole = {"trigger": trigger_to_json(trigger), **value} if trigger is not None else value
    # Read here as well as later, so that faults carry paths only: the lines of our text mean nothing to its author.
    read_document(whole)
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


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
