"""Sequences in numbers: one mail by mail, several beside each other."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from dripline.analytics.model import Numbers, SequenceNumbers, SequenceTotals, StepNumbers
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.counting import about_sequence, about_version
from dripline.durable.tallies import read_sums, read_wholes, total
from dripline.kernel.ids import SequenceId, WorkspaceId
from dripline.sequences.enrollments.counts import count_runs
from dripline.sequences.language.model import Definition, Email
from dripline.sequences.language.walking import walk

_sql = queries(__package__)

# What is counted for the sequence alone.
_NO_STEP = ""


async def sequence_numbers(
    tx: Tx,
    workspace: WorkspaceId,
    sequence: SequenceId,
    definition: Definition | None,
    *,
    since: datetime,
    until: datetime,
    version: int | None,
    now: datetime,
) -> SequenceNumbers:
    """What was counted from `since` up to before `until`, in all versions or in one, and what waits at `now`.

    The mails come in the order of `definition`, which is that of the published version (None: there is none); then
    those that only other versions have.
    """
    beginning = about_sequence(sequence) if version is None else about_version(sequence, version)
    by_step = _by_step(await read_sums(tx, workspace, beginning, since=since, until=until))
    waiting = await _waiting(tx, workspace, sequence, version)
    deferred = (await _deferred(tx, workspace, [sequence], version, now=now)).get(sequence, {})
    mails = _mails(definition)
    gone = sorted((by_step.keys() | deferred.keys()) - mails.keys() - {_NO_STEP})
    numbers = {step: number for number, step in enumerate(mails, start=1)}
    steps = [
        StepNumbers(
            numbers.get(step),
            step,
            mails.get(step),
            Numbers(by_step.get(step, {})),
            deferred.get(step, 0),
            waiting.get(step, 0),
        )
        for step in (*mails, *gone)
    ]
    totals = Numbers(total(by_step.values()))
    standing = _in_order(waiting, definition)
    return SequenceNumbers(steps, totals, sum(deferred.values()), sum(waiting.values()), standing)


async def totals_of(
    tx: Tx,
    workspace: WorkspaceId,
    sequences: Sequence[SequenceId],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> list[SequenceTotals]:
    """The same of whole sequences beside each other, in the order given."""
    counted = await read_wholes(tx, workspace, *map(about_sequence, sequences), since=since, until=until)
    deferred = await _deferred(tx, workspace, sequences, None, now=now)
    waiting: Counter[str] = Counter()
    for run in await count_runs(tx, workspace, sequences):
        if run.stands:
            waiting[run.sequence] += run.count
    return [
        SequenceTotals(
            each,
            Numbers(counted[about_sequence(each)]),
            sum(deferred.get(each, {}).values()),
            waiting[str(each)],
        )
        for each in sequences
    ]


def _mails(definition: Definition | None) -> Mapping[str, str | None]:
    """The names of the mails of a definition by the ids of their steps, in their order."""
    if definition is None:
        return {}
    steps = (placed.step for placed in walk(definition))
    return {step.id: step.name for step in steps if isinstance(step, Email) and step.id is not None}


def _in_order(waiting: Mapping[str, int], definition: Definition | None) -> Mapping[str, int]:
    """Steps in the order of a definition, then those that it does not have."""
    known = [placed.step.id for placed in walk(definition)] if definition is not None else []
    here = [step for step in known if step is not None and step in waiting]
    return {step: waiting[step] for step in (*here, *sorted(waiting.keys() - set(here)))}


def _by_step(counted: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for subject, counts in counted.items():
        step = subject.split("/", 2)[2].removesuffix("/")
        found[step].update(counts)
    return found


async def _waiting(tx: Tx, workspace: WorkspaceId, sequence: SequenceId, version: int | None) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for run in await count_runs(tx, workspace, [sequence]):
        if run.stands and run.step and version in (None, run.version):
            found[run.step] += run.count
    return found


async def _deferred(
    tx: Tx, workspace: WorkspaceId, sequences: Sequence[SequenceId], version: int | None, *, now: datetime
) -> Mapping[SequenceId, Mapping[str, int]]:
    used_up = [row["name"] for row in await tx.rows(_sql["used_up"], workspace, now)]
    found: dict[SequenceId, dict[str, int]] = defaultdict(dict)
    for row in await tx.rows(_sql["deferred"], workspace, sequences, version, used_up, now):
        found[row["sequence_id"]][row["step"]] = row["count"]
    return found
