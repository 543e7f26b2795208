"""Where an enrollment stands, and what one decision makes of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from dripline.predicates import evaluate
from dripline.predicates.model import EventTest
from dripline.sequences.interpreter.program import Change, Offer, StepId


class Facts(evaluate.Facts, Protocol):
    """What is known when a step is decided: besides what conditions ask, what waits and splits ask."""

    def first(self, test: EventTest) -> datetime | None:
        """When the first event that passes the test was recorded (aware), since the enrollment; None without one."""
        ...

    def draw(self, step: str) -> float:
        """A number from 0 up to 1 for this contact at this step, always the same."""
        ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where an enrollment stands: at which step (None: past the last one) and since when (aware, UTC).

    `visits` is how many visits there were; the next one has the number `visits + 1`.
    """

    step: StepId | None
    since: datetime
    visits: int


class Outcome(StrEnum):
    """What came of one visit.

    `waited` is a wait whose time ran out; `done` a wait whose event came, a change that was asked for, a split, a code
    that was made, a call that was answered.
    """

    SENT = "sent"
    WAITED = "waited"
    DONE = "done"
    TRUE = "true"
    FALSE = "false"
    SKIPPED = "skipped"
    EXITED = "exited"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Visit:
    """One arrival at a step that had an outcome. `reason` is for people."""

    number: int
    step: StepId
    action: str
    outcome: Outcome
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SendEmail:
    """Asks for one message. With the enrollment, `visit` is the key it is sent under."""

    visit: int
    step: StepId
    template: str
    sender: str | None


@dataclass(frozen=True, slots=True)
class CreateDiscount:
    """Asks for one code, made under the key of the enrollment and `visit`."""

    visit: int
    step: StepId
    offer: Offer


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """Asks for one call of a URL, under the key of the enrollment and `visit`."""

    visit: int
    step: StepId
    url: str


Effect: TypeAlias = SendEmail | CreateDiscount | CallWebhook


@dataclass(frozen=True, slots=True)
class Waiting:
    """Due again at `until`; when that is now, at once.

    `wakes` is the fact that makes it due before, as kind and key: `event:checkout.completed`, `property:renewsAt`.
    """

    cursor: Cursor
    until: datetime
    wakes: str | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """Due again when somebody settles the effect, whose visit `cursor.visits` already counts."""

    cursor: Cursor
    effect: Effect


class EndStatus(StrEnum):
    """How an enrollment ended."""

    COMPLETED = "completed"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class Ended:
    """Never due again. `cursor.step` is where it left, and None after the last step."""

    status: EndStatus
    reason: str | None
    cursor: Cursor


State: TypeAlias = Waiting | Parked | Ended


@dataclass(frozen=True, slots=True)
class Decision:
    """What an enrollment becomes, the visits to write down, and what to change about the contact.

    Nothing has happened yet. What follows a change is decided only after it was made.
    """

    state: State
    visits: tuple[Visit, ...] = ()
    changes: tuple[Change, ...] = ()


class Settlement(StrEnum):
    """What became of an effect: of a mail it is that it was `sent`, of the others that they are `done`."""

    SENT = "sent"
    DONE = "done"
    IN_DOUBT = "in_doubt"
    SKIPPED = "skipped"
    FAILED = "failed"
