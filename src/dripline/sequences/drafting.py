"""Changing drafts step by step, and copying them. What is published stays as it is."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from dripline.database.work import Tx
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import WorkspaceId
from dripline.kernel.values import Json
from dripline.sequences import lifecycle, store
from dripline.sequences.editing import steps as editing
from dripline.sequences.editing.drafts import Draft, open_draft
from dripline.sequences.editing.steps import Place
from dripline.sequences.language.walking import walk
from dripline.sequences.language.writing import from_json
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.model import Status

Step = Mapping[str, Json]
Revise = Callable[[Step], Step]
Result = TypeVar("Result")

_LONGEST_SLUG = 110
_LONGEST_NAME = 190


async def add_steps(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    steps: Sequence[Step],
    place: Place,
    *,
    expected_revision: int | None = None,
    now: datetime,
) -> tuple[Drip, tuple[str, ...]]:
    """The sequence with new steps in its draft, and their ids. See `editing.steps.insert_steps` for what it refuses.

    Raises:
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is archived.
    """
    sequence = await _editable(tx, workspace, ref, expected_revision)
    published = await store.versions(tx, workspace, [(sequence.id, sequence.version)])
    reserved = [str(placed.step.id) for version in published for placed in walk(from_json(version.tree))]
    text, ids = await _thought_over(
        sequence, lambda draft: editing.insert_steps(draft, steps, place, reserved=reserved)
    )
    return await _save(tx, workspace, sequence, text, now=now), ids


async def change_step(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    step_id: str,
    revise: Revise,
    *,
    delay: Callable[[str | None], str | None] = lambda _: None,
    expected_revision: int | None = None,
    now: datetime,
) -> Drip:
    """The sequence with another step: `revise` gives what it says from what it said.

    `delay` gives how long an email comes after what is before it, from how long it did; None leaves it.

    Raises:
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is archived.
        NotFound: there is no such step.
        Invalid: the step cannot be read.
    """

    def change(draft: Draft) -> str:
        written = draft.find(step_id)
        before = editing.delay_of(draft, written)
        length = delay(str(before.values["duration"]) if before is not None else None) if written.is_email else None
        return editing.change_step(draft, step_id, revise(written.values), delay=length)

    sequence = await _editable(tx, workspace, ref, expected_revision)
    return await _save(tx, workspace, sequence, await _thought_over(sequence, change), now=now)


async def move_step(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    step_id: str,
    place: Place,
    *,
    expected_revision: int | None = None,
    now: datetime,
) -> Drip:
    """The sequence with a step elsewhere. See `editing.steps.move_step` for what it refuses.

    Raises:
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is archived.
    """
    sequence = await _editable(tx, workspace, ref, expected_revision)
    text = await _thought_over(sequence, lambda draft: editing.move_step(draft, step_id, place))
    return await _save(tx, workspace, sequence, text, now=now)


async def remove_step(
    tx: Tx, workspace: WorkspaceId, ref: str, step_id: str, *, expected_revision: int | None = None, now: datetime
) -> Drip:
    """The sequence without a step. See `editing.steps.remove_step` for what it refuses.

    Raises:
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is archived.
    """
    sequence = await _editable(tx, workspace, ref, expected_revision)
    text = await _thought_over(sequence, lambda draft: editing.remove_step(draft, step_id))
    return await _save(tx, workspace, sequence, text, now=now)


async def duplicate(
    tx: Tx, workspace: WorkspaceId, ref: str, *, name: str | None = None, slug: str | None = None, now: datetime
) -> Drip:
    """A new draft that says what a sequence says, its draft where it has one.

    Raises:
        NotFound: there is no such sequence.
        Invalid: the slug is none.
        Conflict: the slug is taken; one that is made here is not.
    """
    sequence = await store.find(tx, workspace, ref)
    name = name or f"{sequence.name[:_LONGEST_NAME]} (copy)"
    if slug is not None:
        return await lifecycle.create(tx, workspace, name=name, slug=slug, definition=sequence.definition, now=now)
    wanted, number = f"{sequence.slug[:_LONGEST_SLUG]}-copy", 1
    while True:
        free = wanted if number == 1 else f"{wanted}-{number}"
        try:
            return await store.add(tx, workspace, name=name, slug=free, draft=sequence.definition, now=now)
        except Conflict:
            number += 1


async def _editable(tx: Tx, workspace: WorkspaceId, ref: str, expected_revision: int | None) -> Drip:
    sequence = await lifecycle.find_expected(tx, workspace, ref, expected_revision)
    if sequence.status is Status.ARCHIVED:
        raise Conflict("A sequence that is archived cannot be changed.")
    return sequence


async def _thought_over(sequence: Drip, act: Callable[[Draft], Result]) -> Result:
    # In a thread: a large definition takes a while, and others are served meanwhile.
    return await asyncio.to_thread(lambda: act(open_draft(sequence.definition)))


async def _save(tx: Tx, workspace: WorkspaceId, sequence: Drip, text: str, *, now: datetime) -> Drip:
    if text == sequence.definition:
        return sequence
    await store.save_draft(tx, workspace, sequence.id, name=sequence.name, draft=text, now=now)
    return await store.find(tx, workspace, sequence.slug)
