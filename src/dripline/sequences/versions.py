"""From a draft to a version: checked against what exists, published, and heard of by those it listens to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dripline.database.work import Tx
from dripline.events.listening import listen
from dripline.kernel.errors import Problem, Unprocessable
from dripline.kernel.ids import WorkspaceId
from dripline.sequences import store
from dripline.sequences.compiler.checking import Report, check
from dripline.sequences.compiler.compiling import compile_definition
from dripline.sequences.compiler.inlining import templates_mailed
from dripline.sequences.language.model import Definition
from dripline.sequences.language.writing import to_json
from dripline.sequences.listening import Listens, listens_of
from dripline.sequences.model import References, Sequence
from dripline.sequences.programs import published


@dataclass(frozen=True, slots=True)
class Known:
    """What exists of that which a definition names, by the names it uses; and why a sender may not be used, if so.

    `itself` are the names of the sequence whose definition it is; `problems` are those that were found on the way.
    """

    templates: Mapping[str, UUID]
    references: References
    senders: Callable[[str], str | None]
    itself: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def checked(definition: Definition, known: Known) -> tuple[Problem, ...]:
    """The warnings about a definition, every step of which has an id.

    Raises:
        Unprocessable: it cannot run; says why, all of it.
    """
    report = report_on(definition, known)
    if report.problems:
        raise Unprocessable.of(report.problems)
    return report.warnings


def report_on(definition: Definition, known: Known) -> Report:
    """What keeps a definition from running, and what its author should know."""
    report = check(
        definition,
        templates=known.templates,
        lists=known.references.lists,
        segments=known.references.segments,
        sequences=known.references.sequences,
        senders=known.senders,
        itself=known.itself,
    )
    return Report((*report.problems, *known.problems), report.warnings)


async def add_version(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: Sequence,
    definition: Definition,
    known: Known,
    *,
    moving: bool,
    now: datetime,
) -> tuple[int, Listens]:
    """Publish the draft of a sequence, which the caller has locked: the number of the version, and what it listens to.

    What stops, counts for or wakes its runs is heard from now on; what starts them is the caller's business. `moving`
    takes the runs of older versions along.
    """
    assert sequence.draft is not None, "only a draft is published"
    version = await store.publish(
        tx,
        workspace,
        sequence,
        definition=sequence.draft,
        tree=to_json(definition),
        templates={name: known.templates[name] for name in templates_mailed(definition)},
        references=known.references,
        moving=moving,
        now=now,
    )
    listens = listens_of(definition, compile_definition(definition), known.references)
    await listen(tx, workspace, sequence.id, version, listens.others)
    return version, listens


async def newest_listens(tx: Tx, workspace: WorkspaceId, sequence: Sequence) -> Listens:
    """What the published version of a sequence listens to. Not for one that this transaction published."""
    key = (sequence.id, sequence.version)
    version = (await published(tx, workspace, [key]))[key]
    references = References(version.lists, version.segments, version.sequences)
    return listens_of(version.definition, version.program, references)
