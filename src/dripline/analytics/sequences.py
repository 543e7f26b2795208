"""A sequence in numbers, mail by mail."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from dripline.analytics.model import Numbers, SequenceNumbers, StepNumbers
from dripline.database.queries import queries
from dripline.database.work import Tx
from dripline.delivery.counting import about_sequence, about_version
from dripline.durable.tallies import read_sums
from dripline.kernel.ids import SequenceId, WorkspaceId
from dripline.sequences.language.model import Definition, Email
from dripline.sequences.language.walking import walk

_sql = queries(__package__)


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
    waiting = await _by_column(tx, "waiting", workspace, sequence, version)
    deferred = await _by_column(tx, "deferred", workspace, sequence, version, now)
    mails = _mails(definition)
    gone = sorted((by_step.keys() | deferred.keys()) - mails.keys())
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
    total: Counter[str] = Counter()
    for each in by_step.values():
        total.update(each)
    conversions: int = await tx.value(_sql["conversions"], workspace, sequence, since, until, version)
    return SequenceNumbers(steps, Numbers(total), sum(deferred.values()), sum(waiting.values()), conversions)


def _mails(definition: Definition | None) -> Mapping[str, str | None]:
    """The names of the mails of a definition by the ids of their steps, in their order."""
    if definition is None:
        return {}
    steps = (placed.step for placed in walk(definition))
    return {step.id: step.name for step in steps if isinstance(step, Email) and step.id is not None}


def _by_step(counted: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for subject, counts in counted.items():
        step = subject.split("/", 2)[2].removesuffix("/")
        found[step].update(counts)
    return found


async def _by_column(tx: Tx, query: str, workspace: WorkspaceId, sequence: UUID, *arguments: object) -> dict[str, int]:
    return {row["step"]: row["count"] for row in await tx.rows(_sql[query], workspace, sequence, *arguments)}
