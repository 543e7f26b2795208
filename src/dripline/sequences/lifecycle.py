"""The life of a sequence: drafted, published, paused, archived. What starts with each move is the engine's business."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from dripline.database.work import Tx
from dripline.durable.budgets import close_budget, open_budget
from dripline.kernel.errors import Conflict, Invalid, Problem, RevisionConflict, Unprocessable
from dripline.kernel.ids import SequenceId, WorkspaceId
from dripline.sequences import store
from dripline.sequences.compiler.checking import check
from dripline.sequences.language.model import Definition, Email, EventTrigger
from dripline.sequences.language.naming import name_steps
from dripline.sequences.language.reading import read_definition
from dripline.sequences.language.walking import walk
from dripline.sequences.language.writing import to_json
from dripline.sequences.model import DEFAULT_DRAIN_RATE, DRAIN_PERIOD, SLUG, Move, Sequence, Status, after, slug_of


async def create(
    tx: Tx, workspace: WorkspaceId, *, name: str, slug: str | None = None, definition: str, now: datetime
) -> Sequence:
    """A new draft, under the slug given or made from the name.

    Raises:
        Invalid: the definition cannot be read, or the slug is none.
        Conflict: the slug is taken.
    """
    if slug is not None and not SLUG.fullmatch(slug):
        raise Invalid.at(
            "slug", "is no slug", found=slug, expected="1 to 128 letters, digits, dots, dashes, underscores"
        )
    await read(definition)
    return await store.add(tx, workspace, name=name, slug=slug or slug_of(name), draft=definition, now=now)


async def update(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    *,
    name: str | None = None,
    definition: str | None = None,
    expected_revision: int | None = None,
    now: datetime,
) -> Sequence:
    """The sequence with another name or draft. What is published stays as it is until it is activated again.

    Raises:
        Invalid: the definition cannot be read.
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is archived.
    """
    if definition is not None:
        await read(definition)
    sequence = await store.find_for_change(tx, workspace, ref)
    if expected_revision is not None and expected_revision != sequence.revision:
        raise RevisionConflict(expected=expected_revision, found=sequence.revision)
    if sequence.status is Status.ARCHIVED:
        raise Conflict("A sequence that is archived cannot be changed.")
    draft = sequence.draft if definition is None else definition
    await store.save_draft(tx, workspace, sequence.id, name=name or sequence.name, draft=draft, now=now)
    return await store.find(tx, workspace, ref_of(sequence))


async def activate(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    *,
    templates: Mapping[str, UUID],
    senders: Callable[[str], str | None],
    now: datetime,
) -> tuple[Sequence, tuple[Problem, ...]]:
    """The sequence made active, and the warnings about it. A draft is published; after a pause it drains.

    `templates` are those that exist, by every name they go by; `senders` says why a sender may not be used.

    Raises:
        Unprocessable: the definition cannot run; says why, all of it.
        Conflict: it is archived, or active with nothing new to publish.
    """
    sequence = await store.find_for_change(tx, workspace, ref)
    if not (sequence.status is Status.ACTIVE and sequence.draft is not None):
        after(sequence.status, Move.ACTIVATE)
    definition = name_steps(await read(sequence.definition))
    report = check(definition, templates=templates, senders=senders)
    if report.problems:
        raise Unprocessable.of(report.problems)
    version = sequence.version
    if sequence.draft is not None:
        used = {name: templates[name] for name in templates_of(definition)}
        tree = to_json(definition)
        version = await store.publish(
            tx, workspace, sequence, definition=sequence.draft, tree=tree, templates=used, now=now
        )
    if sequence.status is not Status.ACTIVE:
        rate = DEFAULT_DRAIN_RATE if sequence.status is Status.PAUSED else None
        await store.set_status(tx, workspace, sequence.id, Status.ACTIVE, now=now, drain_rate=rate)
        if rate is not None:
            name = drain_budget(sequence.id)
            await open_budget(tx, workspace, name, capacity=rate, period=DRAIN_PERIOD, anchor=now)
    await store.set_triggers(tx, workspace, sequence.id, version, triggers_of(definition))
    return await store.find(tx, workspace, ref_of(sequence)), report.warnings


async def pause(tx: Tx, workspace: WorkspaceId, ref: str, *, now: datetime) -> Sequence:
    """The sequence paused: one row changes, and nobody in it moves or is mailed until it is activated.

    Raises:
        Conflict: it is not active.
    """
    return await _stop(tx, workspace, ref, Move.PAUSE, now=now)


async def archive(tx: Tx, workspace: WorkspaceId, ref: str, *, now: datetime) -> Sequence:
    """The sequence archived, for ever. Its enrollments read as exited from now on.

    Raises:
        Conflict: it is archived already.
    """
    return await _stop(tx, workspace, ref, Move.ARCHIVE, now=now)


async def _stop(tx: Tx, workspace: WorkspaceId, ref: str, move: Move, *, now: datetime) -> Sequence:
    sequence = await store.find_for_change(tx, workspace, ref)
    await store.set_status(tx, workspace, sequence.id, after(sequence.status, move), now=now)
    await store.set_triggers(tx, workspace, sequence.id, sequence.version, ())
    await close_budget(tx, workspace, drain_budget(sequence.id))
    return await store.find(tx, workspace, ref_of(sequence))


async def read(definition: str) -> Definition:
    """What a text says, read in a thread: a large one takes a tenth of a second.

    Raises:
        Invalid: it cannot be read; names every place.
    """
    return await asyncio.to_thread(read_definition, definition)


def triggers_of(definition: Definition) -> list[tuple[str, str]]:
    """The facts, by kind and key, that start a sequence."""
    match definition.trigger:
        case EventTrigger(event=name):
            return [("event", name)]
        case _:
            return []


def templates_of(definition: Definition) -> set[str]:
    """The templates that a definition names."""
    steps = (placed.step for placed in walk(definition))
    return {step.template for step in steps if isinstance(step, Email) and step.template is not None}


def drain_budget(sequence: SequenceId) -> str:
    """The name of the budget that lets overdue enrollments through after a pause."""
    return f"sequence:{sequence}/drain"


def ref_of(sequence: Sequence) -> str:
    """What `find` finds this very sequence by."""
    return sequence.slug
