"""Resuming a sequence after a pause, in one of three ways; the two that look at everybody are jobs.

drain  what became overdue goes on at a rate
shift  everybody has as long to wait as they had left
skip   mail whose time fell into the pause is skipped, and everybody stands where they would have been by now

Until the job has ended the sequence is `resuming`: nobody moves and nothing starts. A pause in between stops it at
once; the job goes on, so that what is paused then is everybody, as of the same time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dripline.database.work import Tx
from dripline.delivery import outbox
from dripline.durable.jobs import add_job, open_about
from dripline.kernel.clock import real_now
from dripline.kernel.errors import Conflict
from dripline.kernel.ids import JobId, SequenceId, WorkspaceId, show
from dripline.kernel.values import Json
from dripline.sequences import lifecycle
from dripline.sequences import store as sequences
from dripline.sequences.enrollments import store
from dripline.sequences.model import DEFAULT_DRAIN_RATE, DRAIN_PERIOD, Status
from dripline.sequences.model import Sequence as Drip

RESUME_JOB = "resume_sequence"


class Policy(StrEnum):
    """What becomes of the time that a pause took."""

    DRAIN = "drain"
    SHIFT = "shift"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Resumed:
    """A sequence that was resumed, and the job that does it where it takes a while."""

    sequence: Drip
    job: JobId | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What resuming would do now.

    `overdue` enrollments are due by now, `waiting` ones later; `held` is how much mail waits in the outbox.
    Each policy has the time at which the last of what goes at the rate would go; None when nothing does.
    """

    sequence: Drip
    overdue: int
    waiting: int
    held: int
    rate: int
    now: datetime
    last: Mapping[Policy, datetime | None]

    def minutes(self, policy: Policy) -> int:
        """In how many minutes, begun ones counted, the last of them would have gone."""
        last = self.last[policy]
        return (last - self.now) // DRAIN_PERIOD + 1 if last is not None else 0


async def resume(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    *,
    policy: Policy = Policy.DRAIN,
    rate: int = DEFAULT_DRAIN_RATE,
    expected_revision: int | None = None,
    now: datetime,
) -> Resumed:
    """Let a paused sequence go on. What moves at a rate moves at `rate` enrollments, and as much mail, a minute.

    A draft stays a draft.

    Raises:
        NotFound: there is no such sequence.
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is not paused, or the job of an earlier resuming has not ended.
    """
    sequence = await lifecycle.find_expected(tx, workspace, ref, expected_revision)
    await must_have_resumed(tx, workspace, sequence.id)
    if policy is Policy.DRAIN:
        resumed = await lifecycle.resume(tx, workspace, sequence, rate=rate, now=now)
        await outbox.release(tx, workspace, held="paused", sequence=sequence.id, rate=rate, now=now)
        return Resumed(resumed, None)
    resuming = await lifecycle.begin_resuming(tx, workspace, sequence, now=now)
    standing = await store.count_standing(tx, workspace, sequence.id, now=now)
    arguments: dict[str, Json] = {
        "sequence": show("sequence", sequence.id),
        "policy": str(policy),
        "rate": rate,
        "pausedAt": (sequence.paused_at or now).isoformat(),
        "at": now.isoformat(),
    }
    total = standing.overdue + standing.waiting + standing.parked
    return Resumed(resuming, await add_job(tx, workspace, RESUME_JOB, arguments, now=real_now(), total=total))


async def must_have_resumed(tx: Tx, workspace: WorkspaceId, sequence: SequenceId) -> None:
    """Refuse to resume what is still being resumed: a pause may have come in between.

    Raises:
        Conflict: the job has not ended.
    """
    if await open_about(tx, workspace, RESUME_JOB, {"sequence": show("sequence", sequence)}) is not None:
        raise Conflict("This sequence is still being resumed. Ask again when that job has ended.")


async def foresee(
    tx: Tx,
    workspace: WorkspaceId,
    ref: str,
    *,
    rate: int = DEFAULT_DRAIN_RATE,
    expected_revision: int | None = None,
    now: datetime,
) -> Outlook:
    """What resuming a paused sequence now would do. Writes nothing.

    Raises:
        NotFound: there is no such sequence.
        RevisionConflict: it is no longer at `expected_revision`.
        Conflict: it is not paused.
    """
    sequence = await sequences.find(tx, workspace, ref)
    lifecycle.must_be_at(sequence, expected_revision)
    if sequence.status is not Status.PAUSED:
        raise Conflict(f"Only a paused sequence is resumed; this one is {sequence.status}.")
    standing = await store.count_standing(tx, workspace, sequence.id, now=now)
    held = await outbox.count_held(tx, workspace, sequence.id, now=now)
    last = {
        Policy.DRAIN: last_of(max(standing.overdue, held), rate, now=now),
        Policy.SHIFT: last_of(held, rate, now=now),
        Policy.SKIP: None,
    }
    return Outlook(sequence, standing.overdue, standing.waiting, held, rate, now, last)


def last_of(count: int, rate: int, *, now: datetime) -> datetime | None:
    """When the last of so many goes on, at so many a minute from now; None of none."""
    return now + (count - 1) // rate * DRAIN_PERIOD if count else None
