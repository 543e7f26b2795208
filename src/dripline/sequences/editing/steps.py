"""Inserting, changing, moving and removing steps of a draft.

A delay of a plain duration right before an email belongs to it: they are moved and removed together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dripline.documents.editing import Edit, Insert, Move, Remove
from dripline.documents.layout import Path
from dripline.kernel.errors import Invalid
from dripline.kernel.slugs import slug_of
from dripline.kernel.values import Json
from dripline.sequences.editing.drafts import STEPS, Draft, Written, differences, rewrite, value_at
from dripline.sequences.language.model import ACTIONS, Delay, Email, Step
from dripline.sequences.language.reading import read_document
from dripline.sequences.language.walking import walk

_LONGEST_STEM = 56


@dataclass(frozen=True, slots=True)
class After:
    """Right behind a step, in the list that it stands in."""

    step: str


@dataclass(frozen=True, slots=True)
class Position:
    """A place among the rows of the sequence, counted from 1."""

    number: int


Place: TypeAlias = After | Position | None
"""None is the end of the sequence."""


@dataclass(frozen=True, slots=True)
class Row:
    """A step of the outermost list, with the delay that belongs to it."""

    step: Written
    delay: Written | None = None

    @property
    def first(self) -> int:
        """The index of its first step."""
        return (self.delay or self.step).index


def rows_of(draft: Draft) -> list[Row]:
    """The outermost steps, in order."""
    steps = draft.listed(STEPS)
    rows = [Row(each, delay_of(draft, each)) for each in steps]
    folded = {row.delay.path for row in rows if row.delay is not None}
    return [row for row in rows if row.step.path not in folded]


def delay_of(draft: Draft, written: Written) -> Written | None:
    """The delay that belongs to a step."""
    if not written.is_email or written.index == 0:
        return None
    before = next(each for each in draft.listed(written.list) if each.index == written.index - 1)
    is_plain = isinstance(before.step, Delay) and before.step.duration is not None
    return before if is_plain else None


def insert_steps(
    draft: Draft, steps: Sequence[Mapping[str, Json]], place: Place, *, reserved: Iterable[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """The text with new steps in it, in the language's own keys, and their ids: those they have, else new ones.

    New ids are none of the `reserved`: a step that was published and removed is not taken for a new one.

    Raises:
        Invalid: a step cannot be read, an id is taken, or there is no such position.
        NotFound: there is no step to put them after.
    """
    path, index = _target(draft, rows_of(draft), place)
    named = _named(draft, steps, reserved)
    return rewrite(draft, [Insert(path, index, named)]), tuple(str(step["id"]) for step in named)


def change_step(draft: Draft, step_id: str, values: Mapping[str, Json], *, delay: str | None = None) -> str:
    """The text with a step as `values` say, in the language's own keys.

    With `delay`, an email comes so long after what is before it; empty, it comes at once.

    Raises:
        Invalid: the step cannot be read, or would get another id.
        NotFound: there is no such step.
    """
    written = draft.find(step_id)
    if values.get("id", step_id) != step_id:
        raise Invalid.at("step.id", "is not the id of this step", found=repr(values["id"])[:80], expected=step_id)
    old = value_at(draft.text, written.path)
    new = {**({"id": old["id"]} if "id" in old else {}), **values}
    edits: list[Edit] = [differences(old, new, written.path)]
    if delay is not None:
        edits += _delayed(draft, written, delay)
    return rewrite(draft, edits)


def move_step(draft: Draft, step_id: str, place: Place) -> str:
    """The text with a step elsewhere. A position is the one that it has afterwards.

    Raises:
        Invalid: it would come behind or into itself, or there is no such position.
        NotFound: there is no such step, or none to put it behind.
    """
    written = draft.find(step_id)
    first, behind = _run(draft, written)
    others = [row for row in rows_of(draft) if not (row.step.list == written.list and first <= row.step.index < behind)]
    path, index = _target(draft, others, place)
    moved = {(*written.list, each) for each in range(first, behind)}
    if isinstance(place, After) and any(draft.find(place.step).path[: len(each)] == each for each in moved):
        raise Invalid.at("after", "is the step itself, or inside it", found=place.step, expected="another step")
    if path == written.list and first <= index <= behind:
        return draft.text
    ids = {step_id for step_id, each in draft.steps.items() if each.path in moved}
    return rewrite(draft, [Move(written.list, first, behind, path, index)], moved=ids)


def remove_step(draft: Draft, step_id: str) -> str:
    """The text without a step, and without the delay that belongs to it.

    Raises:
        Invalid: it is the last one where there must be one.
        NotFound: there is no such step.
    """
    written = draft.find(step_id)
    return rewrite(draft, [Remove(written.list, *_run(draft, written))])


def _run(draft: Draft, written: Written) -> tuple[int, int]:
    """The indexes of a step with its delay: from the first to the one before the second."""
    delay = delay_of(draft, written)
    return (delay or written).index, written.index + 1


def _delayed(draft: Draft, written: Written, length: str) -> list[Edit]:
    delay = delay_of(draft, written)
    if delay is None:
        steps: list[Mapping[str, Json]] = [{"action": "delay", "duration": length}]
        return [Insert(written.list, written.index, _named(draft, steps, ()))] if length else []
    if not length:
        return [Remove(delay.list, delay.index, delay.index + 1)]
    values = {**delay.values, "duration": length}
    return [differences(value_at(draft.text, delay.path), values, delay.path)]


def _target(draft: Draft, rows: Sequence[Row], place: Place) -> tuple[Path, int]:
    """The list, and the index in it, that something is to be put at."""
    match place:
        case After(step):
            behind = draft.find(step)
            return behind.list, behind.index + 1
        case Position(number) if number > len(rows) + 1:
            expected = f"1 to {len(rows) + 1}"
            raise Invalid.at("position", "is behind the end", found=str(number), expected=expected)
        case Position(number) if number <= len(rows):
            return STEPS, rows[number - 1].first
        case _:
            return STEPS, len(draft.listed(STEPS))


def _named(draft: Draft, steps: Sequence[Mapping[str, Json]], reserved: Iterable[str]) -> list[Mapping[str, Json]]:
    """The steps with ids that none of the others has."""
    read = read_document({"trigger": {"api": True}, "steps": steps})
    given = [str(each.step.id) for each in walk(read) if each.step.id is not None]
    if taken := draft.steps.keys() & set(given):
        raise Invalid.at("step.id", "is taken by another step", found=min(taken), expected="another id, or none")
    ids = {*draft.steps, *given, *reserved}
    named: list[Mapping[str, Json]] = []
    for values, step in zip(steps, read.steps, strict=True):
        step_id = step.id or _free(_stem(step), ids)
        ids.add(step_id)
        # The action stands first, then the id, as in the reference.
        named.append({"action": ACTIONS[type(step)], "id": step_id, **values})
    return named


def _stem(step: Step) -> str:
    if isinstance(step, Email) and (step.name or step.template):
        words = step.name.lower() if step.name else step.template or ""
        return slug_of(words, otherwise="email")[:_LONGEST_STEM].strip("-.")
    return ACTIONS[type(step)]


def _free(stem: str, taken: set[str]) -> str:
    numbers = (f"{stem}-{number}" for number in range(1, len(taken) + 2))
    candidates = numbers if stem in ACTIONS.values() else (stem, *numbers)
    return next(each for each in candidates if each not in taken)
