"""How many runs stand where, without counting them: the database keeps the numbers.

Whatever changes runs (a turn, an exit, a publishing) changes their tallies with the same statement, by triggers of the
table. The tests hold them against a recount.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dripline.database.work import Tx
from dripline.durable.tallies import read_sums
from dripline.kernel.ids import SequenceId, WorkspaceId


@dataclass(frozen=True, slots=True)
class RunCount:
    """How many runs of one version have a status and stand at a step; those behind the last one stand at none."""

    sequence: str
    version: int
    step: str | None
    status: str
    count: int

    @property
    def stands(self) -> bool:
        """Whether they are runs that stand at a step, and have not ended."""
        return self.status == "active" and self.step is not None


async def count_runs(tx: Tx, workspace: WorkspaceId, sequences: Sequence[SequenceId]) -> list[RunCount]:
    """How many runs of these sequences there are now, by where they stand."""
    found = await read_sums(tx, workspace, *(f"runs:{sequence}/" for sequence in sequences))
    return [
        RunCount(sequence, int(version), step or None, status, count)
        for subject, counts in found.items()
        for sequence, version, step in [subject.removeprefix("runs:").removesuffix("/").split("/", 2)]
        for status, count in counts.items()
        if count
    ]
