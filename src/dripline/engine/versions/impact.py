"""The preview of a publishing: what would become of everybody, before anybody is touched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dripline.accounts.model import Workspace
from dripline.database.work import Tx
from dripline.delivery.discounts.providing import Providers
from dripline.delivery.senders import Senders
from dripline.engine.runs.resuming import last_of
from dripline.engine.versions.inlining import inline_sources
from dripline.engine.versions.naming import known_to
from dripline.engine.versions.publishing import Completed, Waiting
from dripline.kernel.errors import Problem
from dripline.kernel.ids import WorkspaceId
from dripline.sequences import lifecycle
from dripline.sequences import store as sequences
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.enrollments import store
from dripline.sequences.enrollments.store import Crowd, Sooner
from dripline.sequences.extending import continuation
from dripline.sequences.impact import Group, Length, group, lengths
from dripline.sequences.interpreter.program import StepId
from dripline.sequences.language.model import Definition
from dripline.sequences.language.naming import name_steps
from dripline.sequences.model import DEFAULT_DRAIN_RATE
from dripline.sequences.model import Sequence as Drip
from dripline.sequences.moving import target_version
from dripline.sequences.programs import Published, published
from dripline.sequences.versions import report_on


@dataclass(frozen=True, slots=True)
class Extension:
    """So many who had come to the end of a version would go on at a step."""

    version: int
    step: StepId
    count: int


@dataclass(frozen=True, slots=True)
class Retiming:
    """A wait that changes, and how many have begun it. `sooner` is None where the new one is not a mere span."""

    length: Length
    waiting: int
    sooner: Sooner | None


@dataclass(frozen=True, slots=True)
class Impact:
    """What a publishing would do. `last_at` is when the last of those goes on who do so at the rate; None of nobody."""

    version: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    groups: Sequence[Group]
    retimings: Sequence[Retiming]
    extensions: Sequence[Extension]
    last_at: datetime | None


async def foresee_publishing(
    tx: Tx,
    workspace: Workspace,
    ref: str,
    *,
    waiting: Waiting = Waiting.STAY,
    completed: Completed = Completed.STAY,
    rate: int = DEFAULT_DRAIN_RATE,
    expected_revision: int | None = None,
    senders: Senders,
    providers: Providers | None = None,
    now: datetime,
) -> Impact:
    """What publishing the draft of a sequence would do now. Writes nothing.

    Raises:
        NotFound: there is no such sequence.
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is neither active nor paused, or there is no draft.
    """
    sequence = await sequences.find(tx, workspace.id, ref)
    lifecycle.must_be_at(sequence, expected_revision)
    lifecycle.must_have_draft(sequence)
    definition = name_steps(await lifecycle.read(sequence.definition))
    known = await known_to(tx, workspace, sequence, definition, senders=senders, providers=providers)
    _, problems = await inline_sources(tx, workspace.id, sequence, definition)
    report = report_on(definition, replace(known, problems=problems))
    moving = waiting is Waiting.MOVE
    crowds = await store.count_places(tx, workspace.id, sequence.id)
    ended = await store.count_completed(tx, workspace.id, sequence.id) if completed is Completed.CONTINUE else {}
    versions = await _versions(tx, workspace.id, sequence, {*(each.version for each in crowds), *ended})
    retimings: list[Retiming] = []
    if moving and not report.problems:
        retimings = await _retimings(tx, workspace.id, sequence, crowds, versions, definition, now=now)
    extensions = [
        Extension(version, step, count)
        for version, count in ended.items()
        if (step := continuation(versions[version].definition, definition)) is not None
    ]
    late = [each.sooner.overdue for each in retimings if each.sooner is not None]
    late += [each.count for each in extensions]
    return Impact(
        sequence.version + 1,
        report.problems,
        report.warnings,
        [_group(each, sequence, versions, definition, moving=moving) for each in crowds],
        retimings,
        extensions,
        last_of(sum(late), rate, now=now),
    )


async def _versions(tx: Tx, workspace: WorkspaceId, sequence: Drip, numbers: set[int]) -> Mapping[int, Published]:
    numbers |= {target_version(number, sequence.moving_to) for number in numbers}
    found = await published(tx, workspace, [(sequence.id, number) for number in numbers])
    return {number: version for (_, number), version in found.items()}


def _group(
    crowd: Crowd, sequence: Drip, versions: Mapping[int, Published], draft: Definition, *, moving: bool
) -> Group:
    """Who stands somewhere and what becomes of them; an earlier publishing may still be moving them."""
    counts = (crowd.waiting, crowd.parked, crowd.stuck)
    old = versions[crowd.version].definition
    target = target_version(crowd.version, sequence.moving_to)
    if not moving and target != crowd.version:
        return group(crowd.version, crowd.step, counts, old, versions[target].definition, moving=True)
    return group(crowd.version, crowd.step, counts, old, draft, moving=moving)


async def _retimings(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: Drip,
    crowds: Sequence[Crowd],
    versions: Mapping[int, Published],
    draft: Definition,
    *,
    now: datetime,
) -> list[Retiming]:
    program = compile_definition(draft)
    changed = [
        length
        for crowd in crowds
        if crowd.waiting
        for length in lengths(crowd.version, [crowd.step], versions[crowd.version].program, program)
    ]
    spans = {(each.version, each.step): each.span for each in changed if each.span is not None}
    counted = await store.count_retimed(tx, workspace, sequence.id, spans, now=now) if spans else {}
    waiting = {(crowd.version, crowd.step): crowd.waiting for crowd in crowds}
    return [
        Retiming(each, waiting[each.version, each.step], counted.get((each.version, each.step))) for each in changed
    ]
