"""The checked program that a definition compiles to: nodes by step id, each naming what comes next.

A `next` of None is the end: the sequence is complete. Without jumps a program has no cycles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from dripline.predicates.model import Comparison

StepId: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Email:
    """Asks for one message. `sender` is None when the default sender writes it."""

    id: StepId
    template: str
    sender: str | None
    next: StepId | None


@dataclass(frozen=True, slots=True)
class Delay:
    """Lets `duration` pass, counted from the arrival."""

    id: StepId
    duration: timedelta
    next: StepId | None


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
class Condition:
    """Chooses a way."""

    id: StepId
    test: Comparison
    on_true: Branch
    on_false: StepId | None


Node: TypeAlias = Email | Delay | Condition


@dataclass(frozen=True, slots=True)
class Program:
    """A sequence that can run. `exits` are looked at before every step, in their order."""

    nodes: Mapping[StepId, Node]
    first: StepId | None
    exits: tuple[Comparison, ...]
