"""The life of a sequence: drafted, published, paused, archived. What starts with each move is the engine's business."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from dripline.database.work import Tx
from dripline.durable.budgets import close_budget, open_budget
from dripline.kernel.errors import Conflict, Invalid, Problem, RevisionConflict
from dripline.kernel.ids import SequenceId, WorkspaceId, show
from dripline.kernel.slugs import SLUG, slug_of
from dripline.sequences import store
from dripline.sequences.language.model import Definition
from dripline.sequences.language.reading import read_definition
from dripline.sequences.listening import Listens, count_goals_only, let_nothing_start, let_start
from dripline.sequences.model import DEFAULT_DRAIN_RATE, DRAIN_PERIOD, Move, Sequence, Status, after
from dripline.sequences.versions import Known, add_version, checked, newest_listens


@dataclass(frozen=True, slots=True)
class Activated:
    """A sequence as it was left, what its newest version listens to, and what its author should know."""

    sequence: Sequence
    listens: Listens
    warnings: tuple[Problem, ...]


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
    sequence = await find_expected(tx, workspace, ref, expected_revision)
    if sequence.status is Status.ARCHIVED:
        raise Conflict("A sequence that is archived cannot be changed.")
    draft = sequence.draft if definition is None else definition
    await store.save_draft(tx, workspace, sequence.id, name=name or sequence.name, draft=draft, now=now)
    return await store.find(tx, workspace, ref_of(sequence))


async def activate(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: Sequence,
    definition: Definition,
    known: Known,
    *,
    rate: int = DEFAULT_DRAIN_RATE,
    now: datetime,
) -> Activated:
    """A sequence, which the caller has locked, made active; `definition` is what it says, with ids.

    A draft is published, and those who are in it stay in their versions. After a pause it drains at `rate`.

    Raises:
        Unprocessable: the definition cannot run; says why, all of it.
        Conflict: it is archived or resuming, or active with nothing new to publish, or its mails are being written.
    """
    must_be_written(sequence)
    if not (sequence.status is Status.ACTIVE and sequence.draft is not None):
        after(sequence.status, Move.ACTIVATE)
    warnings = checked(definition, known)
    if sequence.draft is not None:
        version, listens = await add_version(tx, workspace, sequence, definition, known, moving=False, now=now)
    else:
        version, listens = sequence.version, await newest_listens(tx, workspace, sequence)
    if sequence.status is Status.PAUSED:
        await _drain(tx, workspace, sequence.id, rate=rate, now=now)
    elif sequence.status is Status.DRAFT:
        await store.set_status(tx, workspace, sequence.id, Status.ACTIVE, now=now)
    await let_start(tx, workspace, sequence.id, version, listens, now=now)
    return Activated(await store.find(tx, workspace, ref_of(sequence)), listens, warnings)


async def publish(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: Sequence,
    definition: Definition,
    known: Known,
    *,
    moving: bool,
    now: datetime,
) -> Activated:
    """The draft of a sequence, which the caller has locked, published; `definition` is what it says, with ids.

    Its status stays. With `moving`, those who are in older versions go on in this one, each from the next turn on.

    Raises:
        Unprocessable: the draft cannot run; says why, all of it.
        Conflict: it is neither active nor paused, or there is no draft.
    """
    must_have_draft(sequence)
    warnings = checked(definition, known)
    version, listens = await add_version(tx, workspace, sequence, definition, known, moving=moving, now=now)
    if sequence.status is Status.ACTIVE:
        await let_start(tx, workspace, sequence.id, version, listens, now=now)
    return Activated(await store.find(tx, workspace, ref_of(sequence)), listens, warnings)


def must_be_written(sequence: Sequence) -> None:
    """Refuse what is still being filled in the background.

    Raises:
        Conflict: it is.
    """
    if sequence.enrichment is not None and sequence.enrichment.is_under_way:
        done = f"{sequence.enrichment.written} of {sequence.enrichment.mails}"
        raise Conflict(f"The mails of this sequence are still being written ({done}). Read them, then activate it.")


def must_have_draft(sequence: Sequence) -> None:
    """Refuse what has nothing to publish.

    Raises:
        Conflict: it is neither active nor paused, or there is no draft.
    """
    if sequence.status not in (Status.ACTIVE, Status.PAUSED):
        advice = " Activate it." if sequence.status is Status.DRAFT else ""
        raise Conflict(f"Only what is active or paused has a next version; this sequence is {sequence.status}.{advice}")
    if sequence.draft is None:
        raise Conflict("There is nothing to publish: the definition is that of the published version.")


async def pause(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    *,
    expected_revision: int | None = None,
    reason: str | None = None,
    now: datetime,
) -> Sequence:
    """The sequence paused: one row changes, and nobody in it moves or is mailed until it is resumed.

    `reason` is kept where nobody asked for it.

    Raises:
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is neither active nor resuming.
    """
    sequence = await find_expected(tx, workspace, ref, expected_revision)
    # What was resuming counts as paused from the time on to which its waits are moved.
    since = sequence.paused_at or now
    status = after(sequence.status, Move.PAUSE)
    await store.set_status(tx, workspace, sequence.id, status, paused_at=since, paused_for=reason, now=now)
    await let_nothing_start(tx, workspace, sequence.id, now=now)
    await close_budget(tx, workspace, drain_budget(sequence.id))
    return await store.find(tx, workspace, ref_of(sequence))


async def resume(
    tx: Tx, workspace: WorkspaceId, sequence: Sequence, *, rate: int = DEFAULT_DRAIN_RATE, now: datetime
) -> Sequence:
    """A sequence, which the caller has locked, active again: what became overdue drains at `rate` a minute.

    A draft stays a draft.

    Raises:
        Conflict: it is not paused.
    """
    after(sequence.status, Move.RESUME)
    await _drain(tx, workspace, sequence.id, rate=rate, now=now)
    listens = await newest_listens(tx, workspace, sequence)
    await let_start(tx, workspace, sequence.id, sequence.version, listens, now=now)
    return await store.find(tx, workspace, ref_of(sequence))


async def begin_resuming(tx: Tx, workspace: WorkspaceId, sequence: Sequence, *, now: datetime) -> Sequence:
    """A sequence, which the caller has locked, about to be resumed: nobody moves until `finish_resuming`.

    From now on it counts as paused since `now`: should it be paused in between, this is what has been made up for.

    Raises:
        Conflict: it is not paused.
    """
    status = after(sequence.status, Move.RESUME)
    await store.set_status(tx, workspace, sequence.id, status, paused_at=now, now=now)
    return await store.find(tx, workspace, ref_of(sequence))


async def finish_resuming(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, rate: int, now: datetime) -> bool:
    """Make a sequence active again that has been resuming since `now`; what was due by then drains at `rate`.

    False when it is not resuming any more: it was paused or archived in between.
    """
    found = await store.find_for_change(tx, workspace, show("sequence", sequence))
    if found.status is not Status.RESUMING:
        return False
    await _drain(tx, workspace, sequence, rate=rate, now=now)
    await let_start(tx, workspace, sequence, found.version, await newest_listens(tx, workspace, found), now=now)
    return True


async def archive(
    tx: Tx, workspace: WorkspaceId, ref: str, *, expected_revision: int | None = None, now: datetime
) -> Sequence:
    """The sequence archived, for ever. Its enrollments read as exited from now on.

    Raises:
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is archived already.
    """
    sequence = await find_expected(tx, workspace, ref, expected_revision)
    await store.set_status(tx, workspace, sequence.id, after(sequence.status, Move.ARCHIVE), now=now)
    await count_goals_only(tx, workspace, sequence.id, now=now)
    await close_budget(tx, workspace, drain_budget(sequence.id))
    return await store.find(tx, workspace, ref_of(sequence))


async def find_expected(tx: Tx, workspace: WorkspaceId, ref: str, expected_revision: int | None) -> Sequence:
    """One sequence, locked against other writers.

    Raises:
        NotFound: there is none.
        RevisionConflict: it is no longer at `expected_revision`.
    """
    sequence = await store.find_for_change(tx, workspace, ref)
    must_be_at(sequence, expected_revision)
    return sequence


def must_be_at(sequence: Sequence, expected_revision: int | None) -> None:
    """Refuse what was meant for another revision; None expects nothing.

    Raises:
        RevisionConflict: it is not at that revision.
    """
    if expected_revision is not None and expected_revision != sequence.revision:
        raise RevisionConflict(expected=expected_revision, found=sequence.revision)


async def _drain(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, *, rate: int, now: datetime) -> None:
    await store.set_status(tx, workspace, sequence, Status.ACTIVE, now=now, drain_rate=rate)
    await open_budget(tx, workspace, drain_budget(sequence), capacity=rate, period=DRAIN_PERIOD, anchor=now)


async def read(definition: str) -> Definition:
    """What a text says, read in a thread: a large one takes a tenth of a second.

    Raises:
        Invalid: it cannot be read; names every place.
    """
    return await asyncio.to_thread(read_definition, definition)


def drain_budget(sequence: SequenceId) -> str:
    """The name of the budget that lets overdue enrollments through after a pause."""
    return f"sequence:{sequence}/drain"


def ref_of(sequence: Sequence) -> str:
    """What `find` finds this very sequence by."""
    return sequence.slug
