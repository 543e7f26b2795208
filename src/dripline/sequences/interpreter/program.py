"""The checked program that a definition compiles to: nodes by step id, each naming what comes next.

A `next` of None is the end: the sequence is complete. Without jumps a program has no cycles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import TypeAlias

from dripline.kernel.values import Json
from dripline.predicates.model import EventTest, ListTest, Predicate, SegmentTest, TagTest
from dripline.predicates.walking import Test, tests_in
from dripline.sequences.interpreter.asking import FactKey, key_of, paths
from dripline.sequences.interpreter.windows import Window

StepId: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Go:
    """Goes on at `next`, passing over the steps in `skipping`."""

    next: StepId | None
    skipping: tuple[StepId, ...] = ()


@dataclass(frozen=True, slots=True)
class Leave:
    """Leaves the sequence for this reason."""

    reason: str


Branch: TypeAlias = Go | Leave


@dataclass(frozen=True, slots=True)
class Email:
    """Asks for one message. `sender` is None when the default sender writes it."""

    id: StepId
    template: str
    sender: str | None
    next: StepId | None


@dataclass(frozen=True, slots=True)
class Delay:
    """Lets `duration` pass, counted from the arrival.

    With `at` it ends at that local time of the day on which the duration ends, or of the day after when that is not
    after the arrival.
    """

    id: StepId
    duration: timedelta
    next: StepId | None
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Until:
    """Waits for the date at `path`; with `at`, for that local time of its day.

    `on_missing` is taken when there is no date, `on_past` when it is not after the arrival.
    """

    id: StepId
    path: str
    at: time | None
    on_missing: Branch
    on_past: Branch
    next: StepId | None


@dataclass(frozen=True, slots=True)
class Condition:
    """Chooses a way."""

    id: StepId
    test: Predicate
    on_true: Branch
    on_false: StepId | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Waits for an event that passes the test, at most for `timeout` from the arrival.

    What happened since the enrollment counts. An event in time always wins, however late it is looked at.
    """

    id: StepId
    test: EventTest
    timeout: timedelta
    on_timeout: Branch
    next: StepId | None


@dataclass(frozen=True, slots=True)
class Way:
    """One branch of a split, by name (its number, where it has none). Its share is its weight among all weights."""

    weight: int
    next: StepId | None
    name: str


@dataclass(frozen=True, slots=True)
class Split:
    """Sends each contact one of several ways, always the same one."""

    id: StepId
    branches: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class AddTag:
    """The contact gets a tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class RemoveTag:
    """The contact loses a tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class JoinList:
    """The contact comes on the list of that name."""

    list: str


@dataclass(frozen=True, slots=True)
class LeaveList:
    """The contact goes off the list of that name."""

    list: str


@dataclass(frozen=True, slots=True)
class SetProperty:
    """A property of the contact gets a value; None removes it."""

    name: str
    value: Json = field(hash=False)


@dataclass(frozen=True, slots=True)
class EnterSequence:
    """The contact is enrolled in the sequence of that name."""

    sequence: str


Change: TypeAlias = AddTag | RemoveTag | JoinList | LeaveList | SetProperty | EnterSequence


@dataclass(frozen=True, slots=True)
class Act:
    """Changes something about the contact."""

    id: StepId
    change: Change
    next: StepId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a code takes off. `amount_off` is in minor units of the currency; `months` is there where it repeats.

    It expires at a time (aware), or so long after it was made. `pool` names the pool that ready-made codes come from.
    """

    provider: str
    percent_off: int | float | None = None
    amount_off: int | None = None
    currency: str | None = None
    duration: str = "once"
    months: int | None = None
    plans: tuple[str, ...] = ()
    prefix: str | None = None
    max_redemptions: int | None = None
    locked: bool = False
    expires_at: datetime | None = None
    expires_after: timedelta | None = None
    name: str | None = None
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """Asks for a code. `on_error` is taken when there will never be one."""

    id: StepId
    offer: Offer
    on_error: Branch
    next: StepId | None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Asks for a call of `url`. `on_error` is taken when nobody will ever answer it."""

    id: StepId
    url: str
    body: Json = field(hash=False)
    on_error: Branch
    next: StepId | None


@dataclass(frozen=True, slots=True)
class Exit:
    """Leaves the sequence, as the author says why."""

    id: StepId
    reason: str | None


Node: TypeAlias = Email | Delay | Until | Condition | Wait | Split | Act | Discount | Webhook | Exit


@dataclass(frozen=True)
class Program:
    """A sequence that can run. `exits` are looked at before every step, in their order; mail waits for `window`."""

    nodes: Mapping[StepId, Node]
    first: StepId | None
    exits: tuple[Predicate, ...]
    window: Window | None = None

    @cached_property
    def event_tests(self) -> tuple[EventTest, ...]:
        """Every question about events that a run may ask, each once."""
        return tuple(dict.fromkeys(test for test in self._tests if isinstance(test, EventTest)))

    @cached_property
    def needs_company(self) -> bool:
        """Whether a run may ask for tags, lists or segments."""
        return any(
            isinstance(test, TagTest | ListTest | SegmentTest) or "contact.tags" in paths(test) for test in self._tests
        )

    @cached_property
    def hears(self) -> frozenset[FactKey]:
        """The facts, by kind and key, that may end a wait or change a time that a run waits for."""
        return frozenset(self._woken_by.values())

    @cached_property
    def wakes(self) -> Mapping[StepId, str]:
        """By step, the fact that may end the waiting there or change its time, written `kind:key`."""
        return {step: ":".join(key) for step, key in self._woken_by.items()}

    @cached_property
    def _woken_by(self) -> Mapping[StepId, FactKey]:
        keys = ((step, self._key_of(node)) for step, node in self.nodes.items())
        return {step: key for step, key in keys if key is not None}

    def _key_of(self, node: Node) -> FactKey | None:
        match node:
            case Wait(test=test):
                return "event", test.event
            case Until(path=path):
                return key_of(path)
            case Delay(at=time()):
                return key_of("contact.timezone")
            case Email() if self.window is not None and self.window.timezone is None:
                return key_of("contact.timezone")
            case _:
                return None

    @cached_property
    def _tests(self) -> tuple[Test, ...]:
        asked = (node.test for node in self.nodes.values() if isinstance(node, Condition | Wait))
        return tuple(test for predicate in (*self.exits, *asked) for test in tests_in(predicate))
