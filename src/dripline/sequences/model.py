"""What a sequence is, and the moves between its statuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

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
    RESUMING = "resuming"
    ARCHIVED = "archived"


class Move(StrEnum):
    """What may be asked of a sequence. `resume` takes a while; `finish` is its end."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    ARCHIVE = "archive"


MOVES: Mapping[tuple[Status, Move], Status] = {
    (Status.DRAFT, Move.ACTIVATE): Status.ACTIVE,
    (Status.PAUSED, Move.ACTIVATE): Status.ACTIVE,
    (Status.PAUSED, Move.RESUME): Status.RESUMING,
    (Status.RESUMING, Move.FINISH): Status.ACTIVE,
    (Status.ACTIVE, Move.PAUSE): Status.PAUSED,
    (Status.RESUMING, Move.PAUSE): Status.PAUSED,
    (Status.DRAFT, Move.ARCHIVE): Status.ARCHIVED,
    (Status.ACTIVE, Move.ARCHIVE): Status.ARCHIVED,
    (Status.PAUSED, Move.ARCHIVE): Status.ARCHIVED,
    (Status.RESUMING, Move.ARCHIVE): Status.ARCHIVED,
}


def after(status: Status, move: Move) -> Status:
    """The status that a move leads to.

    Raises:
        Conflict: this status does not allow the move.
    """
    if (status, move) not in MOVES:
        raise Conflict(f"A sequence that is {status} cannot be {_PAST[move]}.")
    return MOVES[status, move]


_PAST = {
    Move.ACTIVATE: "activated",
    Move.PAUSE: "paused",
    Move.RESUME: "resumed",
    Move.FINISH: "resumed",
    Move.ARCHIVE: "archived",
}


class Writing(StrEnum):
    """How far the mails of a draft are that are written in the background."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    FAILED = "failed"


class Enrichment(msgspec.Struct, frozen=True):
    """The mails of a draft that are written in the background, for a `goal`: how many of `templates` are there.

    `error` says why it failed.
    """

    status: Writing
    goal: str
    templates: tuple[str, ...]
    written: int = 0
    error: str | None = None

    @property
    def mails(self) -> int:
        """How many there shall be."""
        return len(self.templates)

    @property
    def is_under_way(self) -> bool:
        """Whether somebody still writes, or will."""
        return self.status in (Writing.PENDING, Writing.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence as it stands. `version` is the published one, 0 before the first; `draft` is what is being written.

    `draining_since` is set while enrollments that became overdue before it are let through at `drain_rate` a minute.
    `paused_at` is set while it is paused or resuming: since when nobody has moved; `paused_for` where it was paused for
    what came back of its mail, which is judged from `healthy_since` on when somebody has resumed it. Runs of versions
    before `moving_to` go on in that one, each from its next turn on. `enrichment` is there when its mails were to be
    written for its author.
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
    paused_at: datetime | None
    paused_for: str | None
    healthy_since: datetime | None
    moving_to: int
    created_at: datetime
    updated_at: datetime
    enrichment: Enrichment | None = None


@dataclass(frozen=True, slots=True)
class References:
    """The ids of what a version names besides templates, by the names it uses."""

    lists: Mapping[str, UUID] = field(default_factory=dict)
    segments: Mapping[str, UUID] = field(default_factory=dict)
    sequences: Mapping[str, UUID] = field(default_factory=dict)
