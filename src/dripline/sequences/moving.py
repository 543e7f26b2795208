"""Moving those who are in an older version of a sequence to a newer one: by step id, at their next turn.

A step that the newer version does not have leads to the step that would have come after it and that is still there.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from dripline.database.work import Tx
from dripline.kernel.ids import SequenceId, WorkspaceId
from dripline.sequences.interpreter.model import Cursor
from dripline.sequences.interpreter.program import StepId
from dripline.sequences.language.model import Definition, Step
from dripline.sequences.language.walking import nested, walk
from dripline.sequences.programs import published

MoveKey: TypeAlias = tuple[SequenceId, int, int]
"""A sequence, the version that is left, and the one that is entered."""

_MOST_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the steps of an older version lead to that a newer one does not have; None: nowhere."""

    leads_to: Mapping[StepId, StepId | None]

    def follow(self, cursor: Cursor, *, now: datetime) -> Cursor:
        """Where a run stands in the newer version.

        At a step that is still there it stands as before, and since when it did; at another one it has just arrived.
        Where a removed step leads nowhere it stays, and has no step to go on at.
        """
        following = self.leads_to.get(cursor.step) if cursor.step is not None else None
        return cursor if following is None else replace(cursor, step=following, since=max(now, cursor.since))


def target_version(version: int, moving_to: int) -> int:
    """The version that a run of `version` goes on in, when runs of older versions than `moving_to` are being moved."""
    return max(version, moving_to)


def redirect(old: Definition, new: Definition) -> Redirect:
    """Where each step of `old` that `new` does not have leads to. Both have ids at every step.

    After a step comes the next one in its list, and after the last of a list what comes after the step that holds the
    list. The steps inside a removed step are passed over with it.
    """
    after: dict[StepId, StepId | None] = {}
    _note_followers(old.steps, None, after)
    kept = {id_of(placed.step) for placed in walk(new)}
    return Redirect({step: _next_kept(step, after, kept) for step in after if step not in kept})


async def redirects_between(tx: Tx, workspace: WorkspaceId, wanted: Iterable[MoveKey]) -> Mapping[MoveKey, Redirect]:
    """The redirects between published versions: worked out once in a process, as versions never change."""
    keys = set(wanted)
    missing = [key for key in keys if key not in _kept]
    if missing:
        versions = await published(
            tx, workspace, {(sequence, number) for sequence, *both in missing for number in both}
        )
        for sequence, old, new in missing:
            found = redirect(versions[sequence, old].definition, versions[sequence, new].definition)
            _kept[sequence, old, new] = found
    answer = {key: _kept[key] for key in keys}
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return answer


def id_of(step: Step) -> StepId:
    """The id of a step of a definition whose steps all have one."""
    assert step.id is not None, "every step was given an id"
    return step.id


# Ids of sequences are unique everywhere, so one memory serves the whole process.
_kept: OrderedDict[MoveKey, Redirect] = OrderedDict()


def _note_followers(steps: Sequence[Step], beyond: StepId | None, after: dict[StepId, StepId | None]) -> None:
    followers = [*map(id_of, steps[1:]), beyond]
    for step, follower in zip(steps, followers, strict=False):
        after[id_of(step)] = follower
        for _, inner in nested(step):
            _note_followers(inner, follower, after)


def _next_kept(step: StepId, after: Mapping[StepId, StepId | None], kept: set[StepId]) -> StepId | None:
    place = after[step]
    while place is not None and place not in kept:
        place = after[place]
    return place
