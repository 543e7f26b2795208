"""What a sequence is, and the moves between its statuses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dripline.kernel.errors import Conflict
from dripline.kernel.ids import SequenceId

DEFAULT_DRAIN_RATE = 60
"""Enrollments that are let through after a pause, in each `DRAIN_PERIOD`."""
DRAIN_PERIOD = timedelta(minutes=1)


class Status(StrEnum):
    """Where a sequence is in its life."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Move(StrEnum):
    """What may be asked of a sequence."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    ARCHIVE = "archive"


MOVES: Mapping[tuple[Status, Move], Status] = {
    (Status.DRAFT, Move.ACTIVATE): Status.ACTIVE,
    (Status.PAUSED, Move.ACTIVATE): Status.ACTIVE,
    (Status.ACTIVE, Move.PAUSE): Status.PAUSED,
    (Status.DRAFT, Move.ARCHIVE): Status.ARCHIVED,
    (Status.ACTIVE, Move.ARCHIVE): Status.ARCHIVED,
    (Status.PAUSED, Move.ARCHIVE): Status.ARCHIVED,
}


def after(status: Status, move: Move) -> Status:
    """The status that a move leads to.

    Raises:
        Conflict: this status does not allow the move.
    """
    if (status, move) not in MOVES:
        raise Conflict(f"A sequence that is {status} cannot be {_PAST[move]}.")
    return MOVES[status, move]


_PAST = {Move.ACTIVATE: "activated", Move.PAUSE: "paused", Move.ARCHIVE: "archived"}


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence as it stands. `version` is the published one, 0 before the first; `draft` is what is being written.

    `draining_since` is set while enrollments that became overdue before it are let through at `drain_rate` a minute.
    """

    id: SequenceId
    slug: str
    name: str
    status: Status
    revision: int
    version: int
    draft: str | None
    definition: str
    draining_since: datetime | None
    drain_rate: int | None
    created_at: datetime
    updated_at: datetime


SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)


def slug_of(name: str) -> str:
    """The slug of a name: `Trial Expiry!` is `trial-expiry`; a name that is a slug stays as it is."""
    if SLUG.fullmatch(name):
        return name
    return re.sub(r"[^a-z0-9._]+", "-", name.lower()).strip("-.")[:128] or "sequence"
