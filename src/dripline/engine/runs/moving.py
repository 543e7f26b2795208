"""From version to version: where an enrollment stands when a later version was published to take it along.

It happens at the enrollment's next turn, by step id; who stands at a step that is gone goes on at the next one that
is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dripline.database.work import Tx
from dripline.kernel.ids import WorkspaceId
from dripline.sequences.enrollments.store import Due
from dripline.sequences.interpreter.model import Cursor
from dripline.sequences.moving import MoveKey, Redirect, redirects_between, target_version
from dripline.sequences.programs import VersionKey


@dataclass(frozen=True, slots=True)
class Place:
    """An enrollment that is due, the version it is decided by, and where it stands in that."""

    due: Due
    version: int
    cursor: Cursor

    @property
    def key(self) -> VersionKey:
        """The version as the programs are kept by."""
        return self.due.sequence_id, self.version

    @property
    def moves_to(self) -> int | None:
        """The version it comes into with this turn; None when it stays in its own."""
        return self.version if self.version != self.due.version else None


async def settle_in(tx: Tx, workspace: WorkspaceId, due: Sequence[Due], *, now: datetime) -> list[Place]:
    """Where each of these stands in the version that it belongs to from now on."""
    places = [Place(each, target_version(each.version, each.moving_to), each.cursor) for each in due]
    moving = {(each.due.sequence_id, each.due.version, each.version) for each in places if each.moves_to is not None}
    redirects = await redirects_between(tx, workspace, moving) if moving else {}
    return [_moved(each, redirects, now=now) if each.moves_to is not None else each for each in places]


def _moved(place: Place, redirects: Mapping[MoveKey, Redirect], *, now: datetime) -> Place:
    redirect = redirects[place.due.sequence_id, place.due.version, place.version]
    return replace(place, cursor=redirect.follow(place.cursor, now=now))
