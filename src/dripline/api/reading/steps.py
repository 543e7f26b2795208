"""Reading steps: as structured sequences write them, or in the language's own keys."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from dripline.engine.versions.inlining import content_problems
from dripline.kernel.errors import Invalid, Problem
from dripline.kernel.values import Json
from dripline.sequences.editing.drafts import in_own_form
from dripline.sequences.editing.steps import After, Place, Position
from dripline.sequences.editing.structured import Unit
from dripline.sequences.language.reading import read_document
from dripline.sequences.language.walking import walk

Amount = Annotated[int, msgspec.Meta(ge=0, description="How long after what is before it; 0 is at once.")]
NativeStep = Annotated[dict[str, Any], msgspec.Meta(description="A step in the keys of the sequence language.")]
Number = Annotated[int, msgspec.Meta(ge=1, le=1_000, description="A place among the rows, counted from 1.")]

# The keys of the language that a structured step has other words for.
_WORDS = {"html": "bodyHtml", "mjml": "bodyMjml", "text": "bodyText", "template": "templateId", "sender": "senderId"}
_CONTENT = ("subject", "html", "mjml", "text")
_BODIES = ("html", "mjml", "blocks")


class StepFields(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An email with its delay, or any step as `step`. What is not named, or null, stays; an empty text removes it."""

    name: str | None = None
    subject: str | None = None
    preview_text: str | None = None
    body_html: str | None = None
    body_mjml: str | None = None
    body_text: str | None = None
    layout: str | None = None
    template_id: str | None = None
    sender_id: str | None = None
    delay_amount: Amount | None = None
    delay_unit: Unit | None = None
    step: NativeStep | None = None


class NewStep(StepFields, frozen=True, rename="camel", kw_only=True):
    """A step to add: at the end, behind another one (`after`), or at a `position`."""

    after: str | None = None
    position: Number | None = None
    expected_revision: int | None = None


class StepPatch(StepFields, frozen=True, rename="camel", kw_only=True):
    """What to change about a step."""

    expected_revision: int | None = None


class StepMove(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Where a step shall go: behind another one, or to a position."""

    after: str | None = None
    position: Number | None = None
    expected_revision: int | None = None


def read_place(after: str | None, position: int | None) -> Place:
    """A place; the end where none is given.

    Raises:
        Invalid: both ways to say it are used.
    """
    if after is not None and position is not None:
        raise Invalid.at("position", "is given together with 'after'", found=str(position), expected="one of them")
    if after is not None:
        return After(after)
    return Position(position) if position is not None else None


def read_native(data: StepFields) -> list[Mapping[str, Json]] | None:
    """The step or steps that `step` writes, in the language's own keys; None when there is no `step`.

    Raises:
        Invalid: it cannot be read, or other fields are given besides. Names places from `step` on.
    """
    if data.step is None:
        return None
    others = [name for name in given_fields(data) if name != "step"]
    if others:
        raise Invalid.at(others[0], "is given together with 'step'", expected="one of them")
    check_step(data.step, structured=False)
    return in_own_form(data.step)


def given_fields(data: StepFields) -> list[str]:
    """The names of the fields of a step that say something, as they are written."""
    fields = msgspec.structs.fields(StepFields)
    return [field.encode_name for field in fields if getattr(data, field.name) is not None]


def revised(
    before: Mapping[str, Json], data: StepFields, *, template: str | None, sender: str | None
) -> dict[str, Json]:
    """The email that fields make of one. `template` is a slug and `sender` a mailbox, each found by its id.

    A template takes the place of content, and content that of a template.
    """
    given: dict[str, Json] = {
        "name": data.name,
        "template": template,
        "subject": data.subject,
        "previewText": data.preview_text,
        "html": data.body_html,
        "mjml": data.body_mjml,
        "text": data.body_text,
        "layout": data.layout,
        "sender": sender if data.sender_id else data.sender_id,
    }
    new = {key: value for key, value in given.items() if value is not None}
    of_content = (*_CONTENT, "blocks", "previewText", "layout")
    replaced = of_content if template is not None else ("template",) if new.keys() & set(_CONTENT) else ()
    bodies = _BODIES if new.keys() & set(_BODIES) else ()
    kept = {key: value for key, value in before.items() if key not in replaced and key not in bodies}
    return {key: value for key, value in {**kept, **new}.items() if value != "" or key == "subject"}


def check_step(step: Mapping[str, Json], *, structured: bool) -> None:
    """Refuse a step that cannot be read.

    Raises:
        Invalid: names places in the words that the step was written in.
    """
    try:
        definition = read_document({"trigger": {"api": True}, "steps": [step]})
    except Invalid as error:
        raise Invalid.of([_placed(problem, structured=structured) for problem in error.problems]) from None
    wrong = [
        replace(problem, path=f"{placed.path}.{problem.path}")
        for placed in walk(definition)
        for problem in content_problems(placed.step)
    ]
    if wrong:
        raise Invalid.of([_placed(problem, structured=structured) for problem in wrong])


def _placed(problem: Problem, *, structured: bool) -> Problem:
    path = problem.path.removeprefix("steps[0]").removeprefix(".")
    path = _WORDS.get(path, path) if structured else f"step.{path}".removesuffix(".")
    return replace(problem, path=path)
